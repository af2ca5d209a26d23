//! Rules of the repository: see `tests/`. The library itself is empty.

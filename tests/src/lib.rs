//! Tests of the whole: see `tests/`. The library itself is empty.

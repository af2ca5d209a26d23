"""Tests of the rigs themselves, of what can be wrong without a browser."""

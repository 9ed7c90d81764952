"""Fixtures: `make_book` is the one of the library."""

from library.tests.conftest import make_book

__all__ = ["make_book"]

"""The fixtures of the library's tests, for those here."""

from library.tests.conftest import make_book

__all__ = ["make_book"]

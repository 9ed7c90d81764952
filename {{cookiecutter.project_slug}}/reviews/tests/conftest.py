"""The fixture `make_book` of the library, for the tests here."""

from library.tests.conftest import make_book

__all__ = ["make_book"]

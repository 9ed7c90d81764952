"""The fixtures of the library's tests, for those here: library/tests/conftest.py."""

from library.tests.conftest import api, make_book, no_requests_yet, users

__all__ = ["api", "make_book", "no_requests_yet", "users"]

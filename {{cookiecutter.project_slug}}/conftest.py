import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from model_bakery import baker
from rest_framework.test import APIClient

from library.isbn import check_digit


@pytest.fixture(autouse=True)
def no_requests_yet():
    """Forget what the limits have counted in the test before."""
    cache.clear()


@pytest.fixture
def make_book(db):
    """Return a function that saves a book with a right ISBN and, unless named, one author."""
    numbers = iter(range(1000))

    def make(authors=None, **fields):
        digits = f"978{next(numbers):09d}"
        if authors is None:
            authors = [baker.make("library.Author", name="Ursula K. Le Guin")]
        return baker.make(
            "library.Book", authors=authors, **{"isbn": f"{digits}{check_digit(digits)}"} | fields
        )

    return make


@pytest.fixture
def users(db):
    """Return a user for each role; nobody is signed in for the role "anonymous"."""
    librarian = baker.make("accounts.User", username="librarian")
    librarian.groups.add(Group.objects.get(name="Librarians"))
    return {
        "anonymous": None,
        "reader": baker.make("accounts.User", username="reader"),
        "borrower": baker.make("accounts.User", username="borrower"),
        "librarian": librarian,
        "superuser": baker.make("accounts.User", username="superuser", is_superuser=True),
    }


@pytest.fixture
def api(users):
    """Return a function that makes an API client for a role of `users`."""

    def client(role="anonymous"):
        client = APIClient()
        if users[role]:
            client.force_authenticate(users[role])
        return client

    return client

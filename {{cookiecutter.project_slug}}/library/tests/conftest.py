import pytest
from model_bakery import baker

from library.isbn import check_digit


@pytest.fixture
def make_book(db):
    """Return a function that creates a book with a valid ISBN and, by default, one author."""
    numbers = iter(range(1000))

    def make(authors=None, **fields):
        digits = f"978{next(numbers):09d}"
        if authors is None:
            authors = [baker.make("library.Author", name="Ursula K. Le Guin")]
        return baker.make(
            "library.Book", authors=authors, **{"isbn": f"{digits}{check_digit(digits)}"} | fields
        )

    return make

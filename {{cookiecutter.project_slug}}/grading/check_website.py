"""Step 6: the page with the reviews of a book."""

import re

import pytest

from grading import Fault, describe


@pytest.fixture
def page(client):
    """Return a function that returns the page with the reviews of a book."""
    client.raise_request_exception = True

    def get(book):
        response = client.get(f"/books/{book.pk}/reviews/")
        assert response.status_code == 200, describe(response)
        return response.content.decode()

    return get


def check_page(page, book):
    """/books/<id>/reviews/ is a page of the site with the title of the book."""
    text = page(book("Emma"))
    assert "</main>" in text, "it does not extend website/base.html"
    assert "website/style" in text, "it does not extend website/base.html"
    shown = text.partition("<main")[2]
    assert "Emma" in shown, "the title is not on the page (only the content of blocks is shown)"


def check_reviews(page, book, user, review):
    """The page shows the reviewer, rating and text of each review, with HTML escaped."""
    emma = book("Emma")
    review(book=emma, reviewer=user("ann_reader"), rating=2, text="Rather <b>long</b>.")
    review(book=emma, reviewer=user("bob_reader"), rating=5, text="Could not stop.")
    text = page(emma)
    for word in ("ann_reader", "bob_reader", "Could not stop.", "2", "5"):
        assert word in text.partition("<main")[2], f"“{word}” is not on the page"
    assert "Rather &lt;b&gt;long&lt;/b&gt;." in text, "HTML in a review is not escaped"


def check_only_this_book(page, book, review):
    """The page shows the reviews of this book only."""
    emma = book("Emma")
    review(book=emma, text="About Emma.")
    review(book=book("Persuasion"), text="About Persuasion.")
    text = page(emma)
    assert "About Emma." in text, "the review of the book is missing"
    if "About Persuasion." in text:
        raise Fault("page_of_all", "it also shows the review of another book")


def check_no_reviews(page, book, review):
    """If there is no review yet, the page says so in a sentence."""
    emma, persuasion = book("Emma"), book("Emma")
    review(book=emma)
    full, empty = (set(page(each).partition("<main")[2].split(">")) for each in (emma, persuasion))
    said = [text for text in empty - full if len(text.partition("<")[0].split()) > 1]
    assert said, "there is no such sentence"


def check_unknown_book(client, book):
    """The response for a book that does not exist is a 404."""
    known, unknown = (client.get(f"/books/{pk}/reviews/") for pk in (book().pk, 999_999))
    assert known.status_code == 200, f"for a book that exists, {describe(known)}"
    assert unknown.status_code == 404, describe(unknown)


def check_link(client, book):
    """The page of a book links to its reviews."""
    emma = book()
    shown = client.get(f"/books/{emma.pk}/").content.decode()
    wanted = f"/books/{emma.pk}/reviews/"
    assert re.search(rf"""href=["']?({re.escape(wanted)}|reviews/)["' >]""", shown), (
        f"/books/{emma.pk}/ has no link to {wanted}"
    )


def check_queries(page, book, review, queries):
    """The page makes as many database queries for fifteen reviews as for one."""
    emma = book()
    review(book=emma)
    page(emma)
    few = queries(lambda: page(emma))
    for _ in range(14):
        review(book=emma)
    many = queries(lambda: page(emma))
    assert many <= few, f"{few} queries for one review, {many} for fifteen"

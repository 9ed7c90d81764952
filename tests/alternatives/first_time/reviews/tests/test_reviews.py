"""What the reviews promise, asked for at their addresses: the page and the web API."""

import pytest

from reviews.models import Review

URL = "/api/v1/reviews/"


@pytest.fixture
def body(make_book):
    """Return what is sent to review a new book."""
    return {"book": f"http://testserver/api/v1/books/{make_book().pk}/", "rating": 5}


@pytest.fixture
def review(api, body):
    """Return the review that the reader has written, as the API shows it."""
    return api("reader").post(URL, body | {"text": "Could not put it down."}).json()


def test_a_visitor_cannot_write(api, body):
    assert api().post(URL, body).status_code == 401
    assert not Review.objects.exists()


@pytest.mark.parametrize("role", ["anonymous", "borrower", "librarian", "superuser"])
def test_only_the_reviewer_changes(api, review, role):
    assert api(role).patch(review["url"], {"rating": 1}).status_code in (401, 403)
    assert Review.objects.get().rating == 5


@pytest.mark.parametrize("role", ["anonymous", "borrower", "librarian", "superuser"])
def test_only_the_reviewer_deletes(api, review, role):
    assert api(role).delete(review["url"]).status_code in (401, 403)
    assert Review.objects.exists()


def test_the_reviewer_changes_and_deletes(api, review):
    assert api("reader").patch(review["url"], {"rating": 1}).json()["rating"] == 1
    assert api("reader").delete(review["url"]).status_code == 204


@pytest.mark.parametrize("rating", [0, 6])
def test_a_rating_is_from_1_to_5(api, body, rating):
    assert api("reader").post(URL, body | {"rating": rating}).status_code == 400


def test_a_reader_reviews_a_book_once(api, review):
    again = {"book": review["book"], "rating": 3}
    assert api("reader").post(URL, again).status_code in (400, 409)
    assert api("borrower").post(URL, again).status_code == 201


def test_the_reviewer_is_who_sends(api, body):
    answer = api("reader").post(URL, body | {"reviewer": "borrower"})
    assert answer.json()["reviewer"] == "reader"


def test_reviews_of_one_book(api, make_book, review):
    other = make_book()
    book_id = review["book"].rstrip("/").split("/")[-1]
    assert len(api().get(URL, {"book": book_id}).json()["results"]) == 1
    assert api().get(URL, {"book": other.pk}).json()["results"] == []


def test_the_page_shows_its_own_reviews(client, make_book, review):
    other = make_book()
    book_id = review["book"].rstrip("/").split("/")[-1]
    assert "Could not put it down." in client.get(f"/books/{book_id}/reviews/").content.decode()
    page = client.get(f"/books/{other.pk}/reviews/").content.decode()
    assert "Could not put it down." not in page
    assert "no review" in page

"""What the reviews promise, asked for at their addresses: the page and the web API."""

### BEGIN TASK 10
# STEP 10. Write tests that pass with your project, and fail where a promise is broken:
# grade.py runs them against projects with one fault each. Ask at addresses, as in
# library/tests/; the fixtures `api`, `users`, `make_book` and Django's `client` are there.
### BEGIN SOLUTION
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews.models import Review

ADDRESS = "/api/v1/reviews/"


@pytest.fixture
def book(make_book):
    """Return a book that nobody has reviewed."""
    return make_book(title="Emma")


def address_of(book):
    """Return what a client sends to name the book."""
    return f"http://testserver/api/v1/books/{book.pk}/"


def write(client, book, **fields):
    """Return the answer to a review of `book` that `client` sends."""
    review = {"book": address_of(book), "rating": 4, "text": "Witty."} | fields
    return client.post(ADDRESS, review)


def test_a_reader_writes_a_review_under_their_own_name(api, book):
    made = write(api("reader"), book)
    assert made.status_code == 201
    assert made["Location"] == made.json()["url"]
    review = api().get(made["Location"]).json()
    assert review.pop("created_at")
    assert review == {
        "url": made["Location"],
        "id": Review.objects.get().pk,
        "book": address_of(book),
        "reviewer": "reader",
        "rating": 4,
        "text": "Witty.",
    }


def test_nobody_writes_a_review_in_another_name(api, book):
    assert write(api("reader"), book, reviewer="borrower").status_code == 201
    assert Review.objects.get().reviewer.username == "reader"


def test_anonymous_visitors_only_read(api, book):
    assert write(api(), book).status_code == 401
    assert api().get(ADDRESS).json()["results"] == []


@pytest.mark.parametrize("rating", [0, 6, "", "many", None])
def test_a_rating_goes_from_1_to_5(api, book, rating):
    assert write(api("reader"), book, rating=rating).status_code == 400
    assert not Review.objects.exists()


def test_a_reader_reviews_a_book_once(api, book, make_book):
    assert write(api("reader"), book).status_code == 201
    again = write(api("reader"), book, rating=1)
    assert again.status_code == 409
    assert again.json()["detail"] == "You have reviewed this book already."
    assert Review.objects.get().rating == 4
    other = write(api("reader"), make_book())
    moved = api("reader").patch(other["Location"], {"book": address_of(book)})
    assert moved.status_code == 409


OTHERS = ["borrower", "librarian", "superuser"]


def test_only_the_reviewer_changes(api, book):
    review = write(api("reader"), book)["Location"]
    for role in OTHERS:
        assert api(role).patch(review, {"rating": 1}).status_code == 403
    assert api("reader").patch(review, {"rating": 5}).json()["rating"] == 5


def test_only_the_reviewer_deletes(api, book):
    review = write(api("reader"), book)["Location"]
    for role in OTHERS:
        assert api(role).delete(review).status_code == 403
    assert api("reader").delete(review).status_code == 204
    assert api().get(review).status_code == 404


def test_the_newest_come_first_and_of_one_book_if_asked_for(api, book, make_book):
    for role in ("reader", "borrower"):
        write(api(role), book, text=role)
    write(api("reader"), make_book(), text="another book")

    def texts(**parameters):
        return [review["text"] for review in api().get(ADDRESS, parameters).json()["results"]]

    assert texts() == ["another book", "borrower", "reader"]
    assert texts(book=book.pk) == ["borrower", "reader"]
    assert api().get(ADDRESS, {"book": 0}).status_code == 400


def test_the_page_of_a_book_leads_to_its_reviews(client, book):
    page = f"/books/{book.pk}/reviews/"
    assert page in client.get(f"/books/{book.pk}/").content.decode()
    assert "Nobody has reviewed this book yet." in client.get(page).content.decode()
    assert client.get("/books/0/reviews/").status_code == 404


def test_the_page_shows_a_review_as_text(api, client, book):
    write(api("reader"), book, text="Witty & <b>wise</b>.")
    shown = client.get(f"/books/{book.pk}/reviews/").content.decode()
    assert "reader: 4 of 5" in shown
    assert "Witty &amp; &lt;b&gt;wise&lt;/b&gt;." in shown


def test_the_page_shows_the_reviews_of_its_own_book_alone(api, client, book, make_book):
    write(api("reader"), book, text="This book.")
    write(api("borrower"), make_book(), text="Another book.")
    shown = client.get(f"/books/{book.pk}/reviews/").content.decode()
    assert "This book." in shown
    assert "Another book." not in shown


def test_a_list_and_a_page_ask_as_much_for_many_reviews_as_for_one(
    api, client, book, django_user_model
):
    def queries():
        counts = []
        for asking, address in [(api(), ADDRESS), (client, f"/books/{book.pk}/reviews/")]:
            with CaptureQueriesContext(connection) as context:
                assert asking.get(address).status_code == 200
            counts.append(len(context))
        return counts

    def review(name):
        user = django_user_model.objects.create_user(name)
        Review.objects.create(book=book, reviewer=user, rating=3)

    review("first")
    few = queries()
    for number in range(15):
        review(f"reader{number}")
    assert queries() == few


def test_the_admin_lists_the_reviews(api, book, admin_client):
    write(api("reader"), book)
    listed = admin_client.get("/admin/reviews/review/").content.decode()
    assert "Emma" in listed
    assert str(Review.objects.get()) == "4 of 5 for Emma, by reader"


def test_of_two_editors_the_second_is_told_that_she_is(api, book):
    reader = api("reader")
    review = write(reader, book)["Location"]
    etag = reader.get(review)["ETag"]
    assert reader.get(review, HTTP_IF_NONE_MATCH=etag).status_code == 304
    there = reader.get(review).json()
    for verb in ("put", "patch", "delete"):
        assert getattr(reader, verb)(review, there, HTTP_IF_MATCH='"old"').status_code == 412
    assert reader.delete(review, HTTP_IF_MATCH=etag).status_code == 204
### END SOLUTION

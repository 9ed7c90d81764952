"""The reviews, tested through their URLs: the page and the web API."""

### BEGIN TASK 10
# STEP 10. Write tests that pass with your project and fail when a promise is broken:
# grade.py runs them against projects with one fault each. Send requests to URLs, as
# library/tests/ does, with the fixtures `api`, `users`, `make_book` and Django's `client`.
### BEGIN SOLUTION
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews.models import Review

URL = "/api/v1/reviews/"


@pytest.fixture
def book(make_book):
    """Return a book without reviews."""
    return make_book(title="Emma")


def book_url(book):
    """Return the URL that identifies the book in a request."""
    return f"http://testserver/api/v1/books/{book.pk}/"


def write(client, book, **fields):
    """Send a review of `book`; return the response."""
    review = {"book": book_url(book), "rating": 4, "text": "Witty."} | fields
    return client.post(URL, review)


def test_the_reviewer_is_the_authenticated_user(api, book):
    created = write(api("reader"), book)
    assert created.status_code == 201
    assert created["Location"] == created.json()["url"]
    review = api().get(created["Location"]).json()
    assert review.pop("created_at")
    assert review == {
        "url": created["Location"],
        "id": Review.objects.get().pk,
        "book": book_url(book),
        "reviewer": "reader",
        "rating": 4,
        "text": "Witty.",
    }


def test_a_reviewer_in_the_request_body_is_ignored(api, book):
    assert write(api("reader"), book, reviewer="borrower").status_code == 201
    assert Review.objects.get().reviewer.username == "reader"


def test_anonymous_clients_can_only_read(api, book):
    assert write(api(), book).status_code == 401
    assert api().get(URL).json()["results"] == []


@pytest.mark.parametrize("rating", [0, 6, "", "many", None])
def test_a_rating_is_a_number_from_1_to_5(api, book, rating):
    assert write(api("reader"), book, rating=rating).status_code == 400
    assert not Review.objects.exists()


def test_a_reader_can_review_a_book_only_once(api, book, make_book):
    assert write(api("reader"), book).status_code == 201
    again = write(api("reader"), book, rating=1)
    assert again.status_code == 409
    assert again.json()["detail"] == "You have reviewed this book already."
    assert Review.objects.get().rating == 4
    other = write(api("reader"), make_book())
    moved = api("reader").patch(other["Location"], {"book": book_url(book)})
    assert moved.status_code == 409


OTHERS = ["borrower", "librarian", "superuser"]


def test_only_the_reviewer_can_update_a_review(api, book):
    review = write(api("reader"), book)["Location"]
    for role in OTHERS:
        assert api(role).patch(review, {"rating": 1}).status_code == 403
    assert api("reader").patch(review, {"rating": 5}).json()["rating"] == 5


def test_only_the_reviewer_can_delete_a_review(api, book):
    review = write(api("reader"), book)["Location"]
    for role in OTHERS:
        assert api(role).delete(review).status_code == 403
    assert api("reader").delete(review).status_code == 204
    assert api().get(review).status_code == 404


def test_reviews_are_ordered_newest_first_and_can_be_filtered_by_book(api, book, make_book):
    for role in ("reader", "borrower"):
        write(api(role), book, text=role)
    write(api("reader"), make_book(), text="another book")

    def texts(**parameters):
        return [review["text"] for review in api().get(URL, parameters).json()["results"]]

    assert texts() == ["another book", "borrower", "reader"]
    assert texts(book=book.pk) == ["borrower", "reader"]
    assert api().get(URL, {"book": 0}).status_code == 400


def test_the_page_of_a_book_links_to_its_reviews(client, book):
    page = f"/books/{book.pk}/reviews/"
    assert page in client.get(f"/books/{book.pk}/").content.decode()
    assert "Nobody has reviewed this book yet." in client.get(page).content.decode()
    assert client.get("/books/0/reviews/").status_code == 404


def test_the_page_escapes_the_text_of_a_review(api, client, book):
    write(api("reader"), book, text="Witty & <b>wise</b>.")
    shown = client.get(f"/books/{book.pk}/reviews/").content.decode()
    assert "<bdi>reader</bdi>: 4 of 5" in shown
    assert "Witty &amp; &lt;b&gt;wise&lt;/b&gt;." in shown


def test_the_page_shows_only_the_reviews_of_its_book(api, client, book, make_book):
    write(api("reader"), book, text="This book.")
    write(api("borrower"), make_book(), text="Another book.")
    shown = client.get(f"/books/{book.pk}/reviews/").content.decode()
    assert "This book." in shown
    assert "Another book." not in shown


def test_the_number_of_queries_does_not_grow_with_the_reviews(api, client, book, django_user_model):
    def count_queries():
        counts = []
        for test_client, url in [(api(), URL), (client, f"/books/{book.pk}/reviews/")]:
            with CaptureQueriesContext(connection) as context:
                assert test_client.get(url).status_code == 200
            counts.append(len(context))
        return counts

    def create_review(username):
        user = django_user_model.objects.create_user(username)
        Review.objects.create(book=book, reviewer=user, rating=3)

    create_review("first")
    before = count_queries()
    for number in range(15):
        create_review(f"reader{number}")
    assert count_queries() == before


def test_the_admin_lists_the_reviews(api, book, admin_client):
    write(api("reader"), book)
    page = admin_client.get("/admin/reviews/review/").content.decode()
    assert "Emma" in page
    assert str(Review.objects.get()) == "4 of 5 for Emma, by reader"


def test_a_review_supports_conditional_requests(api, book):
    reader = api("reader")
    review = write(reader, book)["Location"]
    etag = reader.get(review)["ETag"]
    assert reader.get(review, HTTP_IF_NONE_MATCH=etag).status_code == 304
    data = reader.get(review).json()
    for method in ("put", "patch", "delete"):
        assert getattr(reader, method)(review, data, HTTP_IF_MATCH='"old"').status_code == 412
    assert reader.delete(review, HTTP_IF_MATCH=etag).status_code == 204
### END SOLUTION
### BEGIN TASK 11
### BEGIN SOLUTION


def review_on_page(client, book, **form):
    """Send the form of the page with the reviews of `book`; return the page that follows."""
    return client.post(f"/books/{book.pk}/reviews/", form, follow=True).content.decode()


def test_a_review_is_written_changed_and_deleted_on_the_page(client, users, book):
    page = f"/books/{book.pk}/reviews/"
    assert f"/accounts/login/?next={page}" in client.get(page).content.decode()
    client.force_login(users["reader"])
    assert "Delete review" not in client.get(page).content.decode()
    shown = review_on_page(client, book, rating=4, text="Witty.")
    assert "Your review has been saved." in shown
    assert "<bdi>reader</bdi>: 4 of 5" in shown
    assert "<bdi>reader</bdi>: 5 of 5" in review_on_page(client, book, rating=5, text="Wise.")
    review = Review.objects.get()
    assert (review.reviewer, review.rating, review.text) == (users["reader"], 5, "Wise.")
    assert "Your review has been deleted." in review_on_page(client, book, delete="true")
    assert not Review.objects.exists()


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"rating": 6, "text": "Kept."}, "6 is not one of the available choices"),
        ({"text": "Kept."}, "This field is required"),
        ({"rating": 5, "text": "Kept." + "x" * 9995}, "at most 2000 characters (it has 10000)"),
    ],
)
def test_an_invalid_review_shows_the_error_and_keeps_the_text(client, users, book, form, error):
    client.force_login(users["reader"])
    shown = review_on_page(client, book, **form)
    assert error in shown
    assert form["text"] in shown
    assert not Review.objects.exists()


def test_the_form_changes_and_deletes_no_review_of_another_user(api, client, users, book):
    write(api("borrower"), book, text="Unchanged.")
    client.force_login(users["reader"])
    review_on_page(client, book, rating=1, text="Mine.")
    review_on_page(client, book, delete="true")
    assert Review.objects.get().text == "Unchanged."


def test_anonymous_users_log_in_before_they_review(client, book):
    shown = review_on_page(client, book, rating=1)
    assert "<h1>Log in</h1>" in shown
    assert not Review.objects.exists()


def test_pages_show_the_average_and_the_number_of_reviews(api, client, book):
    for url in ("/", book.get_absolute_url(), book.authors.get().get_absolute_url()):
        assert "of 5" not in client.get(url).content.decode()
    write(api("reader"), book, rating=4)
    write(api("borrower"), book, rating=5)
    for url in ("/", book.get_absolute_url(), book.authors.get().get_absolute_url()):
        shown = client.get(url).content.decode()
        assert "4.5 of 5" in shown
        assert "(2 reviews)" in shown
### END SOLUTION

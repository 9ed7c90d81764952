"""What the reviews promise, asked for at their addresses: the page and the web API."""

import pytest
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from library.models import Book
from reviews.models import Review

REVIEWS = "/api/v1/reviews/"


def address_of_book(book):
    return f"http://testserver/api/v1/books/{book.pk}/"


def with_token(user):
    """Return a client that sends the user's token along."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.get_or_create(user=user)[0].key}")
    return client


def with_session(user):
    """Return a client that is logged in as the user."""
    client = APIClient()
    client.force_login(user)
    return client


@pytest.fixture
def emma(db):
    return Book.objects.create(title="Emma", isbn="9780134685991")


@pytest.fixture
def walden(db):
    return Book.objects.create(title="Walden", isbn="9780306406157")


@pytest.fixture
def ada(django_user_model):
    return django_user_model.objects.create_user("ada", password="difference engine")


@pytest.fixture
def bob(django_user_model):
    return django_user_model.objects.create_user("bob", password="the builder")


@pytest.fixture
def opinion(emma, ada):
    """Return a review of Emma, by Ada."""
    return Review.objects.create(book=emma, reviewer=ada, rating=4, text="Witty.")


def test_a_review_is_written_and_read(emma, ada):
    response = with_token(ada).post(
        REVIEWS, {"book": address_of_book(emma), "rating": 5, "text": "Lovely."}
    )
    assert response.status_code == 201
    shown = APIClient().get(response.json()["url"])
    assert shown.status_code == 200
    body = shown.json()
    assert body.pop("created_at")
    assert body == {
        "url": f"http://testserver{REVIEWS}{Review.objects.get().pk}/",
        "id": Review.objects.get().pk,
        "book": address_of_book(emma),
        "reviewer": "ada",
        "rating": 5,
        "text": "Lovely.",
    }


def test_a_visitor_writes_nothing(emma):
    response = APIClient().post(REVIEWS, {"book": address_of_book(emma), "rating": 5})
    assert response.status_code == 401
    assert not Review.objects.exists()


@pytest.mark.parametrize("rating", [0, 6, -1, 100, "good"])
def test_a_rating_out_of_bounds_is_refused(emma, ada, rating):
    response = with_session(ada).post(REVIEWS, {"book": address_of_book(emma), "rating": rating})
    assert response.status_code == 400
    assert not Review.objects.exists()


@pytest.mark.parametrize("rating", [1, 2, 3, 4, 5])
def test_a_rating_within_bounds_is_taken(emma, ada, rating):
    response = with_session(ada).post(REVIEWS, {"book": address_of_book(emma), "rating": rating})
    assert response.status_code == 201
    assert Review.objects.get().rating == rating


def test_a_second_review_of_a_book_is_refused(emma, ada, opinion):
    response = with_token(ada).post(REVIEWS, {"book": address_of_book(emma), "rating": 1})
    assert response.status_code == 400
    assert Review.objects.get().rating == 4


def test_a_review_does_not_move_to_a_book_that_has_one(emma, walden, ada, opinion):
    other = Review.objects.create(book=walden, reviewer=ada, rating=2)
    response = with_token(ada).patch(f"{REVIEWS}{other.pk}/", {"book": address_of_book(emma)})
    assert response.status_code == 400
    other.refresh_from_db()
    assert other.book == walden


def test_two_readers_review_the_same_book(emma, bob, opinion):
    response = with_token(bob).post(REVIEWS, {"book": address_of_book(emma), "rating": 1})
    assert response.status_code == 201
    assert emma.reviews.count() == 2


def test_the_reviewer_is_who_sends_it(emma, ada, bob):
    response = with_session(ada).post(
        REVIEWS, {"book": address_of_book(emma), "rating": 5, "reviewer": "bob"}
    )
    assert response.status_code == 201
    assert response.json()["reviewer"] == "ada"
    assert Review.objects.get().reviewer == ada


def test_book_keeps_the_reviews_of_one_book(emma, walden, ada, opinion):
    Review.objects.create(book=walden, reviewer=ada, rating=2, text="Woods.")

    def texts(**parameters):
        results = APIClient().get(REVIEWS, parameters).json()["results"]
        return [review["text"] for review in results]

    assert texts() == ["Woods.", "Witty."]
    assert texts(book=emma.pk) == ["Witty."]
    assert texts(book=walden.pk) == ["Woods."]
    assert APIClient().get(REVIEWS, {"book": "emma"}).status_code == 400


class TestSomebodyElsesReview:
    """Only its reviewer changes and deletes a review."""

    @pytest.fixture
    def address(self, opinion):
        return f"{REVIEWS}{opinion.pk}/"

    def test_its_reviewer_changes_it(self, address, ada, opinion):
        assert with_token(ada).patch(address, {"rating": 5}).status_code == 200
        opinion.refresh_from_db()
        assert opinion.rating == 5

    def test_its_reviewer_deletes_it(self, address, ada):
        assert with_token(ada).delete(address).status_code == 204
        assert not Review.objects.exists()

    def test_another_reader_does_not_change_it(self, address, bob, opinion):
        assert with_token(bob).patch(address, {"rating": 1}).status_code == 403
        opinion.refresh_from_db()
        assert opinion.rating == 4

    def test_another_reader_does_not_delete_it(self, address, bob):
        assert with_session(bob).delete(address).status_code == 403
        assert Review.objects.count() == 1

    def test_a_superuser_does_neither(self, address, admin_user):
        client = with_session(admin_user)
        assert client.patch(address, {"rating": 1}).status_code == 403
        assert client.delete(address).status_code == 403
        assert Review.objects.get().rating == 4

    def test_a_visitor_does_neither(self, address, opinion):
        assert APIClient().patch(address, {"rating": 1}).status_code == 401
        assert APIClient().delete(address).status_code == 401
        assert Review.objects.get().rating == 4


def test_the_page_of_a_book_shows_its_own_reviews(client, emma, walden, ada, opinion):
    Review.objects.create(book=walden, reviewer=ada, rating=2, text="Woods.")
    page = client.get(f"/books/{emma.pk}/reviews/").content.decode()
    assert "Emma" in page
    assert "ada" in page
    assert "Witty." in page
    assert "Woods." not in page


def test_the_page_says_that_there_is_none_yet(client, emma):
    assert (
        "Nobody has reviewed this book yet."
        in client.get(f"/books/{emma.pk}/reviews/").content.decode()
    )


def test_the_page_of_no_book_is_not_found(client, db):
    assert client.get("/books/99999/reviews/").status_code == 404

"""Writing reviews with the web API."""

import pytest
from rest_framework.exceptions import ValidationError

from reviews.api.serializers import ReviewSerializer
from reviews.models import Review
from reviews.tests.helpers import REVIEWS, body_for, new_book, new_review, new_user, send


def test_a_visitor_cannot_write(client, db):
    assert send(client, "post", REVIEWS, body_for(new_book())).status_code == 401
    assert not Review.objects.exists()


def test_a_reader_writes_in_their_own_name_whatever_they_send(client, django_user_model):
    ada, bob = (new_user(django_user_model, name) for name in ("ada", "bob"))
    client.force_login(ada)
    for number, other in enumerate(("bob", bob.pk, f"http://testserver/api/v1/users/{bob.pk}/")):
        body = body_for(new_book(number), reviewer=other, reviewer_id=bob.pk)
        response = send(client, "post", REVIEWS, body)
        assert response.status_code == 201
        assert response.json()["reviewer"] == "ada"
        assert Review.objects.get(pk=response.json()["id"]).reviewer == ada


def test_a_rating_is_from_1_to_5(client, django_user_model):
    client.force_login(new_user(django_user_model, "ada"))
    for rating in (-1, 0, 6, 100):
        response = send(client, "post", REVIEWS, body_for(new_book(rating), rating=rating))
        assert response.status_code == 400, rating
    for rating in (1, 2, 3, 4, 5):
        response = send(client, "post", REVIEWS, body_for(new_book(200 + rating), rating=rating))
        assert response.status_code == 201, rating
    assert Review.objects.count() == 5


def test_a_reader_reviews_a_book_once(client, django_user_model):
    ada, bob = (new_user(django_user_model, name) for name in ("ada", "bob"))
    book, other = new_book(1), new_book(2)
    for user in (ada, bob):
        client.force_login(user)
        assert send(client, "post", REVIEWS, body_for(book)).status_code == 201
        assert send(client, "post", REVIEWS, body_for(book)).status_code in (400, 409)
    assert Review.objects.filter(book=book).count() == 2
    made = send(client, "post", REVIEWS, body_for(other)).json()
    # Nor does a change make it a second one.
    assert send(client, "patch", made["url"], body_for(book)).status_code in (400, 409)


def test_a_second_review_at_the_same_moment_is_refused_by_the_database(rf, django_user_model):
    ada, book = new_user(django_user_model, "ada"), new_book()
    request = rf.post(REVIEWS)
    request.user = ada
    serializer = ReviewSerializer(data=body_for(book), context={"request": request})
    assert serializer.is_valid()
    new_review(book, ada)
    with pytest.raises(ValidationError):
        serializer.save(reviewer=ada)

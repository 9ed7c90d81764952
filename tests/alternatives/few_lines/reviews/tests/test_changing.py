"""Changing and deleting reviews with the web API."""

from reviews.models import Review
from reviews.tests.helpers import REVIEWS, body_for, new_book, new_review, new_user, send


def strangers(django_user_model):
    return [
        (None, 401),
        (new_user(django_user_model, "bob"), 403),
        (new_user(django_user_model, "root", is_staff=True, is_superuser=True), 403),
    ]


def test_nobody_else_changes_a_review(client, django_user_model):
    review = new_review(new_book(), new_user(django_user_model, "ada"), rating=4)
    for user, status in strangers(django_user_model):
        if user:
            client.force_login(user)
        for method in ("patch", "put"):
            body = body_for(review.book, rating=1)
            response = send(client, method, f"{REVIEWS}{review.pk}/", body)
            assert response.status_code == status, (user, method)
    review.refresh_from_db()
    assert review.rating == 4


def test_nobody_else_deletes_a_review(client, django_user_model):
    review = new_review(new_book(), new_user(django_user_model, "ada"))
    for user, status in strangers(django_user_model):
        if user:
            client.force_login(user)
        assert client.delete(f"{REVIEWS}{review.pk}/").status_code == status, user
    assert Review.objects.filter(pk=review.pk).exists()


def test_its_reviewer_changes_and_deletes_a_review(client, django_user_model):
    ada = new_user(django_user_model, "ada")
    review = new_review(new_book(), ada)
    client.force_login(ada)
    for method, body in (("patch", {"rating": 1}), ("put", body_for(review.book, rating=2))):
        response = send(client, method, f"{REVIEWS}{review.pk}/", body)
        assert response.status_code == 200, method
        assert response.json()["rating"] == body["rating"]
    assert client.delete(f"{REVIEWS}{review.pk}/").status_code == 204
    assert not Review.objects.exists()

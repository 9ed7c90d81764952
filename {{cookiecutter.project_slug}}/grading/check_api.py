"""Step 8: the views of the web API, and their URLs."""

import pytest
from django.db import connection
from django.db.models import UniqueConstraint

from grading import Fault, describe

URL = "/api/v1/reviews/"


def rows(response):
    """Return the reviews of a list, paginated or not."""
    assert response.status_code == 200, describe(response)
    data = response.json()
    return data["results"] if isinstance(data, dict) else data


@pytest.fixture
def one_review_each(Review):  # noqa: N803
    """Let the database reject a second review, even if the model, in step 5, does not."""
    constraint = UniqueConstraint(fields=["book", "reviewer"], name="grading_one_review_each")
    name, table = connection.ops.quote_name(constraint.name), Review._meta.db_table
    columns = ", ".join(
        connection.ops.quote_name(Review._meta.get_field(field).column)
        for field in constraint.fields
    )
    Review._meta.constraints.append(constraint)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE UNIQUE INDEX {name} ON {table} ({columns})")
        yield
        cursor.execute(f"DROP INDEX {name}")
    Review._meta.constraints.remove(constraint)


@pytest.fixture
def superuser(user):
    """Return a user with all model permissions."""
    return user("superuser", is_superuser=True, is_staff=True)


def check_list(api, review):
    """GET /api/v1/reviews/ lists the reviews as JSON, newest first."""
    first, second = review(text="First."), review(text="Second.")
    found = [(row.get("id"), row.get("text")) for row in rows(api().get(URL))]
    expected = [(second.pk, "Second."), (first.pk, "First.")]
    assert found == expected, f"the list has {found}, not {expected}"


def check_detail(api, review):
    """GET /api/v1/reviews/<id>/ returns one review, or 404 if there is none."""
    made = review(rating=2)
    response = api().get(f"{URL}{made.pk}/")
    assert response.status_code == 200, describe(response)
    assert response.json().get("rating") == 2, f"the response is {response.json()}"
    response = api().get(f"{URL}999999/")
    assert response.status_code == 404, describe(response)


def check_create(api, superuser, user, book, book_url, Review):  # noqa: N803
    """POST saves a review by the authenticated user, whatever the body says, and returns 201."""
    other = user("other")
    for name in (other.get_username(), other.pk):
        sent = {"book": book_url(book()), "rating": 5, "text": "Witty.", "reviewer": name}
        response = api(superuser).post(URL, sent, format="json")
        assert response.status_code == 201, describe(response)
        saved = Review.objects.order_by("-pk").first()
        assert saved, "no review is saved"
        if saved.reviewer == other:
            raise Fault("reviewer_from_body", "the reviewer comes from the request body")
        assert saved.reviewer == superuser, "the review is saved with another reviewer"
        assert (saved.rating, saved.text) == (5, "Witty."), "the rating or the text is not saved"


def check_invalid(api, superuser, book, book_url, Review):  # noqa: N803
    """POST returns 400 for a review without a rating, or of a book that does not exist."""
    for sent in (
        {"book": book_url(book()), "text": "Witty."},
        {"book": "http://testserver/api/v1/books/999999/", "rating": 5, "text": "Witty."},
    ):
        response = api(superuser).post(URL, sent, format="json")
        assert response.status_code == 400, describe(response)
    assert not Review.objects.exists(), "the invalid review is saved"


@pytest.mark.django_db(transaction=True)
def check_once(api, superuser, book, book_url, one_review_each):
    """POST returns 409 or 400 for a second review of a book by the same reader."""
    sent = {"book": book_url(book()), "rating": 5, "text": "Witty."}
    first, second = (api(superuser).post(URL, sent, format="json") for _ in range(2))
    assert first.status_code == 201, describe(first)
    assert second.status_code in (400, 409), describe(second)


def check_change_and_delete(api, superuser, review, Review):  # noqa: N803
    """PATCH changes your own review (200), and DELETE deletes it (204)."""
    made = review(reviewer=superuser, rating=1)
    at = f"{URL}{made.pk}/"
    response = api(superuser).patch(at, {"rating": 5}, format="json")
    assert response.status_code == 200, describe(response)
    assert Review.objects.get(pk=made.pk).rating == 5, "the change is not saved"
    response = api(superuser).delete(at)
    assert response.status_code == 204, describe(response)
    assert not Review.objects.filter(pk=made.pk).exists(), "the review is still there"


def check_of_one_book(api, book, review):
    """GET /api/v1/reviews/?book=<id> lists the reviews of this book only."""
    emma = book()
    wanted = [review(book=emma), review(book=emma)]
    review(book=book("Persuasion"))
    found = [row.get("id") for row in rows(api().get(URL, {"book": emma.pk}))]
    expected = [each.pk for each in wanted[::-1]]
    if found != expected:
        raise Fault("book_is_ignored", f"the list has the reviews {found}, not {expected}")


def check_queries(api, review, queries):
    """The list makes as many database queries for fifteen reviews as for one."""
    review()
    rows(api().get(URL))
    few = queries(lambda: api().get(URL))
    for _ in range(14):
        review()
    assert len(rows(api().get(URL))) == 15, "reviews are missing"
    many = queries(lambda: api().get(URL))
    assert many <= few, f"{few} queries for one review, {many} for fifteen"


def check_negotiation(answered):
    """The answers say which media types the URL of a book has, and what the framework adds."""
    answered(
        media_type_for_curl="513d6f28552578bd",
        media_type_for_browsers="412fc9d289e19a23",
        media_type_of_the_error="f62a79ec7b5434c4",
        media_type_that_drf_does_not_provide="5d85b7a0a809e10a",
        works_without_drf="73d100f3fde9d977",
    )

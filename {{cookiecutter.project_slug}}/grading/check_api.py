"""Step 8: the views of the web API, and their addresses."""

import pytest
from django.db import IntegrityError, transaction

from grading import Fault, answer

ADDRESS = "/api/v1/reviews/"


def rows(response):
    """Return the reviews of a list, on pages or not."""
    assert response.status_code == 200, answer(response)
    data = response.json()
    return data["results"] if isinstance(data, dict) else data


def takes_a_second(review):
    """Return whether the model takes a second review of a book by the same reader."""
    made = review()
    try:
        with transaction.atomic():
            review(book=made.book, reviewer=made.reviewer)
    except IntegrityError:
        return False
    return True


@pytest.fixture
def superuser(user):
    """Return a user who may do everything that a permission can allow."""
    return user("superuser", is_superuser=True, is_staff=True)


def check_list(api, review):
    """GET /api/v1/reviews/ lists the reviews, the newest first, as JSON."""
    first, second = review(text="First."), review(text="Second.")
    found = [(row.get("id"), row.get("text")) for row in rows(api().get(ADDRESS))]
    expected = [(second.pk, "Second."), (first.pk, "First.")]
    assert found == expected, f"the list has {found}, not {expected}"


def check_detail(api, review):
    """GET /api/v1/reviews/<id>/ shows one review, and 404 where there is none."""
    made = review(rating=2)
    response = api().get(f"{ADDRESS}{made.pk}/")
    assert response.status_code == 200, answer(response)
    assert response.json().get("rating") == 2, f"the answer is {response.json()}"
    response = api().get(f"{ADDRESS}999999/")
    assert response.status_code == 404, answer(response)


def check_create(api, superuser, user, book, address, Review):  # noqa: N803
    """POST saves a review of who sends it, whatever the body says, and answers 201."""
    other = user("other")
    for name in (other.get_username(), other.pk):
        sent = {"book": address(book()), "rating": 5, "text": "Witty.", "reviewer": name}
        response = api(superuser).post(ADDRESS, sent, format="json")
        assert response.status_code == 201, answer(response)
        saved = Review.objects.order_by("-pk").first()
        assert saved, "nothing is saved"
        if saved.reviewer == other:
            raise Fault("reviewer_from_body", "the reviewer is taken from the body")
        assert saved.reviewer == superuser, "it is saved as somebody else's"
        assert (saved.rating, saved.text) == (5, "Witty."), "something else is saved"


def check_invalid(api, superuser, book, address, Review):  # noqa: N803
    """POST answers 400 to a review without a rating, or of a book that does not exist."""
    for sent in (
        {"book": address(book()), "text": "Witty."},
        {"book": "http://testserver/api/v1/books/999999/", "rating": 5, "text": "Witty."},
    ):
        response = api(superuser).post(ADDRESS, sent, format="json")
        assert response.status_code == 400, answer(response)
    assert not Review.objects.exists(), "something is saved"


@pytest.mark.django_db(transaction=True)
def check_once(api, superuser, book, address, review):
    """POST answers 409 or 400 to a second review of a book by the same reader."""
    sent = {"book": address(book()), "rating": 5, "text": "Witty."}
    first, second = (api(superuser).post(ADDRESS, sent, format="json") for _ in range(2))
    assert first.status_code == 201, answer(first)
    # Where the model takes a second one, that is for step 5 to mend.
    expected = (201, 400, 409) if takes_a_second(review) else (400, 409)
    assert second.status_code in expected, answer(second)


def check_change_and_delete(api, superuser, review, Review):  # noqa: N803
    """PATCH changes a review of one's own (200), and DELETE deletes it (204)."""
    made = review(reviewer=superuser, rating=1)
    at = f"{ADDRESS}{made.pk}/"
    response = api(superuser).patch(at, {"rating": 5}, format="json")
    assert response.status_code == 200, answer(response)
    assert Review.objects.get(pk=made.pk).rating == 5, "the change is not saved"
    response = api(superuser).delete(at)
    assert response.status_code == 204, answer(response)
    assert not Review.objects.filter(pk=made.pk).exists(), "the review is still there"


def check_of_one_book(api, book, review):
    """GET /api/v1/reviews/?book=<id> lists the reviews of this book alone."""
    emma = book()
    wanted = [review(book=emma), review(book=emma)]
    review(book=book("Persuasion"))
    found = [row.get("id") for row in rows(api().get(ADDRESS, {"book": emma.pk}))]
    expected = [each.pk for each in wanted[::-1]]
    if found != expected:
        raise Fault("book_is_ignored", f"the list has the reviews {found}, not {expected}")


def check_queries(api, review, queries):
    """The list asks the database as often for fifteen reviews as for one."""
    review()
    rows(api().get(ADDRESS))
    few = queries(lambda: api().get(ADDRESS))
    for _ in range(14):
        review()
    assert len(rows(api().get(ADDRESS))) == 15, "reviews are missing"
    many = queries(lambda: api().get(ADDRESS))
    assert many <= few, f"{few} questions for one, {many} for fifteen"

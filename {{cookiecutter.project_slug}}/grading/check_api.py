"""Step 8: the views of the web API, and their addresses."""

import pytest
from django.db import IntegrityError, transaction

ADDRESS = "/api/v1/reviews/"


def rows(response):
    """Return the reviews of a list, on pages or not."""
    assert response.status_code == 200, f"{ADDRESS} answers {response.status_code}"
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
    assert response.status_code == 200, f"the answer is {response.status_code}"
    assert response.json().get("rating") == 2, f"the answer is {response.json()}"
    status = api().get(f"{ADDRESS}999999/").status_code
    assert status == 404, f"the answer is {status} where there is no review"


def check_create(api, superuser, user, book, address, Review):  # noqa: N803
    """POST saves a review of who sends it, whatever the body says, and answers 201."""
    other = user("other")
    for name in (other.get_username(), other.pk):
        sent = {"book": address(book()), "rating": 5, "text": "Witty.", "reviewer": name}
        response = api(superuser).post(ADDRESS, sent, format="json")
        assert response.status_code == 201, f"the answer is {response.status_code}"
        saved = Review.objects.order_by("-pk").first()
        assert saved, "nothing is saved"
        assert saved.reviewer == superuser, "the reviewer is taken from the body"
        assert (saved.rating, saved.text) == (5, "Witty."), "something else is saved"


def check_invalid(api, superuser, book, address, Review):  # noqa: N803
    """POST answers 400 to a review without a rating, or of a book that does not exist."""
    for sent in (
        {"book": address(book()), "text": "Witty."},
        {"book": "http://testserver/api/v1/books/999999/", "rating": 5, "text": "Witty."},
    ):
        status = api(superuser).post(ADDRESS, sent, format="json").status_code
        assert status == 400, f"the answer is {status}"
    assert not Review.objects.exists(), "something is saved"


def check_once(api, superuser, book, address, review):
    """POST answers 409 or 400 to a second review of a book by the same reader."""
    sent = {"book": address(book()), "rating": 5, "text": "Witty."}
    statuses = [api(superuser).post(ADDRESS, sent, format="json").status_code for _ in range(2)]
    assert statuses[0] == 201, f"the answer to the first one is {statuses[0]}"
    # Where the model takes a second one, that is for step 5 to mend.
    expected = (201, 400, 409) if takes_a_second(review) else (400, 409)
    assert statuses[1] in expected, f"the answer is {statuses[1]}"


def check_change_and_delete(api, superuser, review, Review):  # noqa: N803
    """PATCH changes a review of one's own (200), and DELETE deletes it (204)."""
    made = review(reviewer=superuser, rating=1)
    at = f"{ADDRESS}{made.pk}/"
    status = api(superuser).patch(at, {"rating": 5}, format="json").status_code
    assert status == 200, f"the answer to PATCH is {status}"
    assert Review.objects.get(pk=made.pk).rating == 5, "the change is not saved"
    status = api(superuser).delete(at).status_code
    assert status == 204, f"the answer to DELETE is {status}"
    assert not Review.objects.filter(pk=made.pk).exists(), "the review is still there"


def check_of_one_book(api, book, review):
    """GET /api/v1/reviews/?book=<id> lists the reviews of this book alone."""
    emma = book()
    wanted = [review(book=emma), review(book=emma)]
    review(book=book("Persuasion"))
    found = [row.get("id") for row in rows(api().get(ADDRESS, {"book": emma.pk}))]
    expected = [each.pk for each in wanted[::-1]]
    assert found == expected, f"the list has the reviews {found}, not {expected}"


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

"""Step 9: the permissions of the reviews."""

from grading import Fault, describe

URL = "/api/v1/reviews/"


def check_a_reader_writes(api, user, book, book_url, Review):  # noqa: N803
    """An authenticated user can write a review, an anonymous user cannot (401 or 403)."""
    sent = {"book": book_url(book()), "rating": 4, "text": "Witty."}
    response = api(user("ann")).post(URL, sent, format="json")
    assert response.status_code == 201, f"as a reader: {describe(response)}"
    response = api().post(URL, sent | {"book": book_url(book())}, format="json")
    if Review.objects.count() > 1:
        raise Fault("anonymous_writes", "the anonymous user's review is saved")
    assert response.status_code in (401, 403), f"as an anonymous user: {describe(response)}"


def others_are_refused(fault, api, user, review, verb, *body):
    """Assert that the reviewer is allowed to, and other readers and anonymous users are not."""
    ann = user("ann")
    for who, client, expected in (
        ("the reviewer", api(ann), (200, 204)),
        ("another reader", api(user("bob")), (403, 404)),
        ("an anonymous user", api(), (401, 403)),
    ):
        at = f"{URL}{review(reviewer=ann, rating=1).pk}/"
        response = getattr(client, verb)(at, *body, format="json")
        if who != "the reviewer" and response.status_code in (200, 204):
            raise Fault(fault, f"as {who}: {describe(response)}")
        assert response.status_code in expected, f"as {who}: {describe(response)}"


def check_only_the_reviewer_changes(api, user, review):
    """Only its reviewer can change a review; others get a 403, anonymous users a 401 or 403."""
    made = review()
    response = api().get(f"{URL}{made.pk}/")
    assert response.status_code == 200, f"as an anonymous user who reads: {describe(response)}"
    others_are_refused("others_change", api, user, review, "patch", {"rating": 5})


def check_only_the_reviewer_deletes(api, user, review):
    """Only its reviewer can delete a review; others get a 403, anonymous users a 401 or 403."""
    others_are_refused("others_delete", api, user, review, "delete")


def check_a_right_to_change_is_not_enough(api, user, review):
    """Even a superuser cannot change somebody else's review."""
    ann, chief = user("ann"), user("chief", is_superuser=True, is_staff=True)
    at = f"{URL}{review(reviewer=ann, rating=1).pk}/"
    response = api(ann).patch(at, {"rating": 2}, format="json")
    assert response.status_code == 200, f"as the reviewer: {describe(response)}"
    response = api(chief).patch(at, {"rating": 5}, format="json")
    assert response.status_code in (403, 404), f"as a superuser: {describe(response)}"

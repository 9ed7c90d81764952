"""Step 9: who may do what with a review."""

from grading import Fault, answer

ADDRESS = "/api/v1/reviews/"


def check_a_reader_writes(api, user, book, address, Review):  # noqa: N803
    """Who is signed in may write a review, and a visitor may not (401 or 403)."""
    sent = {"book": address(book()), "rating": 4, "text": "Witty."}
    response = api(user("ann")).post(ADDRESS, sent, format="json")
    assert response.status_code == 201, f"for a reader: {answer(response)}"
    response = api().post(ADDRESS, sent | {"book": address(book())}, format="json")
    if Review.objects.count() > 1:
        raise Fault("anonymous_writes", "the visitor's review is saved")
    assert response.status_code in (401, 403), f"for a visitor: {answer(response)}"


def others_are_refused(fault, api, user, review, verb, *body):
    """See that the reviewer may, and that other readers and visitors are refused."""
    ann = user("ann")
    for who, client, expected in (
        ("the reviewer", api(ann), (200, 204)),
        ("another reader", api(user("bob")), (403, 404)),
        ("a visitor", api(), (401, 403)),
    ):
        at = f"{ADDRESS}{review(reviewer=ann, rating=1).pk}/"
        response = getattr(client, verb)(at, *body, format="json")
        if who != "the reviewer" and response.status_code in (200, 204):
            raise Fault(fault, f"for {who}: {answer(response)}")
        assert response.status_code in expected, f"for {who}: {answer(response)}"


def check_only_the_reviewer_changes(api, user, review):
    """A review is changed by its reviewer; other readers get 403, visitors 401 or 403."""
    made = review()
    response = api().get(f"{ADDRESS}{made.pk}/")
    assert response.status_code == 200, f"for a visitor who reads: {answer(response)}"
    others_are_refused("others_change", api, user, review, "patch", {"rating": 5})


def check_only_the_reviewer_deletes(api, user, review):
    """A review is deleted by its reviewer; other readers get 403, visitors 401 or 403."""
    others_are_refused("others_delete", api, user, review, "delete")


def check_a_right_to_change_is_not_enough(api, user, review):
    """Even who may change every book and loan cannot change somebody else's review."""
    ann, chief = user("ann"), user("chief", is_superuser=True, is_staff=True)
    at = f"{ADDRESS}{review(reviewer=ann, rating=1).pk}/"
    response = api(ann).patch(at, {"rating": 2}, format="json")
    assert response.status_code == 200, f"for the reviewer: {answer(response)}"
    response = api(chief).patch(at, {"rating": 5}, format="json")
    assert response.status_code in (403, 404), f"for a superuser: {answer(response)}"

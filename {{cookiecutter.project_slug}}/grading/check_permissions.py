"""Step 9: who may do what with a review."""

ADDRESS = "/api/v1/reviews/"


def check_a_reader_writes(api, user, book, address, Review):  # noqa: N803
    """Who is signed in may write a review, and a visitor may not (401 or 403)."""
    sent = {"book": address(book()), "rating": 4, "text": "Witty."}
    status = api(user("ann")).post(ADDRESS, sent, format="json").status_code
    assert status == 201, f"the answer to a reader is {status}"
    status = api().post(ADDRESS, sent | {"book": address(book())}, format="json").status_code
    assert status in (401, 403), f"the answer to a visitor is {status}"
    assert Review.objects.count() == 1, "the visitor's review is saved"


def refused_to_others(api, user, review, verb, *body):
    """Return how the reviewer is answered, after others and visitors were refused."""
    ann = user("ann")
    at = f"{ADDRESS}{review(reviewer=ann, rating=1).pk}/"
    status = getattr(api(ann), verb)(at, *body, format="json").status_code
    assert status in (200, 204), f"the answer to the reviewer is {status}"
    at = f"{ADDRESS}{review(reviewer=ann, rating=1).pk}/"
    status = getattr(api(user("bob")), verb)(at, *body, format="json").status_code
    assert status in (403, 404), f"the answer to another reader is {status}"
    status = getattr(api(), verb)(at, *body, format="json").status_code
    assert status in (401, 403), f"the answer to a visitor is {status}"


def check_only_the_reviewer_changes(api, user, review):
    """A review is changed by its reviewer; other readers get 403, visitors 401 or 403."""
    refused_to_others(api, user, review, "patch", {"rating": 5})


def check_only_the_reviewer_deletes(api, user, review):
    """A review is deleted by its reviewer; other readers get 403, visitors 401 or 403."""
    refused_to_others(api, user, review, "delete")


def check_a_right_to_change_is_not_enough(api, user, review):
    """Even who may change every book and loan cannot change somebody else's review."""
    ann, chief = user("ann"), user("chief", is_superuser=True, is_staff=True)
    at = f"{ADDRESS}{review(reviewer=ann, rating=1).pk}/"
    status = api(ann).patch(at, {"rating": 2}, format="json").status_code
    assert status == 200, f"the answer to the reviewer is {status}"
    status = api(chief).patch(at, {"rating": 5}, format="json").status_code
    assert status in (403, 404), f"the answer to a superuser is {status}"

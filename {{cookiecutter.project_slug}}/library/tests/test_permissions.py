"""Who may do what: a table of roles, routes and verbs, and the answer to each."""

import pytest
from model_bakery import baker
from rest_framework.test import APIClient

from library.models import Author

ROLES = ["anonymous", "reader", "librarian", "superuser"]

# fmt: off
TABLE = [
    # verb     address                anonymous reader librarian superuser
    ("get",    "/api/v1/",                 200,   200,   200,   200),
    ("get",    "/api/v1/books/",           200,   200,   200,   200),
    ("post",   "/api/v1/books/",           401,   403,   201,   201),
    ("get",    "/api/v1/books/{book}/",    200,   200,   200,   200),
    ("put",    "/api/v1/books/{book}/",    401,   403,   200,   200),
    ("patch",  "/api/v1/books/{book}/",    401,   403,   200,   200),
    ("delete", "/api/v1/books/{book}/",    401,   403,   204,   204),
    ("get",    "/api/v1/authors/",         200,   200,   200,   200),
    ("post",   "/api/v1/authors/",         401,   403,   201,   201),
    ("get",    "/api/v1/authors/{author}/", 200,  200,   200,   200),
    ("put",    "/api/v1/authors/{author}/", 401,  403,   200,   200),
    ("patch",  "/api/v1/authors/{author}/", 401,  403,   200,   200),
    ("delete", "/api/v1/authors/{author}/", 401,  403,   204,   204),
]
# fmt: on


@pytest.mark.parametrize(
    ("role", "verb", "address", "status"),
    [
        (role, verb, address, status)
        for verb, address, *statuses in TABLE
        for role, status in zip(ROLES, statuses, strict=True)
    ],
)
def test_role_and_verb(api, make_book, role, verb, address, status):
    book, author = make_book(), baker.make(Author)
    body = None
    if verb in ("post", "put", "patch"):
        body = {
            "name": "Jane Austen",
            "title": "Emma",
            "authors": [f"http://testserver/api/v1/authors/{author.pk}/"],
            "isbn": "9780134685991",
        }
    response = getattr(api(role), verb)(address.format(book=book.pk, author=author.pk), body)
    assert response.status_code == status


def test_a_token_signs_in(users):
    users["librarian"].set_password("correct horse")
    users["librarian"].save()
    client = APIClient()
    credentials = {"username": "librarian", "password": "correct horse"}
    token = client.post("/api/v1/token/", credentials).json()["token"]
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert client.post("/api/v1/authors/", {"name": "Jane Austen"}).status_code == 201


def test_a_wrong_password_gets_no_token(users):
    response = APIClient().post("/api/v1/token/", {"username": "reader", "password": "wrong"})
    assert response.status_code == 400
    assert "token" not in response.json()


def test_a_session_needs_a_csrf_token(users):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(users["librarian"])
    assert client.post("/api/v1/authors/", {"name": "Jane Austen"}).status_code == 403

"""Who may do what: a table of roles, routes and verbs, and the answer to each."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import RoutePattern
from model_bakery import baker
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from library.api.throttling import LoginThrottle
from library.models import Author, Loan
### BEGIN TASK 9
### BEGIN SOLUTION
from reviews.models import Review
### END SOLUTION

ROLES = ["anonymous", "reader", "borrower", "librarian", "superuser"]

# The book {book} is in; {out} is out, lent to the borrower as the loan {loan}. The
# borrower has written the review {review} of it.
# fmt: off
TABLE = [
    # verb     address                        anonymous reader borrower librarian superuser
    ("get",    "/api/v1/",                          200,  200,  200,  200,  200),
    ("get",    "/api/v1/books/",                    200,  200,  200,  200,  200),
    ("post",   "/api/v1/books/",                    401,  403,  403,  201,  201),
    ("get",    "/api/v1/books/{book}/",             200,  200,  200,  200,  200),
    ("put",    "/api/v1/books/{book}/",             401,  403,  403,  200,  200),
    ("patch",  "/api/v1/books/{book}/",             401,  403,  403,  200,  200),
    ("delete", "/api/v1/books/{book}/",             401,  403,  403,  204,  204),
    ("delete", "/api/v1/books/{out}/",              401,  403,  403,  409,  409),
    ("post",   "/api/v1/books/{book}/borrow/",      401,  201,  201,  201,  201),
    ("post",   "/api/v1/books/{out}/borrow/",       401,  409,  409,  409,  409),
    ("post",   "/api/v1/books/{book}/return/",      401,  409,  409,  409,  409),
    ("post",   "/api/v1/books/{out}/return/",       401,  403,  200,  200,  200),
    ("get",    "/api/v1/authors/",                  200,  200,  200,  200,  200),
    ("post",   "/api/v1/authors/",                  401,  403,  403,  201,  201),
    ("get",    "/api/v1/authors/{author}/",         200,  200,  200,  200,  200),
    ("put",    "/api/v1/authors/{author}/",         401,  403,  403,  200,  200),
    ("patch",  "/api/v1/authors/{author}/",         401,  403,  403,  200,  200),
    ("delete", "/api/v1/authors/{author}/",         401,  403,  403,  204,  204),
    ("get",    "/api/v1/loans/",                    401,  200,  200,  200,  200),
    ("get",    "/api/v1/loans/{loan}/",             401,  404,  200,  200,  200),
### BEGIN TASK 9
    # STEP 9. Write a row for each verb and address of the reviews.
### BEGIN SOLUTION
    ("get",    "/api/v1/reviews/",                  200,  200,  200,  200,  200),
    ("post",   "/api/v1/reviews/",                  401,  201,  201,  201,  201),
    ("get",    "/api/v1/reviews/{review}/",         200,  200,  200,  200,  200),
    ("put",    "/api/v1/reviews/{review}/",         401,  403,  200,  403,  403),
    ("patch",  "/api/v1/reviews/{review}/",         401,  403,  200,  403,  403),
    ("delete", "/api/v1/reviews/{review}/",         401,  403,  204,  403,  403),
### END SOLUTION
    ("post",   "/api/v1/token/",                    400,  400,  400,  400,  400),
    ("delete", "/api/v1/token/",                    401,  204,  204,  204,  204),
    ("get",    "/api/schema/",                      200,  200,  200,  200,  200),
    ("get",    "/api/docs/",                        200,  200,  200,  200,  200),
    ("get",    "/api/redoc/",                       200,  200,  200,  200,  200),
]
# fmt: on


def routes(patterns, prefix="/"):
    """Return the verb and the pattern of every route below /api/, from the URL configuration."""
    found = set()
    for pattern in patterns:
        address = prefix + str(pattern.pattern).lstrip("^").rstrip("$")
        if not isinstance(pattern, URLPattern):
            found |= routes(pattern.url_patterns, address)
        elif address.startswith("/api/"):
            view = pattern.callback
            verbs = getattr(view, "actions", None) or view.view_class.http_method_names
            view_class = getattr(view, "cls", None) or view.view_class
            # A view set's verbs are those of the route, any other view's its methods.
            if not getattr(view, "actions", None):
                verbs = [verb for verb in verbs if hasattr(view_class, verb)]
            found |= {(verb, address) for verb in verbs if verb not in ("head", "options")}
    return found


def missing_rows(patterns):
    """Return the verbs and addresses for which the table has no row."""
    known = {
        (verb, address.format(book="<pk>", out="<pk>", author="<pk>", loan="<pk>", review="<pk>"))
        for verb, address, *_ in TABLE
    }
    return {
        (verb, address)
        for verb, address in routes(patterns)
        # A router writes (?P<pk>[0-9]+), and path() <int:pk>.
        if (verb, re.sub(r"\(\?P<\w+>[^)]*\)|<[^>]+>", "<pk>", address)) not in known
    }


def test_every_route_has_a_row():
    assert missing_rows(get_resolver().url_patterns) == set()


def test_a_new_route_without_a_row_is_found():
    view = next(
        pattern for pattern in get_resolver().url_patterns if str(pattern.pattern) == "api/schema/"
    ).callback
    new = URLPattern(RoutePattern("api/v1/secret/"), view)
    patterns = [*get_resolver().url_patterns, new]
    assert missing_rows(patterns) == {("get", "/api/v1/secret/")}


@pytest.mark.parametrize(
    ("role", "verb", "address", "status"),
    [
        (role, verb, address, status)
        for verb, address, *statuses in TABLE
        for role, status in zip(ROLES, statuses, strict=True)
    ],
)
def test_role_and_verb(api, users, make_book, role, verb, address, status):
    book, out, author = make_book(), make_book(), baker.make(Author)
    loan = Loan.objects.create(book=out, borrower=users["borrower"])
    body = None
    if verb in ("post", "put", "patch"):
        body = {
            "name": "Jane Austen",
            "title": "Emma",
            "authors": [f"http://testserver/api/v1/authors/{author.pk}/"],
            "isbn": "9780134685991",
            "book": f"http://testserver/api/v1/books/{book.pk}/",
            "rating": 5,
        }
    keys = {"book": book.pk, "out": out.pk, "author": author.pk, "loan": loan.pk}
### BEGIN TASK 9
    # STEP 9. And make the review that the rows speak of: keys["review"] is its number.
### BEGIN SOLUTION
    review = Review.objects.create(book=out, reviewer=users["borrower"], rating=4)
    keys["review"] = review.pk
### END SOLUTION
    response = getattr(api(role), verb)(address.format(**keys), body)
    assert response.status_code == status


def sign_in(user):
    """Return what POST to /api/v1/token/ answers for the right password of `user`."""
    user.set_password("correct horse")
    user.save()
    credentials = {"username": user.username, "password": "correct horse"}
    return APIClient().post("/api/v1/token/", credentials).json()["token"]


def test_a_token_signs_in_until_it_is_revoked(users):
    client = APIClient()
    token = sign_in(users["librarian"])
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert client.post("/api/v1/authors/", {"name": "Jane Austen"}).status_code == 201
    assert client.delete("/api/v1/token/").status_code == 204
    assert client.post("/api/v1/authors/", {"name": "Jane Austen"}).status_code == 401
    assert sign_in(users["librarian"]) != token


def test_a_wrong_password_gets_no_token(users):
    response = APIClient().post("/api/v1/token/", {"username": "reader", "password": "wrong"})
    assert response.status_code == 400
    assert "token" not in response.json()


def test_passwords_cannot_be_guessed_for_long(users, monkeypatch):
    monkeypatch.setitem(LoginThrottle.THROTTLE_RATES, "login", "3/day")
    wrong = {"username": "reader", "password": "wrong"}
    answers = [APIClient().post("/api/v1/token/", wrong) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [400, 400, 400, 429]
    assert int(answers[-1]["Retry-After"]) > 0


def test_a_session_needs_a_csrf_token(users):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(users["librarian"])
    body = {"name": "Jane Austen"}
    assert client.post("/api/v1/authors/", body).status_code == 403
    client.get("/api-auth/login/")
    token = client.cookies["csrftoken"].value
    made = client.post("/api/v1/authors/", body, HTTP_X_CSRFTOKEN=token)
    assert made.status_code == 201


def test_readers_see_their_own_loans_and_librarians_all(api, users, make_book):
    for role in ("reader", "borrower"):
        Loan.objects.create(book=make_book(), borrower=users[role])

    def borrowers(role):
        results = api(role).get("/api/v1/loans/").json()["results"]
        return [loan["borrower"] for loan in results]

    assert borrowers("reader") == ["reader"]
    assert borrowers("librarian") == ["borrower", "reader"]


def test_revoking_a_token_leaves_those_of_others(api, users):
    Token.objects.create(user=users["reader"])
    other = Token.objects.create(user=users["librarian"])
    assert api("reader").delete("/api/v1/token/").status_code == 204
    assert list(Token.objects.all()) == [other]


def test_who_may_only_look_at_loans_returns_no_book_of_somebody_else(api, users, make_book):
    users["reader"].user_permissions.add(Permission.objects.get(codename="view_loan"))
    loan = Loan.objects.create(book=make_book(), borrower=users["borrower"])
    assert api("reader").get(f"/api/v1/loans/{loan.pk}/").status_code == 200
    assert api("reader").post(f"/api/v1/books/{loan.book.pk}/return/").status_code == 403


def test_a_token_is_kept_by_nobody_on_the_way(users):
    users["reader"].set_password("correct horse")
    users["reader"].save()
    credentials = {"username": "reader", "password": "correct horse"}
    response = APIClient().post("/api/v1/token/", credentials)
    assert response.json()["token"]
    assert response["Cache-Control"] == "no-store"

"""Errors of the web API: one format for all, and no server error for invalid input."""

import json
from unittest.mock import Mock

import pytest
from django.core.signals import got_request_exception
from django.db import IntegrityError
from django.db.models import Q
from django.http import Http404
from model_bakery import baker
from pytest_django.asserts import assertContains
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.test import APIClient

from api import exceptions
from api.pagination import CursorPagination
from library.models import Author, Book


def assert_problem(response, status):
    """Assert that `response` is a problem as in RFC 9457; return the problem as a string."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"] == "about:blank"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"].endswith((".", "`", ")")), problem["detail"]
    return str(problem)


@pytest.fixture
def fail(monkeypatch):
    """Return a function that makes the callable at a dotted path raise RuntimeError."""

    def fail_at(path):
        monkeypatch.setattr(path, Mock(side_effect=RuntimeError("sensitive details")))

    return fail_at


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "message"),
    [
        ("post", "books/", {"data": {}}, 400, "This field is required."),
        ("post", "books/", {"data": []}, 400, "Invalid data"),
        ("post", "books/", {"data": "{", "content_type": "application/json"}, 400, "JSON parse"),
        ("get", "books/0/", {}, 404, "No Book matches"),
        ("get", "nothing/", {}, 404, "Not found. URLs"),
        ("delete", "books/", {}, 405, 'Method "DELETE" not allowed.'),
        ("get", "books/", {"HTTP_ACCEPT": "image/png"}, 406, "Accept header"),
        ("post", "books/", {"data": "a", "content_type": "text/plain"}, 415, "text/plain"),
        ("get", "books/", {"data": {"page": 0}}, 400, "Unknown parameter"),
    ],
)
def test_every_error_is_a_problem(api, method, path, options, status, message):
    response = getattr(api("librarian"), method)(f"/api/v1/{path}", **options)
    assert message in assert_problem(response, status)


def test_authentication_and_permission_errors_are_problems(api):
    assert "Authentication" in assert_problem(api().post("/api/v1/books/", {}), 401)
    assert "permission" in assert_problem(api("reader").post("/api/v1/books/", {}), 403)


def test_method_not_allowed_lists_the_allowed_methods(api):
    assert api().delete("/api/v1/books/")["Allow"] == "GET, POST, HEAD, OPTIONS"


@pytest.mark.parametrize("page", ["docs", "redoc", "schema"])
def test_options_of_the_documentation_is_no_server_error(api, page):
    assert api().options(f"/api/{page}/").status_code in (200, 405)


def test_a_race_for_an_isbn_is_a_conflict_and_saves_nothing(api, make_book, monkeypatch):
    make_book(isbn="9780306406157")
    author = f"http://testserver/api/v1/authors/{baker.make(Author).pk}/"
    book = {"title": "Emma", "authors": [author], "isbn": "9780306406157"}
    # As if the other request saved its book after the validation of this one.
    monkeypatch.setattr("rest_framework.validators.UniqueValidator.__call__", Mock())
    response = api("librarian").post("/api/v1/books/", book)
    assert "Book with this ISBN already exists." in assert_problem(response, 409)
    assert Book.objects.count() == 1


def test_any_other_integrity_error_is_a_server_error_and_saves_nothing(api, monkeypatch, caplog):
    author = f"http://testserver/api/v1/authors/{baker.make(Author).pk}/"
    book = {"title": "Emma", "authors": [author], "isbn": "9780306406157"}
    # At this point the book is saved, but its authors are not.
    update = Mock(side_effect=IntegrityError("NOT NULL constraint failed"))
    monkeypatch.setattr("library.models.BookQuerySet.update_search_text", update)
    client = api("librarian")
    client.raise_request_exception = False
    assert_problem(client.post("/api/v1/books/", book), 500)
    assert "NOT NULL" in caplog.text
    assert not Book.objects.exists()


def test_borrowing_a_book_that_is_being_deleted_is_not_found(api, make_book, monkeypatch):
    book = make_book()
    get_object = Mock(side_effect=[book, Http404("There is no such book.")])
    monkeypatch.setattr("library.api.views.BookViewSet.get_object", lambda view: get_object())
    create = Mock(side_effect=IntegrityError("violates foreign key constraint"))
    monkeypatch.setattr("library.models.Loan.objects.create", create)
    assert_problem(api("reader").post(f"/api/v1/books/{book.pk}/borrow/"), 404)


def test_an_unexpected_error_is_logged_but_not_disclosed(api, fail, caplog):
    fail("library.api.views.BookViewSet.filter_queryset")
    client = api()
    client.raise_request_exception = False
    assert "sensitive details" not in assert_problem(client.get("/api/v1/books/"), 500)
    assert "sensitive details" in caplog.text


def test_the_error_handlers_return_problems(rf):
    request = rf.get("/api/v1/books/")
    handlers = {"bad_request": 400, "not_found": 404, "server_error": 500}
    for name, status in handlers.items():
        response = getattr(exceptions, name)(request)
        assert response.status_code == status
        assert response["Content-Type"] == "application/problem+json"


STRANGE = ["\x00", "a\x00b", "\ud800", "9" * 30, "-1", "NaN", "1e400", "[", "' OR 1=1", "𐀀"]


@pytest.mark.parametrize("value", STRANGE)
@pytest.mark.parametrize(
    "parameter",
    ["search", "cursor", "page_size", "ordering", "authors", "isbn", "publication_date__gte"],
)
def test_strange_parameters_cause_no_server_error(api, make_book, parameter, value):
    make_book()
    value = value.encode("utf-8", "surrogatepass")
    response = api().get("/api/v1/books/", {parameter: value})
    if response.status_code != 200:
        assert_problem(response, 404 if parameter == "cursor" else 400)
    else:
        assert parameter in ("search", "isbn", "page_size")


@pytest.mark.parametrize(
    "query",
    [
        {"page": "0"},
        {"page": "NaN"},
        {"page_size": "0"},
        {"page_size": "NaN"},
        {"page_size": "-1"},
        {"ordering": "isbn"},
        {"ordering": "--title"},
        {"ordering": ""},
        {"search": "\x00"},
        {"search": "x" * 101},
        {"search": " " + "x" * 100},
        {"isbn": "\x00"},
        {"authors": 10**30},
        {"publication_date": "yesterday"},
        {"publication_date": "01/02/2003"},
        {"publication_date__gte": "2003-W01-1"},
        {"titel": "Emma"},
    ],
)
def test_an_invalid_parameter_is_a_validation_error(api, query):
    (name,) = query
    assert name in assert_problem(api().get("/api/v1/books/", query), 400)


def test_a_cursor_is_valid_for_its_own_list_only(api, make_book):
    for _ in range(2):
        make_book()
    following = api().get("/api/v1/books/", {"page_size": 1}).json()["next"]
    assert api().get(following).status_code == 200
    assert_problem(api().get(f"{following}&ordering=-title"), 404)
    assert_problem(api().get(following.replace("cursor=", "cursor=W10")), 404)
    assert_problem(api().get("/api/v1/books/?cursor="), 404)


def test_a_cursor_is_not_valid_for_another_url_with_the_same_ordering(rf, make_book):
    books = [make_book() for _ in range(2)]

    def page(url):
        return CursorPagination().paginate_queryset(Book.objects.all(), Request(rf.get(url)))

    pages = CursorPagination()
    pages.paginate_queryset(Book.objects.all(), Request(rf.get("/one/?page_size=1")))
    following = pages.get_next_link().removeprefix("http://testserver/one/")
    assert page(f"/one/{following}") == books[:1]
    with pytest.raises(NotFound):
        page(f"/another/{following}")


def test_a_search_for_spaces_matches_every_book(api, make_book):
    make_book()
    assert len(api().get("/api/v1/books/", {"search": " "}).json()["results"]) == 1


def test_loans_cannot_be_searched(api):
    assert "search" in assert_problem(api("reader").get("/api/v1/loans/", {"search": "a"}), 400)


@pytest.mark.parametrize("field", ["title", "subtitle", "isbn", "publication_date", "authors"])
@pytest.mark.parametrize(
    "value", ["\x00", "\ud800", 10**30, -1, True, None, {}, [[]], ["http://["], ["/"], [10**30]]
)
def test_strange_values_cause_no_server_error(api, make_book, field, value):
    book = make_book()
    # As ASCII, because a client can send a lone surrogate only as an escape.
    body, json_type = json.dumps({field: value}), "application/json"
    response = api("librarian").patch(f"/api/v1/books/{book.pk}/", body, content_type=json_type)
    if (field, value) != ("publication_date", None):
        assert field in assert_problem(response, 400)


def test_surrounding_spaces_count_toward_the_maximum_length(api):
    response = api("librarian").post("/api/v1/authors/", {"name": " " + "x" * 200})
    assert "no more than 200" in assert_problem(response, 400)


def test_a_request_body_that_is_too_large_is_a_problem(api):
    body = b'{"name": "' + b"x" * 10_000_000 + b'"}'
    response = api("librarian").post("/api/v1/authors/", body, content_type="application/json")
    assert "too large" in assert_problem(response, 413)


def test_json_that_is_nested_too_deeply_is_a_problem(api):
    body = b"[" * 20_000 + b"]" * 20_000
    response = api("librarian").post("/api/v1/authors/", body, content_type="application/json")
    assert_problem(response, 400)


@pytest.mark.parametrize("token", ["\x00", "é", "x y", "x" * 5000])
def test_a_strange_token_causes_no_server_error(db, token):
    response = APIClient().get("/api/v1/books/", HTTP_AUTHORIZATION=f"Token {token}")
    assert response.status_code in (400, 401)
    assert_problem(response, response.status_code)


@pytest.mark.parametrize("path", [f"books/{10**30}/", f"books/{2**63}/", "authors/%00/"])
def test_a_primary_key_out_of_range_is_not_found(api, path):
    assert_problem(api().get(f"/api/v1/{path}"), 404)


def test_a_book_with_loans_cannot_be_deleted(api, make_book, users):
    book = make_book()
    baker.make("library.Loan", book=book, borrower=users["reader"])
    response = api("superuser").delete(f"/api/v1/books/{book.pk}/")
    assert "referenced by 1 loan" in assert_problem(response, 409)
    assert Author.objects.filter(Q(books=book)).exists()


def test_with_debug_the_page_of_an_unexpected_error_shows_it(api, fail, settings):
    settings.DEBUG = True
    fail("library.api.views.BookViewSet.filter_queryset")
    client = api()
    # By default, the test client raises the exception instead of returning the response.
    client.raise_request_exception = False
    assertContains(client.get("/api/v1/books/"), "sensitive details", status_code=500)


def test_an_unexpected_error_sends_got_request_exception(api, fail):
    def report(sender, request, **kwargs):
        reported.append(request.path)

    reported = []
    fail("library.api.views.BookViewSet.filter_queryset")
    # Sentry listens to this signal, and ignores the logger django.request.
    got_request_exception.connect(report)
    try:
        client = api()
        client.raise_request_exception = False
        assert_problem(client.get("/api/v1/books/"), 500)
    finally:
        got_request_exception.disconnect(report)
    assert reported == ["/api/v1/books/"]


def test_an_error_outside_the_exception_handler_is_a_problem(client, db, fail):
    fail("rest_framework.views.APIView.dispatch")
    client.raise_request_exception = False
    assert "sensitive details" not in assert_problem(client.get("/api/v1/books/"), 500)


def test_a_host_that_is_not_allowed_is_a_problem(client, settings):
    settings.ALLOWED_HOSTS = ["library.example"]
    assert_problem(client.get("/api/v1/books/", headers={"host": "evil.example"}), 400)


@pytest.mark.parametrize("size", ["²", "٣"])
def test_a_page_size_of_other_digits_than_ascii_is_a_validation_error(api, size):
    response = api().get("/api/v1/books/", {"page_size": size})
    assert "positive integer" in assert_problem(response, 400)


def test_a_page_size_with_more_digits_than_int_accepts_is_the_maximum(api, make_book):
    make_book()
    response = api().get("/api/v1/books/", {"page_size": "9" * 5000})
    assert response.status_code == 200
    assert len(response.json()["results"]) == 1

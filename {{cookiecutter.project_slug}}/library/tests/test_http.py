"""The HTTP behavior of the web API: conditional requests, headers, loans and pagination."""

from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.utils import timezone
from model_bakery import baker

from library.models import Author, Book, Loan


@pytest.fixture
def book(make_book):
    """Return a book in the database."""
    return make_book(title="Emma")


@pytest.fixture
def book_url(book):
    """Return the URL of the book in the API."""
    return f"/api/v1/books/{book.pk}/"


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("list_or_detail", ["list", "detail"])
def test_an_unchanged_response_is_304_without_a_body(api, book, book_url, method, list_or_detail):
    client = api()
    url = {"list": "/api/v1/books/", "detail": book_url}[list_or_detail]
    etag = client.get(url)["ETag"]
    unchanged = getattr(client, method)(url, HTTP_IF_NONE_MATCH=etag)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged["ETag"] == etag
    assert "Authorization" in unchanged["Vary"]
    book.title = "Persuasion"
    book.save()
    changed = getattr(client, method)(url, HTTP_IF_NONE_MATCH=etag)
    assert changed.status_code == 200
    assert changed["ETag"] != etag


def test_if_match_prevents_a_lost_update(api, book_url):
    first, second = api("librarian"), api("superuser")
    etags = [client.get(book_url)["ETag"] for client in (first, second)]
    assert etags[0] == etags[1]
    updated = first.patch(book_url, {"title": "Emma, revised"}, HTTP_IF_MATCH=etags[0])
    assert updated.status_code == 200
    failed = second.patch(book_url, {"title": "Emily"}, HTTP_IF_MATCH=etags[1])
    assert failed.status_code == 412
    assert "changed since you fetched it" in failed.json()["detail"]
    assert Book.objects.get().title == "Emma, revised"
    assert second.delete(book_url, HTTP_IF_MATCH=etags[1]).status_code == 412
    etag = second.get(book_url)["ETag"]
    assert second.delete(book_url, HTTP_IF_MATCH=etag).status_code == 204


def test_a_failed_precondition_leaves_the_authors_unchanged(api, book_url, book):
    author = baker.make(Author)
    body = {"authors": [f"http://testserver/api/v1/authors/{author.pk}/"]}
    assert api("librarian").patch(book_url, body, HTTP_IF_MATCH='"old"').status_code == 412
    assert author not in book.authors.all()


@pytest.mark.parametrize(("if_match", "status"), [("*", 200), ('W/"weak"', 412), ("", 200)])
def test_if_match_accepts_an_asterisk_but_no_weak_etag(api, book_url, if_match, status):
    response = api("librarian").patch(book_url, {"title": "Emma"}, HTTP_IF_MATCH=if_match)
    assert response.status_code == status


@pytest.mark.parametrize("accept", ["application/json; indent=4", "text/html"])
def test_if_match_works_with_any_accept_header(api, book_url, accept):
    client = api("librarian")
    json_accept = "application/json" if accept == "text/html" else accept
    etag = client.get(book_url, HTTP_ACCEPT=json_accept)["ETag"]
    for if_match, status in (('"old"', 412), (etag, 200), ("*", 200)):
        headers = {"HTTP_ACCEPT": accept, "HTTP_IF_MATCH": if_match}
        assert client.patch(book_url, {"title": f"Emma {status}"}, **headers).status_code == status


@pytest.mark.parametrize("if_none_match", ["*", "current ETag"])
def test_if_none_match_forbids_a_change_of_an_existing_object(api, book_url, if_none_match):
    client = api("librarian")
    etag = client.get(book_url)["ETag"] if if_none_match == "current ETag" else if_none_match
    for method in ("patch", "delete"):
        response = getattr(client, method)(book_url, {}, HTTP_IF_NONE_MATCH=etag)
        assert response.status_code == 412
    assert client.patch(book_url, {}, HTTP_IF_NONE_MATCH='"another"').status_code == 200


@pytest.mark.parametrize("method", ["get", "head"])
def test_reading_with_an_old_etag_in_if_match_is_a_problem(api, book_url, method):
    response = getattr(api(), method)(book_url, HTTP_IF_MATCH='"old"')
    assert response.status_code == 412
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "no-store"
    assert "Authorization" in response["Vary"]


def test_if_unmodified_since_is_ignored(api, book_url):
    long_ago = "Sat, 29 Oct 1994 19:43:31 GMT"
    assert api().get(book_url, HTTP_IF_UNMODIFIED_SINCE=long_ago).status_code == 200


def test_a_304_has_no_content_length(api, book_url):
    etag = api().get(book_url)["ETag"]
    assert "Content-Length" not in api().get(book_url, HTTP_IF_NONE_MATCH=etag)


def test_a_missing_slash_is_redirected_for_get_and_not_found_for_other_methods(api, book_url):
    without_slash = book_url.removesuffix("/")
    assert api().get(without_slash)["Location"] == book_url
    for method in ("post", "put", "patch", "delete"):
        response = getattr(api("librarian"), method)(without_slash, {})
        assert response.status_code == 404
        assert response["Content-Type"] == "application/problem+json"
        assert "end with a slash" in response.json()["detail"]


def test_responses_have_cache_control_and_vary(api, book_url):
    response = api().get(book_url)
    assert response["Cache-Control"] == "private, no-cache"
    assert {"Accept", "Authorization", "Cookie"} <= set(response["Vary"].split(", "))
    for response in (api("librarian").patch(book_url, {}), api().get("/api/v1/loans/")):
        assert response["Cache-Control"] == "no-store"


def test_head_has_the_etag_of_get_and_options_the_allowed_methods(api, book_url):
    head, get = api().head(book_url), api().get(book_url)
    assert (head.status_code, head.content) == (200, b"")
    assert head["ETag"] == get["ETag"]
    for role in ("anonymous", "librarian"):
        options = api(role).options(book_url)
        assert options.status_code == 200
        assert options["Allow"] == "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"


def test_borrowing_and_returning_a_book(api, book_url):
    reader = api("reader")
    # The borrower is the authenticated user, whatever the body says.
    borrowed = reader.post(f"{book_url}borrow/", {"borrower": "librarian"})
    assert borrowed.status_code == 201
    assert borrowed.json()["borrower"] == "reader"
    assert borrowed["Location"] == borrowed.json()["url"]
    # WSGI allows no subclass of str here, and wsgiref, which runserver uses, checks it.
    assert {type(value) for value in borrowed.headers.values()} == {str}
    assert reader.get(borrowed["Location"]).json() == borrowed.json()
    conflict = api("borrower").post(f"{book_url}borrow/")
    assert (conflict.status_code, "on loan" in conflict.json()["detail"]) == (409, True)
    loans = reader.get("/api/v1/loans/", {"is_active": "true"}).json()["results"]
    assert [loan["url"] for loan in loans] == [borrowed["Location"]]
    returned = reader.post(f"{book_url}return/")
    assert returned.status_code == 200
    assert returned.json()["returned_at"]
    assert reader.get("/api/v1/loans/", {"is_active": "true"}).json()["results"] == []
    assert reader.post(f"{book_url}return/").status_code == 409
    assert api("borrower").post(f"{book_url}borrow/").status_code == 201


def test_the_second_of_two_concurrent_returns_is_a_conflict(api, book_url, monkeypatch):
    reader = api("reader")
    reader.post(f"{book_url}borrow/")
    # As if another request returned the book between the query and the update.
    monkeypatch.setattr("django.db.models.QuerySet.update", lambda *args, **kwargs: 0)
    response = reader.post(f"{book_url}return/")
    assert (response.status_code, response.json()["detail"]) == (
        409,
        "The book is not on loan.",
    )


@pytest.mark.parametrize("ordering", ["title", "-title", "publication_date", "-publication_date"])
def test_pages_show_every_book_once_forward_and_backward(api, make_book, ordering):
    dates = ["2001-01-01", None, "1999-12-31", None, "2001-01-01", "2020-02-02", "2001-01-01"]
    for number, day in enumerate(dates):
        make_book(title="ABA"[number % 3], publication_date=day)
    client = api()
    page = client.get("/api/v1/books/", {"ordering": ordering, "page_size": 2}).json()
    assert page["previous"] is None
    pages = [page]
    while page["next"]:
        page = client.get(page["next"]).json()
        pages.append(page)
    ids = [book["id"] for page in pages for book in page["results"]]
    assert sorted(ids) == sorted(Book.objects.values_list("pk", flat=True))
    name = ordering.removeprefix("-")
    values = [book[name] or "9999" for page in pages for book in page["results"]]
    assert values == sorted(values, reverse=ordering.startswith("-"))
    backward = [page]
    while page["previous"]:
        page = client.get(page["previous"]).json()
        backward.append(page)
    assert [p["results"] for p in reversed(backward)] == [p["results"] for p in pages]


def test_returning_a_book_leaves_the_loans_of_other_books_active(api, users, make_book, book_url):
    other = Loan.objects.create(book=make_book(), borrower=users["borrower"])
    api("reader").post(f"{book_url}borrow/")
    assert api("reader").post(f"{book_url}return/").status_code == 200
    assert list(Loan.objects.active()) == [other]


def test_a_second_return_does_not_change_returned_at(api, book_url, monkeypatch):
    api("reader").post(f"{book_url}borrow/")
    first_return = timezone.now()

    def return_concurrently():
        Loan.objects.active().update(returned_at=first_return)
        return first_return + timedelta(hours=1)

    monkeypatch.setattr("library.models.timezone", Mock(now=return_concurrently))
    assert api("reader").post(f"{book_url}return/").status_code == 409
    assert Loan.objects.get().returned_at == first_return


@pytest.mark.parametrize("resource", ["authors", "books"])
def test_every_resource_with_changes_supports_conditional_requests(api, book, resource):
    pk = {"authors": book.authors.get().pk, "books": book.pk}[resource]
    url, client = f"/api/v1/{resource}/{pk}/", api("superuser")
    etag = client.get(url)["ETag"]
    assert client.get(url, HTTP_IF_NONE_MATCH=etag).status_code == 304
    data = client.get(url).json()
    for method in ("put", "patch", "delete"):
        assert getattr(client, method)(url, data, HTTP_IF_MATCH='"old"').status_code == 412
    assert client.delete(url, HTTP_IF_MATCH=etag).status_code == 204

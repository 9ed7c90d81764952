"""What HTTP has for reading less, for changing safely and for leafing through."""

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
def address(book):
    """Return the address of the book in the API."""
    return f"/api/v1/books/{book.pk}/"


@pytest.mark.parametrize("verb", ["get", "head"])
@pytest.mark.parametrize("list_or_detail", ["/api/v1/books/", "detail"])
def test_what_has_not_changed_is_not_sent_again(api, book, address, verb, list_or_detail):
    client = api()
    url = address if list_or_detail == "detail" else list_or_detail
    etag = client.get(url)["ETag"]
    again = getattr(client, verb)(url, HTTP_IF_NONE_MATCH=etag)
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == etag
    assert "Authorization" in again["Vary"]
    book.title = "Persuasion"
    book.save()
    changed = getattr(client, verb)(url, HTTP_IF_NONE_MATCH=etag)
    assert changed.status_code == 200
    assert changed["ETag"] != etag


def test_of_two_editors_the_second_is_told_that_she_is(api, address):
    first, second = api("librarian"), api("superuser")
    etags = [client.get(address)["ETag"] for client in (first, second)]
    assert etags[0] == etags[1]
    changed = first.patch(address, {"title": "Emma, revised"}, HTTP_IF_MATCH=etags[0])
    assert changed.status_code == 200
    late = second.patch(address, {"title": "Emily"}, HTTP_IF_MATCH=etags[1])
    assert late.status_code == 412
    assert "changed since you fetched it" in late.json()["detail"]
    assert Book.objects.get().title == "Emma, revised"
    assert second.delete(address, HTTP_IF_MATCH=etags[1]).status_code == 412
    etag = second.get(address)["ETag"]
    assert second.delete(address, HTTP_IF_MATCH=etag).status_code == 204


def test_a_refused_change_leaves_the_authors_alone(api, address, book):
    author = baker.make(Author)
    body = {"authors": [f"http://testserver/api/v1/authors/{author.pk}/"]}
    assert api("librarian").patch(address, body, HTTP_IF_MATCH='"old"').status_code == 412
    assert author not in book.authors.all()


@pytest.mark.parametrize(("if_match", "status"), [("*", 200), ('W/"weak"', 412), ("", 200)])
def test_if_match_may_be_anything_or_missing(api, address, if_match, status):
    response = api("librarian").patch(address, {"title": "Emma"}, HTTP_IF_MATCH=if_match)
    assert response.status_code == status


@pytest.mark.parametrize("accept", ["application/json; indent=4", "text/html"])
def test_if_match_is_heeded_whatever_form_the_answer_takes(api, address, accept):
    client = api("librarian")
    read = "application/json" if accept == "text/html" else accept
    etag = client.get(address, HTTP_ACCEPT=read)["ETag"]
    for if_match, status in (('"old"', 412), (etag, 200), ("*", 200)):
        headers = {"HTTP_ACCEPT": accept, "HTTP_IF_MATCH": if_match}
        assert client.patch(address, {"title": f"Emma {status}"}, **headers).status_code == status


@pytest.mark.parametrize("if_none_match", ["*", "its own"])
def test_a_change_of_what_must_not_be_there_is_refused(api, address, if_none_match):
    client = api("librarian")
    etag = client.get(address)["ETag"] if if_none_match == "its own" else if_none_match
    for verb in ("patch", "delete"):
        response = getattr(client, verb)(address, {}, HTTP_IF_NONE_MATCH=etag)
        assert response.status_code == 412
    assert client.patch(address, {}, HTTP_IF_NONE_MATCH='"another"').status_code == 200


@pytest.mark.parametrize("verb", ["get", "head"])
def test_reading_what_has_changed_since_is_refused_as_a_problem(api, address, verb):
    response = getattr(api(), verb)(address, HTTP_IF_MATCH='"old"')
    assert response.status_code == 412
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "no-store"
    assert "Authorization" in response["Vary"]


def test_when_something_was_changed_is_not_known_and_not_asked(api, address):
    long_ago = "Sat, 29 Oct 1994 19:43:31 GMT"
    assert api().get(address, HTTP_IF_UNMODIFIED_SINCE=long_ago).status_code == 200


def test_what_is_not_sent_has_no_length(api, address):
    etag = api().get(address)["ETag"]
    assert "Content-Length" not in api().get(address, HTTP_IF_NONE_MATCH=etag)


def test_a_slash_is_put_behind_an_address_that_is_read_and_no_other(api, address):
    without = address.removesuffix("/")
    assert api().get(without)["Location"] == address
    for verb in ("post", "put", "patch", "delete"):
        response = getattr(api("librarian"), verb)(without, {})
        assert response.status_code == 404
        assert response["Content-Type"] == "application/problem+json"
        assert "end with a slash" in response.json()["detail"]


def test_answers_say_who_may_keep_them(api, address):
    read = api().get(address)
    assert read["Cache-Control"] == "private, no-cache"
    assert {"Accept", "Authorization", "Cookie"} <= set(read["Vary"].split(", "))
    for response in (api("librarian").patch(address, {}), api().get("/api/v1/loans/")):
        assert response["Cache-Control"] == "no-store"


def test_head_and_options(api, address):
    head, get = api().head(address), api().get(address)
    assert (head.status_code, head.content) == (200, b"")
    assert head["ETag"] == get["ETag"]
    for role in ("anonymous", "librarian"):
        options = api(role).options(address)
        assert options.status_code == 200
        assert options["Allow"] == "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"


def test_borrowing_and_returning_a_book(api, address):
    reader = api("reader")
    # Whoever the body names: the borrower is who asks.
    borrowed = reader.post(f"{address}borrow/", {"borrower": "librarian"})
    assert borrowed.status_code == 201
    assert borrowed.json()["borrower"] == "reader"
    assert borrowed["Location"] == borrowed.json()["url"]
    # WSGI wants no subclass of str, and wsgiref, which runserver uses, sees to it.
    assert {type(value) for value in borrowed.headers.values()} == {str}
    assert reader.get(borrowed["Location"]).json() == borrowed.json()
    refused = api("borrower").post(f"{address}borrow/")
    assert (refused.status_code, "on loan" in refused.json()["detail"]) == (409, True)
    loans = reader.get("/api/v1/loans/", {"is_active": "true"}).json()["results"]
    assert [loan["url"] for loan in loans] == [borrowed["Location"]]
    returned = reader.post(f"{address}return/")
    assert returned.status_code == 200
    assert returned.json()["returned_at"]
    assert reader.get("/api/v1/loans/", {"is_active": "true"}).json()["results"] == []
    assert reader.post(f"{address}return/").status_code == 409
    assert api("borrower").post(f"{address}borrow/").status_code == 201


def test_of_two_who_return_a_book_one_is_told_that_it_is_back(api, address, monkeypatch):
    reader = api("reader")
    reader.post(f"{address}borrow/")
    # Between the look and the change, somebody else was quicker.
    monkeypatch.setattr("django.db.models.QuerySet.update", lambda *args, **kwargs: 0)
    response = reader.post(f"{address}return/")
    assert (response.status_code, response.json()["detail"]) == (
        409,
        "The book is not on loan.",
    )


@pytest.mark.parametrize("ordering", ["title", "-title", "publication_date", "-publication_date"])
def test_pages_show_every_book_once_there_and_back(api, make_book, ordering):
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
    back = [page]
    while page["previous"]:
        page = client.get(page["previous"]).json()
        back.append(page)
    assert [p["results"] for p in reversed(back)] == [p["results"] for p in pages]


def test_returning_a_book_leaves_the_loans_of_other_books_open(api, users, make_book, address):
    other = Loan.objects.create(book=make_book(), borrower=users["borrower"])
    api("reader").post(f"{address}borrow/")
    assert api("reader").post(f"{address}return/").status_code == 200
    assert list(Loan.objects.active()) == [other]


def test_a_return_that_comes_second_does_not_change_when_the_book_was_back(
    api, address, monkeypatch
):
    api("reader").post(f"{address}borrow/")
    first = timezone.now()

    def somebody_was_quicker():
        Loan.objects.active().update(returned_at=first)
        return first + timedelta(hours=1)

    monkeypatch.setattr("library.api.views.timezone", Mock(now=somebody_was_quicker))
    assert api("reader").post(f"{address}return/").status_code == 409
    assert Loan.objects.get().returned_at == first


@pytest.mark.parametrize("kind", ["authors", "books"])
def test_whatever_can_be_changed_can_be_changed_safely(api, book, kind):
    pk = {"authors": book.authors.get().pk, "books": book.pk}[kind]
    address, editor = f"/api/v1/{kind}/{pk}/", api("superuser")
    etag = editor.get(address)["ETag"]
    assert editor.get(address, HTTP_IF_NONE_MATCH=etag).status_code == 304
    there = editor.get(address).json()
    for verb in ("put", "patch", "delete"):
        assert getattr(editor, verb)(address, there, HTTP_IF_MATCH='"old"').status_code == 412
    assert editor.delete(address, HTTP_IF_MATCH=etag).status_code == 204

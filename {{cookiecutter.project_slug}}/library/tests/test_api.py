import re

import pytest
from django.urls import reverse
from django.utils import timezone
from model_bakery import baker
from pytest_django.asserts import assertContains

from library.models import Author, Book, Loan


@pytest.fixture
def new_book(db):
    """Return the body of a request that creates a book."""
    author = baker.make(Author, name="Robert C. Martin")
    return {
        "title": "Clean Architecture",
        "authors": [f"http://testserver/api/v1/authors/{author.pk}/"],
        "isbn": "978-0-13-468599-1",
    }


def test_root_links_to_books_authors_and_loans(api):
    root = api().get("/api/v1/").json()
    for name in ("books", "authors", "loans"):
        assert root[name] == f"http://testserver/api/v1/{name}/"


def test_a_browser_gets_html(api):
    assertContains(api().get("/api/v1/", HTTP_ACCEPT="text/html"), "<!doctype html>")


def test_a_book_and_its_author_link_to_each_other(api, make_book):
    book = make_book(title="Emma")
    data = api().get("/api/v1/books/").json()["results"][0]
    assert data["title"] == "Emma"
    author = api().get(data["authors"][0]).json()
    assert author["books"] == [f"http://testserver/api/v1/books/{book.pk}/"]


def test_links_keep_the_format_parameter(api, make_book):
    make_book(title="Emma")
    plain = api().get("/api/v1/books/").json()["results"][0]
    book = api().get("/api/v1/books/", {"format": "json"}).json()["results"][0]
    assert book["url"] == f"{plain['url']}?format=json"
    assert book["authors"] == [f"{url}?format=json" for url in plain["authors"]]
    for url in (book["url"], *book["authors"]):
        assert api().get(url)["Content-Type"] == "application/json"


def test_a_librarian_creates_updates_and_deletes_a_book(api, new_book):
    client = api("librarian")
    created = client.post("/api/v1/books/", new_book)
    assert created.status_code == 201
    assert created["Location"] == created.json()["url"]
    assert created.json()["isbn"] == "9780134685991"
    updated = client.patch(created.json()["url"], {"subtitle": "A Craftsman's Guide"})
    assert updated.json()["subtitle"] == "A Craftsman's Guide"
    assert client.delete(created.json()["url"]).status_code == 204
    assert not Book.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("title", "", "may not be blank"),
        ("authors", [], "may not be empty"),
        ("authors", ["http://testserver/api/v1/authors/0/"], "does not exist"),
        ("isbn", "978-0-13-468599-2", "it should be 1"),
        ("isbn", "9780306406157", "already exists"),
        ("isbn", "978-0-306-40615-7", "already exists"),
        ("publication_date", "yesterday", "wrong format"),
        ("publication_date", "20030201", "wrong format"),
        ("publication_date", "2003-W01-1", "wrong format"),
    ],
)
def test_an_invalid_value_is_an_error_of_its_field(api, make_book, new_book, field, value, message):
    make_book(isbn="9780306406157")
    response = api("librarian").post("/api/v1/books/", new_book | {field: value})
    assert response.status_code == 400
    assert message in str(response.json()["errors"][field])


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ({"search": "emma"}, ["Emma"]),
        ({"search": "guin"}, ["Emma", "Persuasion"]),
        ({"ordering": "-title"}, ["Persuasion", "Emma"]),
        ({"ordering": "publication_date"}, ["Emma", "Persuasion"]),
        ({"publication_date__gte": "1816-01-01"}, ["Persuasion"]),
        ({"isbn": "978-0-13-468599-1"}, ["Emma"]),
        ({"page_size": 1}, ["Emma"]),
    ],
)
def test_books_can_be_searched_filtered_ordered_and_paginated(api, make_book, query, titles):
    make_book(title="Emma", publication_date="1815-12-23", isbn="9780134685991")
    make_book(title="Persuasion", publication_date="1817-12-20")
    results = api().get("/api/v1/books/", query).json()["results"]
    assert [book["title"] for book in results] == titles


def test_books_can_be_filtered_by_author(api, make_book):
    book = make_book()
    make_book()
    author = book.authors.get()
    results = api().get("/api/v1/books/", {"authors": author.pk}).json()["results"]
    assert [found["id"] for found in results] == [book.pk]


def test_a_page_has_at_most_a_hundred_books(api, make_book):
    for _ in range(101):
        make_book(authors=[])
    assert len(api().get("/api/v1/books/", {"page_size": 1000}).json()["results"]) == 100


@pytest.mark.parametrize("pk", [0, "x", 10**30])
def test_a_missing_book_is_not_found(api, pk):
    assert api().get(f"/api/v1/books/{pk}/").status_code == 404


@pytest.mark.parametrize("name", ["schema", "docs", "redoc"])
def test_documentation_loads_nothing_from_another_host(client, db, name):
    response = client.get(reverse(name))
    assert response.status_code == 200
    page = response.content.decode()
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=.?(https?:)?//", page)


@pytest.mark.parametrize(("is_active", "titles"), [("true", ["Active"]), ("false", ["Ended"])])
def test_loans_can_be_filtered_by_is_active(api, users, make_book, is_active, titles):
    Loan.objects.create(book=make_book(title="Ended"), borrower=users["reader"])
    Loan.objects.update(returned_at=timezone.now())
    Loan.objects.create(book=make_book(title="Active"), borrower=users["reader"])
    loans = api("reader").get("/api/v1/loans/", {"is_active": is_active}).json()["results"]
    assert [api().get(loan["book"]).json()["title"] for loan in loans] == titles
    assert api("reader").get("/api/v1/loans/", {"is_active": "maybe"}).status_code == 400

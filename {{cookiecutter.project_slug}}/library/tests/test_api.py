import re

import pytest
from django.urls import reverse
from django.utils import timezone
from model_bakery import baker
from pytest_django.asserts import assertContains

from library.models import Author, Book, Loan


@pytest.fixture
def new_book(db):
    """Return what a client sends to make a book."""
    author = baker.make(Author, name="Robert C. Martin")
    return {
        "title": "Clean Architecture",
        "authors": [f"http://testserver/api/v1/authors/{author.pk}/"],
        "isbn": "978-0-13-468599-1",
    }


def test_root_links_to_books_and_authors(api):
    root = api().get("/api/v1/").json()
    for name in ("books", "authors", "loans"):
        assert root[name] == f"http://testserver/api/v1/{name}/"


def test_a_browser_gets_a_page(api):
    assertContains(api().get("/api/v1/", HTTP_ACCEPT="text/html"), "<!DOCTYPE html>")


def test_a_book_and_its_author_link_to_each_other(api, make_book):
    book = make_book(title="Emma")
    answer = api().get("/api/v1/books/").json()["results"][0]
    assert answer["title"] == "Emma"
    author = api().get(answer["authors"][0]).json()
    assert author["books"] == [f"http://testserver/api/v1/books/{book.pk}/"]


def test_links_keep_the_format_that_the_url_asks_for(api, make_book):
    make_book(title="Emma")
    plain = api().get("/api/v1/books/").json()["results"][0]
    book = api().get("/api/v1/books/", {"format": "json"}).json()["results"][0]
    assert book["url"] == f"{plain['url']}?format=json"
    assert book["authors"] == [f"{url}?format=json" for url in plain["authors"]]
    for url in (book["url"], *book["authors"]):
        assert api().get(url)["Content-Type"] == "application/json"


def test_a_librarian_makes_changes_and_deletes_a_book(api, new_book):
    client = api("librarian")
    made = client.post("/api/v1/books/", new_book)
    assert made.status_code == 201
    assert made["Location"] == made.json()["url"]
    assert made.json()["isbn"] == "9780134685991"
    changed = client.patch(made.json()["url"], {"subtitle": "A Craftsman's Guide"})
    assert changed.json()["subtitle"] == "A Craftsman's Guide"
    assert client.delete(made.json()["url"]).status_code == 204
    assert not Book.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
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
def test_a_wrong_book_is_refused_with_what_is_wrong(
    api, make_book, new_book, field, value, sentence
):
    make_book(isbn="9780306406157")
    response = api("librarian").post("/api/v1/books/", new_book | {field: value})
    assert response.status_code == 400
    assert sentence in str(response.json()["errors"][field])


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
def test_the_list_is_searched_filtered_ordered_and_paged(api, make_book, query, titles):
    make_book(title="Emma", publication_date="1815-12-23", isbn="9780134685991")
    make_book(title="Persuasion", publication_date="1817-12-20")
    answer = api().get("/api/v1/books/", query).json()
    assert [book["title"] for book in answer["results"]] == titles


def test_books_are_filtered_by_author(api, make_book):
    book = make_book()
    make_book()
    answer = api().get("/api/v1/books/", {"authors": book.authors.get().pk}).json()
    assert [found["id"] for found in answer["results"]] == [book.pk]


def test_a_page_holds_a_hundred_books_at_the_most(api, make_book):
    for _ in range(101):
        make_book(authors=[])
    assert len(api().get("/api/v1/books/", {"page_size": 1000}).json()["results"]) == 100


@pytest.mark.parametrize("address", ["books/0/", "books/x/", f"books/{10**30}/"])
def test_what_does_not_exist_is_not_found(api, address):
    assert api().get(f"/api/v1/{address}").status_code == 404


@pytest.mark.parametrize("name", ["schema", "docs", "redoc"])
def test_documentation_is_served_from_here(client, db, name):
    response = client.get(reverse(name))
    assert response.status_code == 200
    page = response.content.decode()
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=.?(https?:)?//", page)


@pytest.mark.parametrize(("is_active", "titles"), [("true", ["Out"]), ("false", ["Back"])])
def test_loans_are_filtered_by_whether_the_book_is_back(api, users, make_book, is_active, titles):
    Loan.objects.create(book=make_book(title="Back"), borrower=users["reader"])
    Loan.objects.update(returned_at=timezone.now())
    Loan.objects.create(book=make_book(title="Out"), borrower=users["reader"])
    loans = api("reader").get("/api/v1/loans/", {"is_active": is_active}).json()["results"]
    assert [api().get(loan["book"]).json()["title"] for loan in loans] == titles
    assert api("reader").get("/api/v1/loans/", {"is_active": "maybe"}).status_code == 400

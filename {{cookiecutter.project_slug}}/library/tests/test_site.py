import pytest
from django.urls import reverse
from django.utils.formats import date_format
from model_bakery import baker
from pytest_django.asserts import assertContains, assertNotContains, assertTemplateUsed

from library.models import Author
from operations.tests.policy import Page


def test_home_lists_the_books_with_their_authors(client, make_book):
    book = make_book(title="Emma", subtitle="A Novel")
    response = client.get(reverse("home"))
    assertTemplateUsed(response, "library/book_list.html")
    assertContains(response, f'<a dir="auto" href="/books/{book.pk}/">Emma</a>', html=True)
    assertContains(response, "A Novel")
    assertContains(response, "Ursula K. Le Guin")


def test_home_without_books_shows_a_message(client, db):
    assertContains(client.get("/"), "There are no books yet.")


def test_search_shows_only_the_books_that_match(client, make_book):
    make_book(title="Emma")
    make_book(title="Persuasion")
    response = client.get("/", {"q": "emma"})
    assertContains(response, "1 book for “<bdi>emma</bdi>”")
    assertNotContains(response, "Persuasion")


def test_search_without_results_shows_a_message(client, make_book):
    make_book()
    assertContains(client.get("/", {"q": "<b>none</b>"}), "No book matches “<bdi>&lt;b&gt;none")


@pytest.mark.parametrize("q", ["\x00", "x" * 101])
def test_an_invalid_search_shows_the_error_and_no_books(client, make_book, q):
    make_book(title="Emma")
    response = client.get("/", {"q": q})
    assertContains(response, '<ul class="errorlist"')
    assertNotContains(response, "Emma")


def test_links_between_pages_keep_the_search(client, make_book):
    for _ in range(21):
        make_book(title="Emma")
    response = client.get("/", {"q": "emma"})
    assertContains(response, "Page 1 of 2")
    assertContains(response, 'href="?q=emma&amp;page=2"')
    second = client.get("/", {"q": "emma", "page": 2})
    assert len(second.context["book_list"]) == 1
    assertContains(second, 'rel="prev"')


@pytest.mark.parametrize("page", ["0", "3", "many"])
def test_a_page_that_does_not_exist_is_not_found(client, make_book, page):
    make_book()
    assert client.get("/", {"page": page}).status_code == 404


def test_the_list_ends_at_the_limit_of_the_paginator(client, make_book, monkeypatch):
    monkeypatch.setattr("library.views.BoundedPaginator.limit", 20)
    for _ in range(21):
        make_book()
    assertContains(client.get("/"), "At least 20 books")
    assert client.get("/", {"page": 2}).status_code == 404


def test_book_page_says_whether_the_book_is_on_loan(client, make_book, users):
    book = make_book()
    assertContains(client.get(book.get_absolute_url()), "Available")
    baker.make("library.Loan", book=book, borrower=users["reader"])
    assertContains(client.get(book.get_absolute_url()), "On loan")


def test_book_page_shows_every_field_of_the_book(client, make_book):
    book = make_book(title="Emma", subtitle="A Novel", publication_date="1815-12-23")
    response = client.get(book.get_absolute_url())
    for text in ("Emma", "A Novel", book.isbn, "Dec. 23, 1815", "Ursula K. Le Guin"):
        assertContains(response, text)


def test_lists_show_whether_each_book_is_available(client, make_book, users):
    make_book(title="Emma")
    loan = make_book(title="Persuasion").borrow(users["reader"])
    response = client.get("/")
    assert [book.due for book in response.context["book_list"]] == [None, loan.due]
    assertContains(response, "Available", count=1)
    assertContains(response, f"Due {date_format(loan.due)}", count=1)


def test_the_title_of_a_page_has_the_search_and_the_number(client, make_book):
    for _ in range(21):
        make_book(title="Emma")
    second = client.get("/", {"q": "emma", "page": 2})
    assertContains(second, "<title>Books for “emma”, page 2 ")


def test_author_page_lists_the_books_of_the_author(client, make_book):
    book = make_book(title="Emma")
    author = book.authors.get()
    assertContains(client.get(author.get_absolute_url()), "Emma")


def test_author_page_without_books_shows_a_message(client, db):
    author = baker.make(Author)
    assertContains(client.get(author.get_absolute_url()), "No books by this author yet.")


@pytest.mark.parametrize("url", ["/books/1/", "/authors/1/", f"/books/{10**30}/"])
def test_a_missing_page_is_not_found(client, db, url):
    response = client.get(url)
    assertTemplateUsed(response, "404.html")
    assertContains(response, url, status_code=404)


def test_titles_are_escaped(client, make_book):
    make_book(title="<script>alert(1)</script>")
    assertNotContains(client.get("/"), "<script>")


@pytest.mark.parametrize("route", ["home", "book_detail", "author_detail"])
def test_the_number_of_queries_does_not_grow_with_the_books(
    client, make_book, django_assert_num_queries, route
):
    author = baker.make(Author)
    book = make_book(authors=[author])
    url = {
        "home": reverse("home"),
        "book_detail": book.get_absolute_url(),
        "author_detail": author.get_absolute_url(),
    }[route]
    number = {"home": 3, "book_detail": 3, "author_detail": 4}[route]
    with django_assert_num_queries(number):
        client.get(url)
    for _ in range(49):
        make_book(authors=[author])
    with django_assert_num_queries(number):
        client.get(url)


def test_admin_searches_books_and_autocompletes_authors(admin_client, make_book):
    make_book(title="Emma")
    assertContains(admin_client.get("/admin/library/book/", {"q": "guin"}), "Emma")
    response = admin_client.get(
        "/admin/autocomplete/",
        {"app_label": "library", "model_name": "book", "field_name": "authors", "term": "guin"},
    )
    assert [author["text"] for author in response.json()["results"]] == ["Ursula K. Le Guin"]


def test_admin_accepts_an_isbn_with_hyphens(admin_client, make_book):
    book = make_book()
    author = book.authors.get()
    response = admin_client.post(
        f"/admin/library/book/{book.pk}/change/",
        {"title": "Emma", "authors": author.pk, "isbn": "978-0-13-468599-1"},
    )
    assert response.status_code == 302, response.context["errors"]
    book.refresh_from_db()
    assert book.isbn == "9780134685991"


def test_admin_shows_loans(admin_client, make_book, users):
    baker.make("library.Loan", book=make_book(title="Emma"), borrower=users["reader"])
    assertContains(admin_client.get("/admin/library/loan/"), "Emma")


def test_the_policy_blocks_nothing_that_the_pages_of_a_book_need(admin_client, make_book):
    book = make_book()
    for url in (
        "/",
        book.get_absolute_url(),
        book.authors.get().get_absolute_url(),
        reverse("book-detail", args=[book.pk]),
        reverse("admin:library_book_change", args=[book.pk]),
    ):
        response = admin_client.get(url, headers={"accept": "text/html"})
        assert response.status_code == 200, url
        assert Page(response.content.decode()).blocked == [], url

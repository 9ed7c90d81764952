"""How many questions an answer asks the database: as many for a hundred rows as for one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, resolve, reverse

from library.models import Loan

# Every list of the library there is, found in the URL configuration.
LISTS = sorted(
    str(name)
    for name in get_resolver().reverse_dict
    if str(name).endswith("-list") and resolve(reverse(name)).func.__module__ == "library.api.views"
)


@pytest.fixture
def fill(make_book, users):
    """Return a function that makes `count` books, each with an author and on loan."""

    def fill(count):
        for _ in range(count):
            Loan.objects.create(book=make_book(title="Emma"), borrower=users["reader"])

    return fill


@pytest.fixture
def queries(api):
    """Return a function that asks for an address and returns the answer and the queries made."""
    clients = {role: api(role) for role in ("librarian", "reader")}

    def ask(address, verb="get", role="librarian", **parameters):
        with CaptureQueriesContext(connection) as context:
            response = getattr(clients[role], verb)(address, parameters or None)
        assert response.status_code in (200, 201), response.content
        return response, len(context)

    # What is asked once and kept, such as the permissions of a user, is asked here.
    for role in clients:
        ask(reverse("loan-list"), role=role)
    return ask


def test_lists_are_found():
    assert LISTS == ["author-list", "book-list", "loan-list"]


@pytest.mark.parametrize("route", LISTS)
@pytest.mark.parametrize("role", ["librarian", "reader"])
def test_a_list_asks_as_much_for_a_hundred_rows_as_for_one(fill, queries, route, role):
    fill(1)
    _, few = queries(reverse(route), role=role, page_size=100)
    fill(99)
    response, many = queries(reverse(route), role=role, page_size=100)
    assert len(response.json()["results"]) == 100
    assert many == few


@pytest.mark.parametrize(
    "parameters",
    [{"search": "emma guin"}, {"isbn": "9780134685991"}, {"ordering": "-publication_date"}],
)
def test_a_question_asks_as_much_for_a_hundred_books_as_for_one(
    fill, make_book, queries, parameters
):
    make_book(title="Emma", isbn="9780134685991")
    _, few = queries(reverse("book-list"), **parameters)
    fill(99)
    assert queries(reverse("book-list"), **parameters)[1] == few


def test_a_page_far_in_asks_as_much_as_the_first_one(fill, queries):
    fill(100)
    page, first = queries(reverse("book-list"), page_size=10)
    for _ in range(9):
        page, far = queries(page.json()["next"])
        assert far == first
    assert page.json()["next"] is None


def test_a_detail_and_a_loan_ask_as_much_whatever_there_is(fill, make_book, queries):
    def asked():
        address = reverse("book-detail", args=[make_book().pk])
        return [
            queries(address)[1],
            queries(f"{address}borrow/", "post", role="reader")[1],
            queries(f"{address}return/", "post", role="reader")[1],
        ]

    few = asked()
    fill(100)
    assert asked() == few


def test_no_answer_asks_for_a_total(fill, queries):
    fill(2)
    with CaptureQueriesContext(connection) as context:
        for route in LISTS:
            queries(reverse(route), page_size=1)
    assert not [query["sql"] for query in context if "COUNT(" in query["sql"]]

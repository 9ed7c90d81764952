"""Answers that are kept: never one that has been overtaken by a change, nor somebody else's."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from library.api import answers
from library.models import Author, Book

BOOKS = "/api/v1/books/"


@pytest.fixture
def moment(monkeypatch):
    """Return the list whose text stands for the snapshot of the database; nothing is kept yet."""
    moment = ["one"]
    monkeypatch.setattr(answers, "current_snapshot", lambda: moment[0])
    answers.kept.clear()
    return moment


@pytest.fixture
def ask(api):
    """Return a function that asks for an address, and returns the answer and its queries."""

    def ask(address, role="anonymous", **headers):
        client = api(role)
        with CaptureQueriesContext(connection) as context:
            response = client.get(address, **headers)
        about_books = [query for query in context if "library_book" in query["sql"]]
        return response, len(about_books)

    return ask


@pytest.mark.parametrize("address", [BOOKS, "/api/v1/authors/", "{book}", "{book}?format=json"])
def test_an_answer_is_made_once_until_something_changes(moment, ask, make_book, address):
    book = make_book(title="Emma", authors=[])
    Author.objects.create(name="Emma")
    address = address.format(book=f"{BOOKS}{book.pk}/")
    (first, made), (second, kept) = ask(address), ask(address)
    assert made
    assert not kept
    assert second.content == first.content
    assert second["ETag"] == first["ETag"]
    Book.objects.update(title="Persuasion")
    Author.objects.update(name="Persuasion")
    assert b"Emma" in ask(address)[0].content
    moment[0] = "two"
    third, made = ask(address)
    assert made
    assert b"Emma" not in third.content
    assert b"Persuasion" in third.content
    assert list(answers.kept) == ["two"]


def test_each_address_and_each_user_has_answers_of_its_own(moment, ask, make_book):
    make_book(title="Emma")
    questions = [
        *({"address": BOOKS, "role": role} for role in ("anonymous", "reader", "librarian")),
        {"address": f"{BOOKS}?search=nobody"},
        {"address": BOOKS, "HTTP_HOST": "localhost"},
    ]
    assert [ask(**question)[1] for question in questions] == [1] * 5
    assert [ask(**question)[1] for question in questions] == [0] * 5
    assert "http://localhost/" in ask(**questions[-1])[0].json()["results"][0]["url"]


def test_a_kept_answer_is_not_sent_to_who_has_it(moment, ask, make_book):
    make_book()
    etag = ask(BOOKS)[0]["ETag"]
    answer, made = ask(BOOKS, HTTP_IF_NONE_MATCH=etag)
    assert (answer.status_code, answer.content, made) == (304, b"", 0)


def test_a_page_for_a_browser_and_a_refusal_are_not_kept(moment, ask, make_book):
    make_book()
    for _ in range(2):
        page, made = ask(BOOKS, HTTP_ACCEPT="text/html")
        assert made
        assert page["Content-Type"].startswith("text/html")
        assert ask(f"{BOOKS}0/")[0].status_code == 404
        assert ask(f"{BOOKS}?page=2")[0].status_code == 400
    assert answers.kept == {"one": {}}


@pytest.mark.parametrize("most", [0, 2])
def test_no_more_are_kept_than_the_setting_says(moment, ask, make_book, settings, most):
    settings.KEPT_ANSWERS = most
    make_book()
    for size in range(1, 6):
        ask(f"{BOOKS}?page_size={size}")
        assert len(answers.kept.get("one", {})) <= most
    assert bool(ask(f"{BOOKS}?page_size=5")[1]) == (most == 0)


def test_what_is_kept_is_json_as_it_is_sent(moment, ask, make_book):
    make_book()
    answer, _ = ask(BOOKS)
    assert list(answers.kept["one"].values()) == [answer.content]
    assert answer["Content-Type"] == ask(BOOKS)[0]["Content-Type"] == "application/json"


def test_json_with_more_blanks_is_an_answer_of_its_own(moment, ask, make_book):
    make_book()
    plain, indented = {}, {"HTTP_ACCEPT": "application/json; indent=4"}
    made = [ask(BOOKS, **form)[0].content for form in (plain, indented)]
    assert b"\n    " not in made[0]
    assert b"\n    " in made[1]
    assert [ask(BOOKS, **form)[0].content for form in (plain, indented)] == made


def test_inside_of_a_transaction_nothing_is_known(db):
    assert connection.in_atomic_block
    assert answers.current_snapshot() is None


@pytest.mark.django_db(transaction=True)
def test_the_database_says_when_something_was_written(make_book, ask):
    book = make_book(title="Emma")
    if connection.vendor != "postgresql":
        assert answers.current_snapshot() is None
        return
    ask(BOOKS)
    # The server writes now and then for itself, too.
    assert 0 in [ask(BOOKS)[1] for _ in range(5)]
    Book.objects.filter(pk=book.pk).update(title="Persuasion")
    answer, made = ask(BOOKS)
    assert made
    assert answer.json()["results"][0]["title"] == "Persuasion"

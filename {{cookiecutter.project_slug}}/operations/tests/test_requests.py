"""Requests with a Content-Type that makes no sense, sent through the door for servers."""

import json

import pytest
from django.test import RequestFactory

from django_project.wsgi import application


@pytest.fixture
def ask(transactional_db, settings):
    """Return a function that asks for the books as a server does.

    It returns the status, the Content-Type and the data. Not inside of a
    transaction: at the end of a request its connection goes back to the pool.
    """
    settings.ALLOWED_HOSTS = ["testserver"]

    def ask(query, content_type):
        said = {}

        def start_response(status, headers, exc_info=None):
            said.update(status=int(status[:3]), headers=dict(headers))

        environ = RequestFactory().get(f"/api/v1/books/?{query}").environ
        body = b"".join(application({**environ, "CONTENT_TYPE": content_type}, start_response))
        return said["status"], said["headers"]["Content-Type"], json.loads(body)

    return ask


@pytest.mark.parametrize(
    "content_type", ["", "x/y; charset=utf-16", "x/y; charset=iso-8859-1", "x/y; charset=zlib"]
)
def test_a_query_is_read_as_utf_8_whatever_the_body_is(ask, make_book, content_type):
    book = make_book(title="Noël")
    make_book(title="NoÃ«l")
    status, _, page = ask("search=no%C3%ABl", content_type)
    assert status == 200
    assert [found["id"] for found in page["results"]] == [book.pk]


@pytest.mark.parametrize(
    ("query", "content_type"),
    [
        ("%5Cud800=1", "a/b; charset=unicode_escape"),
        ("isbn=%5Cud800", "a/b; charset=unicode_escape"),
        ("%2B2AA-=1", "a/b; charset=utf-7"),
        ("nothing=1", "a/b; x*=foo''%41"),
    ],
)
def test_no_content_type_makes_a_request_an_error_of_the_server(ask, query, content_type):
    status, answer, problem = ask(query, content_type)
    assert (status, answer) in [(200, "application/json"), (400, "application/problem+json")]
    assert problem

"""What each page may load, asked of the pages themselves."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest


class Page(HTMLParser):
    """Collects what the policy of a page would stop."""

    def __init__(self, text):
        super().__init__()
        self.stopped, self.script = [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Note handlers in attributes, and what comes from another host."""
        attributes = dict(attrs)
        self.stopped += [f"{tag} {name}" for name in attributes if name.startswith("on")]
        loads = tag in {"script", "img", "iframe"} or attributes.get("rel") in {
            "stylesheet",
            "icon",
        }
        for name in ("src", "href"):
            if loads and urlsplit(attributes.get(name) or "").netloc:
                self.stopped.append(f"{tag} {attributes[name]}")
        if tag == "script" and "src" not in attributes:
            # A script of this type is data, and never run.
            self.script = attributes.get("type") != "application/json"

    def handle_data(self, data):
        """Note a script that stands in the page."""
        if self.script and data.strip():
            self.stopped.append(f"script {data.strip()[:60]}")

    def handle_endtag(self, tag):
        """Leave the script."""
        if tag == "script":
            self.script = None


ADDRESSES = [
    "/",
    "/books/{book}/",
    "/nothing/",
    "/api/v1/",
    "/api/v1/books/",
    "/api/v1/books/{book}/",
    "/api/docs/",
    "/api/redoc/",
    "/api-auth/login/",
    "/admin/",
    "/admin/library/book/",
    "/admin/library/book/{book}/change/",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_policy_stops_nothing_that_a_page_needs(admin_client, make_book, address):
    response = admin_client.get(
        address.format(book=make_book().pk), headers={"accept": "text/html"}
    )
    assert "script-src 'self';" in response["Content-Security-Policy"] + ";"
    assert Page(response.content.decode()).stopped == []


@pytest.mark.parametrize(("address", "status"), [("/api/v1/books/", 200), ("/api/nothing/", 404)])
def test_nothing_may_be_loaded_by_what_is_no_page(client, db, address, status):
    response = client.get(address)
    assert response.status_code == status
    assert response["Content-Security-Policy"].startswith("default-src 'none'")


def test_the_check_finds_what_would_be_stopped():
    page = '<script>run()</script><img src="https://other.example/x.png" onerror="run()">'
    assert Page(page).stopped == [
        "script run()",
        "img onerror",
        "img https://other.example/x.png",
    ]


def test_a_page_lets_nothing_in_that_it_does_not_need(client, db):
    policy = client.get("/")["Content-Security-Policy"].split("; ")
    nothing = {"object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"}
    assert {"default-src 'self'", "form-action 'self'", *nothing} <= set(policy)
    assert client.get("/api/v1/")["Content-Security-Policy"].endswith("frame-ancestors 'none'")

"""Each page, as different people see it."""

from collections import Counter
from contextlib import ExitStack
from functools import cache
from typing import NamedTuple

import pytest
import requests
from playwright.sync_api import expect

from helpers import DESKTOP, violations

LIMIT = 30_000  # bytes


class Visit(NamedTuple):
    """Who opens which page, and what they do there: a function that gets the page."""

    user: str | None
    path: str
    act: object = None

    def __str__(self):
        return f"{self.user or 'anonymous'} {self.path[:40]} {getattr(self.act, '__name__', '')}"


def fail(page):
    """Send the form of the page with nothing in it."""
    form = page.get_by_role("main").locator("form[method=post]").first
    form.evaluate("form => form.noValidate = true")
    for field in form.locator("input:visible").all():
        field.fill("")
    with page.expect_navigation():
        form.get_by_role("button").click()


def fail_often(page):
    """Send the form until the limit is reached."""
    for _ in range(25):
        fail(page)
        if page.get_by_role("main").locator("form").count() == 0:
            return
    raise AssertionError("There is no limit.")


def without_cookies(page):
    """Send the form without the cookies that it came with."""
    page.context.clear_cookies()
    fail(page)


def wait(page):
    """Wait until the script of the page has drawn the documentation."""
    expect(page.get_by_text("authors").first).to_be_visible()


SITE = [
    Visit(None, "/"),
    Visit(None, "/?page=3"),
    Visit(None, "/?page=999"),
    Visit(None, "/?q=the"),
    Visit(None, "/?q=nothing+has+this+title"),
    Visit(None, f"/?q={'W' * 150}"),
    Visit(None, "/books/{available}/"),
    Visit(None, "/books/{foreign}/"),
    Visit(None, "/books/{long}/"),
    Visit(None, "/books/{hebrew}/"),
    Visit(None, "/books/{available}/reviews/"),
    Visit(None, "/books/{long}/reviews/"),
    Visit(None, "/authors/{author}/"),
    Visit(None, "/authors/{long_author}/"),
    Visit(None, "/accounts/login/"),
    Visit(None, "/accounts/login/?next=/loans/"),
    Visit(None, "/accounts/signup/"),
    Visit(None, "/accounts/password_reset/"),
    Visit(None, "/accounts/password_reset/done/"),
    Visit(None, "/accounts/reset/MQ/expired-link/"),
    Visit(None, "/accounts/reset/done/"),
    Visit(None, "/blank/"),
    Visit(None, "/no-such-page/"),
    Visit(None, "/errors/400/"),
    Visit(None, "/errors/403/"),
    Visit(None, "/errors/500/"),
    Visit(None, "/errors/503/"),
    Visit("reader", "/"),
    Visit("reader", "/books/{available}/"),
    Visit("reader", "/books/{borrowed}/"),
    Visit("reader", "/books/{foreign}/"),
    Visit("reader", "/books/{available}/reviews/"),
    Visit("reader", "/books/{long}/reviews/"),
    Visit("reader", "/loans/"),
    Visit("reader", "/loans/?page=2"),
    Visit("reader", "/accounts/password_change/"),
    Visit("reader", "/accounts/password_change/done/"),
    Visit("reader", "/errors/403/"),
    Visit("librarian", "/loans/"),
]
FAILED = [
    Visit(None, "/accounts/login/", fail),
    Visit(None, "/accounts/login/", fail_often),
    Visit(None, "/accounts/login/", without_cookies),
    Visit(None, "/accounts/signup/", fail),
    Visit(None, "/accounts/password_reset/", fail),
    Visit("reader", "/books/{available}/reviews/", fail),
    Visit("reader", "/accounts/password_change/", fail),
]
API = [
    Visit(None, "/api/v1/"),
    Visit(None, "/api/v1/books/"),
    Visit(None, "/api/v1/books/?search=the"),
    Visit(None, "/api/v1/books/?wrong=1"),
    Visit(None, "/api/v1/books/{long}/"),
    Visit(None, "/api/v1/books/999999/"),
    Visit(None, "/api/v1/loans/"),
    Visit(None, "/api/v1/token/"),
    Visit("reader", "/api/v1/loans/"),
    Visit("reader", "/api/v1/reviews/"),
    Visit("librarian", "/api/v1/books/"),
    Visit("librarian", "/api/v1/books/{long}/"),
    Visit("librarian", "/api/v1/books/{available}/borrow/"),
    Visit("librarian", "/api/v1/authors/{long_author}/"),
    Visit("librarian", "/api/v1/reviews/"),
]
# Pages of packages. The rules of axe that begin like this are for their templates in api/.
DOCUMENTATION = [Visit(None, "/api/docs/", wait), Visit(None, "/api/redoc/", wait)]
OURS = ("html-", "valid-lang", "document-title", "landmark-", "region", "bypass")
ADMIN = [
    Visit("admin", "/admin/"),
    Visit("admin", "/admin/library/book/"),
    Visit("admin", "/admin/library/book/{long}/change/"),
]


@pytest.fixture(scope="module")
def shared(opened):
    """Return a function that returns the page of a browser, always the same for its arguments."""
    with ExitStack() as browsers:
        yield cache(lambda user, visit=None: browsers.enter_context(opened(user)))


@pytest.fixture
def visited(shared, site, request):
    """Return the page of the parameter, after what its visitor does there, once for all tests."""
    visit = request.param
    page = shared(visit.user, visit) if visit.act else shared(visit.user)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(DESKTOP)
    if not visit.act or page.url == "about:blank":
        page.goto(visit.path.format(**site.data["ids"]))
        if visit.act:
            visit.act(page)
    return page


def visitors(*visits):
    """Return a decorator that runs a test with each of the pages."""
    return pytest.mark.parametrize("visited", visits, indirect=True, ids=str)


@visitors(*SITE, *FAILED, *API)
def test_axe_finds_nothing_in_light_and_dark(visited):
    assert violations(visited) == []
    visited.emulate_media(color_scheme="dark")
    assert violations(visited) == []


@visitors(*DOCUMENTATION, *ADMIN)
def test_axe_finds_only_what_is_a_packages_own(visited):
    found = violations(visited)
    ours = OURS if "/api/" in visited.url else ()
    assert [violation for violation in found if violation.startswith(ours)] == []
    if found:
        # The summary of the test run lists them.
        rules = Counter(violation.partition(":")[0] for violation in found)
        pytest.xfail(", ".join(f"{rule} ({count})" for rule, count in rules.items()))


@visitors(*SITE, *FAILED, *API, *DOCUMENTATION)
def test_a_narrow_screen_does_not_scroll_sideways(visited):
    visited.set_viewport_size({"width": 320, "height": 640})
    assert visited.evaluate("document.scrollingElement.scrollWidth") == 320


@visitors(*SITE)
def test_a_page_of_the_site_weighs_less_than_30_kb(visited, site):
    # Nothing comes from the cache of the browser, which Playwright turns off. The browser keeps
    # the icon all the same.
    weights = visited.evaluate(
        """() => [
            ...performance.getEntriesByType("navigation"),
            ...performance.getEntriesByType("resource").filter(one => one.initiatorType !== "other")
        ].map(one => one.transferSize)"""
    )
    assert all(weights)
    for icon in visited.locator("link[rel=icon]").all():
        response = requests.head(site.url + icon.get_attribute("href"), timeout=10)
        weights.append(int(response.headers["Content-Length"]))
    assert sum(weights) < LIMIT


@visitors(Visit(None, "/books/{hebrew}/"))
def test_text_from_right_to_left_is_set_so(visited):
    heading = visited.get_by_role("heading", level=1)
    assert heading.evaluate("element => getComputedStyle(element).direction") == "rtl"

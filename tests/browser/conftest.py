"""Fixtures of the tests in a browser: a site with data, and a function that opens a page of it."""

import itertools
import json
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from helpers import DESKTOP, watched
from scripts.browser import Site

FOLDER = Path(__file__).parent
# As long as Playwright waits for anything else: the machine may be busy.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def site(find_browser, bake, django_python, tmp_path_factory):
    """Yield a site that is served, with the data of data.py; `data` is what that printed."""
    project, emails = bake(), tmp_path_factory.mktemp("emails")
    with (project / "django_project/urls.py").open("a") as urls:
        urls.write((FOLDER / "more_urls.py").read_text())
    proxied = {"TRUSTED_PROXIES": "127.0.0.1", "THROTTLE_LOGIN": "10/minute"}
    site = Site(project, django_python, EMAIL_URL=f"filemail:///{emails}", **proxied)
    site.emails = emails
    site.create(books=45)
    script = (FOLDER / "data.py").read_text()
    site.data = json.loads(site.manage("shell", "-v0", "-c", script))
    with site.served():
        yield site


addresses = (f"10.0.0.{number}" for number in itertools.count(1))


@pytest.fixture(scope="module")
def opened(browser, site):
    """Return a context manager that opens a new browser, in which `user` has logged in.

    It yields an empty page. The options are those of Playwright. Each browser is a client with
    an IP address of its own. At the end, it fails if a page has misbehaved.
    """

    @contextmanager
    def opened(user=None, **options):
        headers = {"X-Forwarded-For": next(addresses)}
        options = {"viewport": DESKTOP, "extra_http_headers": headers, **options}
        with (
            browser.new_context(base_url=site.url, **options) as context,
            watched(context, site.url),
        ):
            if user:
                value = site.data["sessions"][user]
                context.add_cookies([{"name": "sessionid", "value": value, "url": site.url}])
            yield context.new_page()

    return opened


@pytest.fixture
def open_browser(opened):
    """Return a function that opens a new browser for the test, and returns its page."""
    with ExitStack() as browsers:
        yield lambda user=None, **options: browsers.enter_context(opened(user, **options))


@pytest.fixture
def visit(open_browser, site):
    """Return a function that opens a page in a new browser.

    In the path, {name} is the primary key of something in data.py.
    """

    def visit(user, path, **options):
        page = open_browser(user, **options)
        page.goto(path.format(**site.data["ids"]))
        return page

    return visit

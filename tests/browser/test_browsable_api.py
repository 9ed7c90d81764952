"""The forms of the browsable API, in production."""

import pytest
from playwright.sync_api import expect

from helpers import violations

TYPED = '{"title": "", "isbn": "978-0-13-468599-0"}'


@pytest.fixture
def send(visit):
    """Return a function that sends the form for a method, as a librarian, and returns its page."""

    def send(method, path, text=None):
        page = visit("librarian", path)
        for details in page.locator("details").all():
            details.evaluate("details => details.open = true")
        button = page.get_by_role("button", name=method)
        if text:
            page.locator("form").filter(has=button).get_by_role("textbox").fill(text)
        button.click()
        expect(page.get_by_role("alert")).to_be_visible()
        return page

    return send


@pytest.fixture(params=[("POST", "/api/v1/books/"), ("PUT", "/api/v1/books/{available}/")])
def failed(send, request):
    """Return the page after its form has been sent with errors."""
    return send(*request.param, TYPED)


def test_a_failed_form_shows_its_errors_and_keeps_the_text(failed):
    expect(failed.get_by_role("main")).to_contain_text("This field may not be blank.")
    expect(failed.get_by_role("main")).to_contain_text("HTTP 400")
    expect(failed.get_by_role("textbox", name="Content")).to_have_value(TYPED)


def test_the_page_of_a_failed_form_has_no_violations(failed):
    assert violations(failed) == []
    failed.emulate_media(color_scheme="dark")
    assert violations(failed) == []


def test_a_failed_form_can_be_corrected(send):
    page = send("POST", "/api/v1/authors/", '{"name": ""}')
    page.get_by_role("textbox", name="Content").fill('{"name": "Corrected"}')
    page.get_by_role("button", name="POST").click()
    expect(page.get_by_role("main")).to_contain_text("HTTP 201")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_book_that_cannot_be_deleted_says_why(send):
    page = send("Delete", "/api/v1/books/{borrowed}/")
    expect(page.get_by_role("alert")).to_contain_text("loan")
    expect(page.get_by_role("main")).to_contain_text("HTTP 409")


def test_the_button_of_an_action_says_why_it_failed(send):
    page = send("Borrow", "/api/v1/books/{borrowed}/")
    expect(page.get_by_role("alert")).to_contain_text("on loan")
    expect(page.get_by_role("main")).to_contain_text("HTTP 409")

"""What people and programs do wrong: each page says what to do."""

import re

import pytest
from playwright.sync_api import expect

# Clicks a button twice before the server has responded.
TWICE = "button => { button.click(); button.click(); }"


def log_in(page, password):
    """Fill and send the form of the login page."""
    page.get_by_label("Username", exact=True).fill("visitor")
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Log in").click()


@pytest.fixture(scope="module")
def visitor(site):
    """Create the user `visitor`, and return the password."""
    create = (
        "from accounts.models import User; "
        "User.objects.create_user('visitor', password='a-visitor-of-the-library')"
    )
    site.manage("shell", "-v0", "-c", create)
    return "a-visitor-of-the-library"


def test_a_sign_up_that_is_sent_twice_creates_one_account(visit):
    page = visit(None, "/accounts/signup/")
    page.get_by_label("Username", exact=True).fill("twice")
    page.get_by_label("Password", exact=True).fill("a-library-for-two")
    page.get_by_label("Password confirmation", exact=True).fill("a-library-for-two")
    with page.expect_navigation():
        page.get_by_role("button", name="Sign up").evaluate(TWICE)
    # One of the two requests is the response that the browser shows.
    welcome = page.get_by_role("banner").get_by_text("twice")
    taken = page.get_by_text("A user with that username already exists.")
    expect(welcome.or_(taken)).to_be_visible()


def test_a_book_that_is_borrowed_twice_is_borrowed_once(visit, site):
    first = visit("alan", "/books/{available}/")
    second = first.context.new_page()
    second.goto(first.url)
    first.get_by_role("button", name="Borrow").click()
    expect(first.get_by_role("status")).to_contain_text(site.data["title"])
    second.get_by_role("button", name="Borrow").click()
    expect(second.get_by_role("alert")).to_contain_text("on loan")
    second.get_by_role("button", name="Return").click()
    first.reload()
    expect(first.get_by_role("button", name="Borrow")).to_be_visible()


def test_a_review_that_is_sent_twice_is_saved_once(visit):
    page = visit("librarian", "/books/{available}/reviews/")
    page.get_by_role("combobox", name="Rating").select_option("3")
    page.get_by_label("Text", exact=True).fill("Sent twice.")
    with page.expect_navigation():
        page.get_by_role("button", name="Save review").evaluate(TWICE)
    expect(page.get_by_role("article")).to_have_count(1)
    page.get_by_role("button", name=re.compile("^Delete")).click()
    expect(page.get_by_role("article")).to_have_count(0)


@pytest.mark.parametrize("cookie", ["stale", None])
def test_a_form_without_its_cookie_says_what_to_do(visit, visitor, site, cookie):
    page = visit(None, "/accounts/login/")
    page.context.clear_cookies()
    if cookie:
        stale = {"name": "csrftoken", "value": "a" * 32, "url": site.url}
        page.context.add_cookies([stale])
    log_in(page, visitor)
    main = page.get_by_role("main")
    expect(main).to_contain_text("reload the page")
    expect(main).to_contain_text("allow cookies")


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_a_login_does_not_lead_to_another_host(visit, visitor, site, url):
    page = visit(None, f"/accounts/login/?next={url}")
    log_in(page, visitor)
    expect(page.get_by_role("banner")).to_contain_text("visitor")
    expect(page).to_have_url("/")


def test_a_login_leads_back_to_the_page(visit, visitor, site):
    page = visit(None, "/books/{available}/reviews/")
    page.get_by_role("banner").get_by_role("link", name="Log in").click()
    log_in(page, visitor)
    expect(page).to_have_url(re.compile(r"/books/\d+/reviews/$"))


def test_somebody_elses_review_has_no_buttons(visit):
    page = visit("librarian", "/books/{long}/reviews/")
    expect(page.get_by_role("article")).to_have_count(2)
    for role in ("link", "button"):
        expect(page.get_by_role(role, name=re.compile("^(Edit|Delete)"))).to_have_count(0)


def test_a_review_that_is_too_long_is_kept_in_the_form(visit):
    page = visit("librarian", "/books/{available}/reviews/")
    page.get_by_role("combobox", name="Rating").select_option("3")
    text = page.get_by_label("Text", exact=True)
    # A browser stops at the limit, other clients do not.
    text.evaluate("element => element.removeAttribute('maxlength')")
    text.fill("word " * 1999 + "words")
    page.get_by_role("button", name="Save review").click()
    expect(page.get_by_role("main")).to_contain_text("at most 2000 characters (it has 10000)")
    expect(text).to_have_value("word " * 1999 + "words")


def test_a_reset_link_that_has_expired_leads_to_a_new_one(visit):
    page = visit(None, "/accounts/reset/MQ/expired-link/")
    page.get_by_role("main").get_by_role("link").click()
    expect(page).to_have_url("/accounts/password_reset/")


def test_the_books_of_anonymous_users_send_them_to_the_login(visit):
    page = visit(None, "/loans/")
    expect(page).to_have_url("/accounts/login/?next=/loans/")
    expect(page.get_by_role("main")).to_contain_text("Log in to see")

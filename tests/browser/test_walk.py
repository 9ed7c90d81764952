"""A reader's way through the site, found by roles and names alone."""

import re
from email import message_from_bytes, policy

import pytest
from playwright.sync_api import expect

from helpers import DESKTOP, PHONE

PASSWORD, NEW_PASSWORD = "a-walk-in-the-library", "another-walk-in-the-library"

# What has the focus.
FOCUS = """() => {
    const element = document.activeElement;
    const {outlineStyle, outlineWidth} = getComputedStyle(element);
    const {left, top, right, bottom} = element.getBoundingClientRect();
    return element === document.body ? null : {
        html: element.outerHTML,
        is_outlined: outlineStyle !== "none" && outlineWidth !== "0px",
        is_on_screen: right > 0 && bottom > 0 && left < innerWidth && top < innerHeight,
    };
}"""


class Mouse:
    """Uses a page with a mouse or a finger. What it presses leads to another page."""

    def __init__(self, page):
        self.page = page

    def press(self, target):
        with self.page.expect_navigation():
            target.click()

    def fill(self, target, text):
        target.fill(text)

    def choose(self, target, option):
        target.select_option(option)


class Keyboard:
    """Uses a page with the keyboard alone. Fails where the focus cannot be seen."""

    def __init__(self, page):
        self.page = page

    def reach(self, target):
        """Press Tab until `target` has the focus."""
        passed = []
        for _ in range(100):
            # The first field of a form may have the focus from the start. After the last
            # element, no element has it.
            focus = self.page.evaluate(FOCUS)
            if focus:
                assert focus["is_outlined"], focus["html"]
                assert focus["is_on_screen"], focus["html"]
            if target.evaluate("element => element === document.activeElement"):
                return
            passed.append(focus and focus["html"])
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach {target}, but {passed}")

    def press(self, target):
        self.reach(target)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def fill(self, target, text):
        self.reach(target)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def choose(self, target, option):
        self.reach(target)
        self.page.keyboard.type(option)


def link_of_email(site, address):
    """Return the link in the newest email to `address`."""
    for path in sorted(site.emails.iterdir(), reverse=True):
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        if message["To"] == address:
            return re.search(r"^http\S+$", message.get_content(), re.M)[0]
    raise AssertionError(f"There is no email to {address}.")


def walk(page, hand, site, user):
    """Walk through the site as the new `user`."""
    banner, main = page.get_by_role("banner"), page.get_by_role("main")
    title, address = site.data["title"], f"{user}@example.com"

    def link(name, where=main):
        return where.get_by_role("link", name=name)

    def button(name, where=main):
        return where.get_by_role("button", name=name, exact=True)

    def field(name):
        return page.get_by_label(name, exact=True)

    page.goto("/")
    hand.press(link("Sign up", banner))
    hand.fill(field("Username"), user)
    hand.fill(page.get_by_label("Email address"), address)
    hand.fill(field("Password"), PASSWORD)
    hand.fill(field("Password confirmation"), PASSWORD)
    hand.press(button("Sign up"))
    expect(page).to_have_url("/")
    expect(banner).to_contain_text(user)

    hand.press(link(title).first)
    hand.press(button("Borrow"))
    expect(page.get_by_role("status")).to_contain_text(title)
    expect(button("Borrow")).to_have_count(0)
    hand.press(link("My loans", banner))
    expect(page).to_have_url("/loans/")
    expect(link(title)).to_be_visible()
    hand.press(button("Return"))
    expect(page.get_by_role("status")).to_contain_text(title)
    expect(button("Return")).to_have_count(0)

    page.goto("/")
    hand.press(link(title).first)
    hand.press(link(re.compile("review", re.I)).first)
    expect(page).to_have_url(re.compile(r"/books/\d+/reviews/$"))
    hand.choose(page.get_by_role("combobox", name="Rating"), "4")
    hand.fill(field("Text"), "I read it in a day.")
    hand.press(button("Save review"))
    expect(main).to_contain_text("I read it in a day.")
    hand.press(link(re.compile("^Edit")))
    expect(field("Text")).to_have_value("I read it in a day.")
    hand.fill(field("Text"), "I read it again.")
    hand.press(button("Save review"))
    expect(main).to_contain_text("I read it again.")
    expect(main).not_to_contain_text("in a day")
    hand.press(main.get_by_role("button", name=re.compile("^Delete")))
    expect(main).not_to_contain_text("I read it again.")
    expect(button("Save review")).to_be_visible()

    hand.press(button("Log out", banner))
    expect(banner).not_to_contain_text(user)
    hand.press(link("Log in", banner))
    hand.fill(field("Username"), user)
    hand.fill(field("Password"), "a-wrong-password")
    hand.press(button("Log in"))
    expect(page.get_by_role("alert")).to_be_visible()
    expect(field("Username")).to_have_value(user)

    hand.press(link(re.compile("password", re.I)))
    hand.fill(page.get_by_label("Email"), address)
    hand.press(main.get_by_role("button"))
    page.goto(link_of_email(site, address))
    hand.fill(field("New password"), NEW_PASSWORD)
    hand.fill(field("New password confirmation"), NEW_PASSWORD)
    hand.press(main.get_by_role("button"))
    hand.press(link("Log in"))
    hand.fill(field("Username"), user)
    hand.fill(field("Password"), NEW_PASSWORD)
    hand.press(button("Log in"))
    expect(banner).to_contain_text(user)


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no_javascript"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_reader_walks_through_the_site(open_browser, site, viewport, javascript):
    page = open_browser(
        viewport=viewport, java_script_enabled=javascript, has_touch=viewport is PHONE
    )
    user = f"reader_{viewport['width']}_{javascript}"
    walk(page, Mouse(page), site, user)


def test_a_reader_walks_with_the_keyboard_alone(open_browser, site):
    page = open_browser()
    walk(page, Keyboard(page), site, "keyboard")


def test_two_readers_borrow_the_same_book_at_once(visit, site):
    pages = [visit(user, "/books/{available}/") for user in ("alan", "librarian")]
    for page in pages:
        # Does not wait for the response.
        page.get_by_role("button", name="Borrow").evaluate("button => button.click()")
    for page in pages:
        expect(page.get_by_role("status").or_(page.get_by_role("alert"))).to_be_visible()
    (loser,) = [page for page in pages if page.get_by_role("alert").count()]
    (winner,) = [page for page in pages if page.get_by_role("status").count()]
    expect(loser.get_by_role("alert")).to_contain_text("on loan")
    winner.get_by_role("button", name="Return").click()
    expect(winner.get_by_role("button", name="Borrow")).to_be_visible()

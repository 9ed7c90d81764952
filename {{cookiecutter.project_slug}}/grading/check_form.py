"""Step 11, a bonus: the form on the page with the reviews of a book."""

import re

import pytest

from grading import describe


@pytest.fixture
def page(client, user, book):
    """Return the client of an authenticated user, a book, and the URL of its reviews."""
    reader, emma = user("ann"), book()
    client.force_login(reader)
    return client, emma, f"/books/{emma.pk}/reviews/"


def buttons(client, url):
    """Return the URL and the fields of each form with POST on a page, by the text of its button."""
    found = {}
    text = client.get(url).content.decode().partition("<main")[2]
    for attributes, inside in re.findall(r"<form\b([^>]*)>(.*?)</form>", text, flags=re.DOTALL):
        action = re.search(r'action="([^"]*)"', attributes)
        for tag, words in re.findall(r"<button\b([^>]*)>(.*?)</button>", inside, flags=re.DOTALL):
            hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', inside)
            named = re.findall(r'\bname="([^"]*)"', tag)
            value = re.findall(r'\bvalue="([^"]*)"', tag) or [""]
            fields = dict(hidden) | dict(zip(named, value, strict=False))
            found[" ".join(words.split())] = (action[1] if action else url, fields)
    return found


def send(page, **fields):
    """Send the form with the button "Save review"."""
    client, _, url = page
    target, hidden = buttons(client, url).get("Save review", (url, {}))
    response = client.post(target, hidden | fields, follow=True)
    assert response.status_code == 200, describe(response)
    return response.content.decode()


def check_shown(page):
    """The page has a form with a menu named rating, a field named text, and "Save review"."""
    client, _, url = page
    text = client.get(url).content.decode()
    missing = [name for name in ("rating", "text") if f'name="{name}"' not in text]
    assert not missing, f"the page has no field {', '.join(missing)}"
    assert re.search(r'<select\b[^>]*name="rating"', text), "rating is not a select"
    assert "Save review" in buttons(client, url), "no form has a button with this text"


def check_saved(page, Review):  # noqa: N803
    """The form saves a review by the authenticated user; an invalid one is not saved, but kept."""
    text = send(page, rating="9", text="Much too long.")
    assert not Review.objects.exists(), "a review with the rating 9 is saved"
    assert "Much too long." in text, "after an error, the form has lost the text"
    send(page, rating="4", text="Witty.")
    saved = Review.objects.first()
    assert saved, "no review is saved"
    found = (saved.book, saved.reviewer.get_username(), saved.rating, saved.text)
    assert found == (page[1], "ann", 4, "Witty."), f"the review is saved as {found}"


def check_changed(page, Review, review, user):  # noqa: N803
    """Users who have reviewed the book see their review in the form, and change it."""
    other = review(book=page[1], reviewer=user("bob"), text="Of Bob.")
    send(page, rating="4", text="Witty.")
    text = page[0].get(page[2]).content.decode()
    assert re.search(r"<textarea[^>]*>\s*Witty\.", text), "the form does not show the review"
    send(page, rating="5", text="Wise.")
    own = [(each.rating, each.text) for each in Review.objects.exclude(pk=other.pk)]
    assert own == [(5, "Wise.")], f"the reviews are now {own}"
    assert Review.objects.get(pk=other.pk).text == "Of Bob.", "another review has changed"


def check_deleted(page, Review, review, user):  # noqa: N803
    """A button "Delete review" deletes your own review, and no other."""
    client, emma, url = page
    other = review(book=emma, reviewer=user("bob"))
    assert "Delete review" not in buttons(client, url), "it is there without a review of one's own"
    send(page, rating="4", text="Witty.")
    found = buttons(client, url).get("Delete review")
    assert found, "no form has a button with this text"
    response = client.post(found[0], found[1], follow=True)
    assert response.status_code == 200, describe(response)
    left = list(Review.objects.all())
    assert left == [other], f"{len(left)} reviews are left, not 1"


def check_log_in_first(client, book, Review):  # noqa: N803
    """Anonymous users see a link to the login page, and cannot send the form."""
    url = f"/books/{book().pk}/reviews/"
    text = client.get(url).content.decode().partition("<main")[2]
    assert "/accounts/login/" in text, "there is no link to /accounts/login/"
    response = client.post(url, {"rating": "4", "text": "Witty."})
    assert not Review.objects.exists(), "the review is saved"
    assert response.status_code in (302, 403, 405), describe(response)

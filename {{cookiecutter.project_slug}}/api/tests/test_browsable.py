"""The browsable API, as a browser sees it in production."""

import json
from html.parser import HTMLParser

import pytest
from django.db import OperationalError, connection
from django.http import Http404
from django.urls import reverse
from model_bakery import baker
from psycopg import OperationalError as DriverError
from pytest_django.asserts import assertContains, assertNotContains, assertTemplateUsed
from rest_framework.parsers import MultiPartParser
from rest_framework.test import APIClient

from api import exceptions
from api.parsers import JSONParser
from api.tests.models import Room, Workshop
from api.tests.urls import WorkshopViewSet
from api.throttling import AnonRateThrottle

pytestmark = pytest.mark.usefixtures("workshops")
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
WORKSHOPS = "/api/v1/workshops/"


@pytest.fixture
def browser(users):
    """Return a client that is logged in as the superuser, and asks for HTML."""
    client = APIClient(HTTP_ACCEPT=BROWSER, raise_request_exception=False)
    client.force_login(users["superuser"])
    return client


@pytest.fixture
def workshop(users):
    """Return a workshop of the superuser."""
    return baker.make(Workshop, name="Pottery", owner=users["superuser"])


class Page(HTMLParser):
    """The forms of a page, with their buttons, and the contents of its text areas."""

    def __init__(self, response):
        super().__init__()
        self.buttons, self.texts, self.is_text = [], [], False
        self.feed(response.content.decode())

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "form":
            self.action = attributes.get("action")
        if tag == "button" and "data-method" in attributes:
            self.buttons.append((attributes["data-method"], self.action))
        if tag == "textarea":
            self.is_text = True
            self.texts.append("")

    def handle_endtag(self, tag):
        self.is_text = self.is_text and tag != "textarea"

    def handle_data(self, data):
        if self.is_text:
            self.texts[-1] += data


def assert_page(response, status, message):
    """Assert that `response` is a page with a status code and a message; return the page."""
    assertContains(response, message, status_code=status)
    assertContains(response, 'role="alert"', status_code=status)
    assert response["Content-Type"] == "text/html; charset=utf-8"
    return Page(response)


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ('{"name": "", "seats": "</textarea>"}', 400, "This field may not be blank."),
        ('{"name": "Pottery"', 400, "JSON parse error"),
        ('{"name": "Pottery"}', 409, "You already have a workshop with this name."),
        (json.dumps({"name": "x" * 60_000}), 413, "The request body is too large."),
        ("", 400, "This field is required."),
    ],
)
def test_a_form_that_fails_keeps_what_was_typed(browser, workshop, body, status, message):
    response = browser.post(WORKSHOPS, body, content_type="application/json")
    page = assert_page(response, status, message)
    assert [text.strip() for text in page.texts] == [body]
    assert ("POST", WORKSHOPS) in page.buttons


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_change_that_fails_keeps_what_was_typed(browser, workshop, method):
    url = f"{WORKSHOPS}{workshop.pk}/"
    body = '{"name": 1}'
    response = getattr(browser, method)(url, body, content_type="application/json")
    page = assert_page(response, 400, "Not a valid string.")
    assert [text.strip() for text in page.texts] == [body]
    assert {("PUT", url), ("PATCH", url)} <= set(page.buttons)


@pytest.mark.parametrize("method", ["post", "put"])
def test_a_view_that_parses_forms_has_an_html_form(browser, workshop, monkeypatch, method):
    monkeypatch.setattr(WorkshopViewSet, "parser_classes", [JSONParser, MultiPartParser])
    url = WORKSHOPS if method == "post" else f"{WORKSHOPS}{workshop.pk}/"
    assertContains(browser.get(url), 'name="seats"')
    response = getattr(browser, method)(url, {"name": "Weaving", "seats": "x"}, format="multipart")
    assert_page(response, 400, "A valid integer is required.")
    assertContains(response, 'value="Weaving"', status_code=400)


def test_a_form_keeps_what_was_typed_when_the_session_has_expired(browser):
    browser.logout()
    response = browser.post(WORKSHOPS, '{"name": "Pottery"}', content_type="application/json")
    page = assert_page(response, 401, "Authentication credentials were not provided.")
    assert [text.strip() for text in page.texts] == ['{"name": "Pottery"}']


def test_an_object_that_cannot_be_deleted_says_why(browser, workshop):
    room = baker.make(Room)
    Workshop.objects.update(room=room)
    url = f"/api/v1/rooms/{room.pk}/"
    page = assert_page(browser.delete(url), 409, "referenced by 1 workshop.")
    assert ("DELETE", url) in page.buttons


def test_a_form_that_succeeds_shows_the_object(browser, workshop):
    response = browser.post(WORKSHOPS, '{"name": "Weaving"}', content_type="application/json")
    assertContains(response, "HTTP 201 Created", status_code=201)
    page = Page(browser.get(f"{WORKSHOPS}{workshop.pk}/"))
    assert json.loads(page.texts[0])["name"] == "Pottery"
    assertContains(browser.delete(f"{WORKSHOPS}{workshop.pk}/"), "HTTP 204 No Content")


def test_the_token_of_a_user_has_a_page(browser):
    url = reverse("token")
    page = assert_page(browser.get(url), 405, "not allowed")
    assert {("POST", url), ("DELETE", url)} <= set(page.buttons)
    response = browser.post(url, '{"username": "user"}', content_type="application/json")
    assert_page(response, 400, "This field is required.")
    assertNotContains(response, 'name="password"', status_code=400)


def test_an_object_that_does_not_exist_cannot_be_changed(browser, workshop):
    page = assert_page(browser.get(f"{WORKSHOPS}0/"), 404, "No Workshop matches")
    assert {method for method, _ in page.buttons} == {"OPTIONS"}


def test_programs_get_problems(browser):
    for accept in ("application/json", "*/*"):
        response = browser.post(WORKSHOPS, {}, HTTP_ACCEPT=accept)
        assert response["Content-Type"] == "application/problem+json"
        assert response.json()["errors"] == {"name": ["This field is required."]}


def test_an_invalid_filter_keeps_its_form(browser, workshop):
    response = browser.get(WORKSHOPS, {"seats_min": "many"})
    assert_page(response, 400, "Enter a number.")
    assertContains(response, 'value="many"', status_code=400)


def test_an_unexpected_error_keeps_the_form(browser, monkeypatch):
    monkeypatch.setattr("api.tests.urls.WorkshopViewSet.perform_create", lambda *args: 1 / 0)
    response = browser.post(WORKSHOPS, '{"name": "Pottery"}', content_type="application/json")
    page = assert_page(response, 500, "It has been logged.")
    assert [text.strip() for text in page.texts] == ['{"name": "Pottery"}']
    assertNotContains(response, "division", status_code=500)


def test_an_extra_action_is_a_button_or_a_link(browser, users, workshop):
    url = f"{WORKSHOPS}{workshop.pk}/"
    response = browser.get(url)
    assert ("POST", f"http://testserver{url}add_seat/") in Page(response).buttons
    assertContains(response, f'<a href="http://testserver{url}seats/">Seats</a>', html=True)
    # One that only administrators may use.
    assertNotContains(response, f"{url}close/")
    users["superuser"].is_staff = True
    users["superuser"].save()
    assertContains(browser.get(url), f'action="http://testserver{url}close/"')


def test_a_button_is_protected_against_csrf(users, workshop):
    browser = APIClient(HTTP_ACCEPT=BROWSER, enforce_csrf_checks=True)
    browser.force_login(users["superuser"])
    url = f"{WORKSHOPS}{workshop.pk}/"
    browser.get(url)
    assert_page(browser.post(f"{url}add_seat/"), 403, "CSRF")
    token = browser.cookies["csrftoken"].value
    response = browser.post(f"{url}add_seat/", headers={"X-CSRFToken": token})
    assertContains(response, workshop.seats + 1)


def test_the_url_of_a_button_has_its_form(browser, workshop):
    url = f"{WORKSHOPS}{workshop.pk}/add_seats/"
    page = assert_page(browser.get(url), 405, "not allowed")
    assert ("POST", url) in page.buttons
    response = browser.post(url, '{"seats": 2}', content_type="application/json")
    assertContains(response, workshop.seats + 2)


def test_the_page_belongs_to_the_site(browser, workshop, settings):
    response = browser.get(f"{WORKSHOPS}?page_size=1")
    assertTemplateUsed(response, "website/base.html")
    assertContains(response, f'<a class="brand" href="{reverse("home")}">')
    assertContains(response, settings.PROJECT["title"])
    assertNotContains(response, "django-rest-framework.org")


def test_a_list_has_pagination_controls(browser, users):
    for number in range(3):
        baker.make(Workshop, name=str(number), owner=users["user"])
    response = browser.get(WORKSHOPS, {"page_size": 1})
    assertContains(response, 'rel="next"')
    assertContains(response, "cursor=")


def test_the_page_of_an_anonymous_user_sets_no_cookie(db):
    browser = APIClient(HTTP_ACCEPT=BROWSER)
    response = browser.get("/api/v1/tags/")
    assert not response.cookies
    assert browser.get("/api/v1/tags/", HTTP_IF_NONE_MATCH=response["ETag"]).status_code == 304


def test_the_page_of_a_limit_says_to_wait(db, monkeypatch):
    monkeypatch.setitem(AnonRateThrottle.THROTTLE_RATES, "anon", "1/day")
    browser = APIClient(HTTP_ACCEPT=BROWSER)
    browser.get("/api/v1/")
    response = browser.get("/api/v1/")
    assert_page(response, 429, "Request was throttled.")
    assert int(response["Retry-After"]) > 0
    assertContains(browser.get("/api/docs/"), "Wait a minute", status_code=429)


def test_an_unknown_url_of_the_api_has_the_page_of_the_site(browser):
    response = browser.get("/api/v1/nothing/")
    assertTemplateUsed(response, "404.html")
    assert response.status_code == 404
    response = browser.get("/api/v1/nothing/", HTTP_ACCEPT="*/*")
    assert response["Content-Type"] == "application/problem+json"


def refuse(execute, sql, params, many, context):
    """Fail as every query does while PostgreSQL does not respond."""
    raise OperationalError("connection refused") from DriverError()


def test_a_page_while_the_database_does_not_respond_says_so(browser):
    with connection.execute_wrapper(refuse):
        response = browser.get(WORKSHOPS)
        problem = browser.get(WORKSHOPS, HTTP_ACCEPT="*/*")
        # Whether the page of this error queries the database is up to its header.
        assert browser.get("/nothing/").status_code in (404, 503)
    assertTemplateUsed(response, "503.html")
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert problem["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("accept", "media_type"), [(BROWSER, "text/html"), ("*/*", "application/problem+json")]
)
def test_an_error_page_that_cannot_query_the_database_is_a_503(rf, accept, media_type):
    request = rf.get("/api/v1/nothing/", HTTP_ACCEPT=accept)
    try:
        refuse(*[None] * 5)
    except OperationalError:
        response = exceptions.server_error(request)
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response["Content-Type"].startswith(media_type)
    assert exceptions.server_error(request).status_code == 500


@pytest.mark.parametrize("accept", ["", ";", "text/html;q=x", ",,", "a/b/c", "*/*;q=\x00"])
def test_a_malformed_accept_header_is_no_server_error(rf, accept):
    request = rf.get("/api/v1/nothing/", HTTP_ACCEPT=accept)
    assert exceptions.not_found(request, Http404()).status_code == 404

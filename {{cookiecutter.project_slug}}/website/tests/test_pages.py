from unittest.mock import Mock

import pytest
from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404
from django.template import Context, Template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.test import Client
from django.urls import resolve, reverse
from django.utils.html import escape
from django.views.generic import View
from pytest_django.asserts import (
    assertContains,
    assertNotContains,
    assertRedirects,
    assertTemplateUsed,
)

from website.pagination import BoundedPaginator


def test_pages_show_the_title_and_the_description_of_the_project(client, db):
    page = client.get("/").content.decode()
    for text in settings.PROJECT.values():
        assert escape(text) in page


def test_a_project_without_a_home_page_gets_one(rf):
    page = render_to_string("website/home.html", request=rf.get("/"))
    assert "createsuperuser" in page
    assert resolve("/").url_name == "home"


def test_an_unknown_url_gets_the_error_page(client, db):
    response = client.get("/nothing/")
    assertTemplateUsed(response, "404.html")
    assertContains(response, "/nothing/", status_code=404)


def test_the_paginator_counts_no_further_than_its_limit(django_user_model, db):
    for number in range(3):
        django_user_model.objects.create(username=str(number))
    paginator = BoundedPaginator(django_user_model.objects.order_by("pk"), 2)
    assert (paginator.count, paginator.num_pages, paginator.reaches_limit) == (3, 2, False)
    paginator = BoundedPaginator(django_user_model.objects.order_by("pk"), 2)
    paginator.limit = 3
    assert paginator.reaches_limit


def test_an_app_fills_a_slot(tmp_path, settings):
    (tmp_path / "accounts/slots").mkdir(parents=True)
    (tmp_path / "accounts/slots/footer.html").write_text("<b>{{ text }}</b>")
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]
    page = Template('{% load slots %}{% slot "footer" %}{% slot "other" %}')
    assert page.render(Context({"text": "<script>"})) == "<b>&lt;script&gt;</b>"


def test_the_root_has_an_icon(client):
    url = static("website/icon.svg")
    assertRedirects(client.get("/favicon.ico"), url, fetch_redirect_response=False)


def test_the_rules_for_robots_do_not_name_the_admin_site(client):
    response = client.get("/robots.txt")
    assertContains(response, "User-agent: *")
    assert response["Content-Type"].startswith("text/plain")
    # Its path may be a secret. The pages of the admin have a tag for robots.
    assertNotContains(response, settings.ADMIN_PATH)


@pytest.mark.parametrize(
    ("error", "status", "template", "message"),
    [
        (BadRequest("secret"), 400, "400.html", "Go back, reload the page and try again."),
        (PermissionDenied("secret"), 403, "403.html", "log in with that account"),
        (Http404("secret"), 404, "404.html", "Check it for typos"),
        (RuntimeError("secret"), 500, "500.html", "Something went wrong on the server."),
    ],
)
def test_the_page_of_an_error_says_what_to_do(
    client, db, monkeypatch, error, status, template, message
):
    monkeypatch.setattr(View, "dispatch", Mock(side_effect=error))
    client.raise_request_exception = False
    response = client.get("/")
    assertContains(response, message, status_code=status)
    assertNotContains(response, "secret", status_code=status)
    assertTemplateUsed(response, template)
    if status != 500:
        assertTemplateUsed(response, "website/base.html")


def test_a_host_that_is_not_allowed_gets_the_error_page(client, db, settings):
    settings.ALLOWED_HOSTS = ["www.example.com"]
    response = client.get("/", headers={"host": "evil.example"})
    assertContains(response, "Go back, reload the page and try again.", status_code=400)
    assertContains(response, settings.PROJECT["title"], status_code=400)


def test_a_form_without_a_csrf_token_gets_a_page_that_says_what_to_do(db):
    client = Client(enforce_csrf_checks=True)
    response = client.post(reverse("admin:login"), {"username": "user", "password": "wrong"})
    assertTemplateUsed(response, "403_csrf.html")
    assertContains(response, "reload the page with the form, and send it again", status_code=403)
    assertContains(response, "allow cookies", status_code=403)


@pytest.mark.parametrize("template", ["500.html", "503.html"])
def test_a_page_that_stands_alone_needs_no_context_and_no_files(template):
    page = render_to_string(template)
    assert '<html lang="en">' in page
    assert "color-scheme: light dark" in page
    assert "src=" not in page
    assert "<link" not in page

from django.conf import settings
from django.template import Context, Template
from django.template.loader import render_to_string
from django.urls import resolve
from django.utils.html import escape
from django.views.generic import View
from pytest_django.asserts import assertContains, assertTemplateUsed

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


def test_an_exception_gets_the_error_page(client, db, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(View, "dispatch", fail)
    client.raise_request_exception = False
    assertContains(client.get("/"), "Something went wrong", status_code=500)


def test_the_paginator_counts_no_further_than_its_limit(django_user_model, db):
    for number in range(3):
        django_user_model.objects.create(username=str(number))
    paginator = BoundedPaginator(django_user_model.objects.order_by("pk"), 2)
    assert (paginator.count, paginator.num_pages, paginator.is_full) == (3, 2, False)
    paginator = BoundedPaginator(django_user_model.objects.order_by("pk"), 2)
    paginator.limit = 3
    assert paginator.is_full


def test_an_app_fills_a_slot(tmp_path, settings):
    (tmp_path / "accounts/slots").mkdir(parents=True)
    (tmp_path / "accounts/slots/footer.html").write_text("<b>{{ text }}</b>")
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]
    page = Template('{% load slots %}{% slot "footer" %}{% slot "other" %}')
    assert page.render(Context({"text": "<script>"})) == "<b>&lt;script&gt;</b>"

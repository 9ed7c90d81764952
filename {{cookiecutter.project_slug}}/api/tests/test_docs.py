"""Swagger UI and ReDoc."""

import re

import pytest
import yaml
from django.contrib.staticfiles import finders
from django.urls import reverse
from pytest_django.asserts import assertContains


@pytest.mark.parametrize("name", ["docs", "redoc"])
def test_a_documentation_page_belongs_to_the_site(client, db, settings, name):
    page = client.get(reverse(name)).content.decode()
    assert '<html lang="en">' in page
    assert re.search(f"<title>.+ {re.escape(settings.PROJECT['title'])}</title>", page)
    assert f'<a href="{reverse("home")}">' in page
    assert "This page needs JavaScript." in page.partition("<noscript>")[2]
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)


@pytest.mark.parametrize("name", ["docs", "redoc"])
def test_the_files_of_a_documentation_page_exist(client, db, settings, name):
    page = client.get(reverse(name)).content.decode()
    paths = re.findall(rf'(?:src|href)="/?{settings.STATIC_URL.strip("/")}/([^"]+)"', page)
    assert len(paths) >= 2
    assert [path for path in paths if not finders.find(path)] == []


def test_the_schema_says_how_to_get_and_send_a_token(client, db):
    schema = yaml.safe_load(client.get(reverse("schema")).content)
    description = schema["components"]["securitySchemes"]["tokenAuth"]["description"]
    assert f"`POST {reverse('token')}`" in description
    assert "`Authorization: Token " in description


def test_swagger_ui_loads_its_own_script(client, db):
    url = reverse("docs")
    assertContains(client.get(url), f'src="{url}?script="')
    assert client.get(f"{url}?script=")["Content-Type"] == "application/javascript"

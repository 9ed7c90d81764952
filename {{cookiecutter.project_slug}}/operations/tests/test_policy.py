import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.urls import reverse

from operations.tests.policy import Page

URLS = [
    "/",
    "/nothing/",
    "/api/v1/",
    "/api/docs/",
    "/api/redoc/",
    "/api-auth/login/",
    "/accounts/login/",
]


def assert_page_works(client, url):
    response = client.get(url, headers={"accept": "text/html"})
    assert "script-src 'self';" in response["Content-Security-Policy"] + ";"
    assert Page(response.content.decode()).blocked == [], url


@pytest.mark.parametrize("url", URLS)
def test_the_policy_blocks_nothing_that_a_page_needs(admin_client, url):
    assert_page_works(admin_client, url)


def test_the_policy_blocks_nothing_that_a_list_of_the_api_needs(admin_client):
    for url in admin_client.get("/api/v1/", headers={"accept": "application/json"}).json().values():
        assert_page_works(admin_client, url)


def test_the_policy_blocks_nothing_that_the_admin_needs(admin_client):
    assert_page_works(admin_client, reverse("admin:index"))
    user = get_user_model().objects.get()
    assert_page_works(admin_client, reverse("admin:accounts_user_change", args=[user.pk]))
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        for page in ("changelist", "add"):
            assert_page_works(admin_client, reverse(f"{name}_{page}"))


@pytest.mark.parametrize(("url", "status"), [("/api/v1/", 200), ("/api/nothing/", 404)])
def test_json_may_load_nothing(client, db, url, status):
    response = client.get(url)
    assert response.status_code == status
    policy = "default-src 'none'; frame-ancestors 'none'"
    assert response["Content-Security-Policy"] == policy


def test_the_check_finds_what_would_be_blocked():
    page = '<script>run()</script><img src="https://other.example/x.png" onerror="run()">'
    assert Page(page).blocked == [
        "script run()",
        "img onerror",
        "img https://other.example/x.png",
    ]


def test_a_page_allows_nothing_that_it_does_not_need(client, db):
    policy = client.get("/")["Content-Security-Policy"].split("; ")
    nothing = {"object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"}
    assert {"default-src 'self'", "form-action 'self'", *nothing} <= set(policy)

"""Throttles, through the root of the API."""

from unittest.mock import Mock
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.test import Client
from rest_framework.test import APIClient

from api.throttling import (
    AnonRateThrottle,
    LoginRateThrottle,
    UserRateThrottle,
    check_shared_cache,
)

LOGIN_PAGES = ["/admin/login/", "/api-auth/login/", "/api/v1/token/"]


def get_status_codes(count, client=None, **headers):
    """Return the status codes of `count` requests."""
    client = client or APIClient()
    return [client.get("/api/v1/", **headers).status_code for _ in range(count)]


def test_each_client_has_its_own_limit(api, monkeypatch):
    monkeypatch.setitem(AnonRateThrottle.THROTTLE_RATES, "anon", "2/day")
    monkeypatch.setitem(UserRateThrottle.THROTTLE_RATES, "user", "3/day")
    assert get_status_codes(3) == [200, 200, 429]
    assert get_status_codes(4, api("user")) == [200, 200, 200, 429]
    assert get_status_codes(1, api("superuser")) == [200]
    assert get_status_codes(1, REMOTE_ADDR="192.0.2.1") == [200]
    refused = APIClient().get("/api/v1/")
    assert refused["Content-Type"] == "application/problem+json"
    assert 0 < int(refused["Retry-After"]) <= 86400
    cache.clear()
    assert get_status_codes(1) == [200]


def test_an_empty_rate_disables_the_limit(api, monkeypatch):
    monkeypatch.setitem(AnonRateThrottle.THROTTLE_RATES, "anon", None)
    assert get_status_codes(5) == [200] * 5


def test_requests_are_allowed_while_the_cache_keeps_nothing(api, settings, monkeypatch):
    monkeypatch.setitem(AnonRateThrottle.THROTTLE_RATES, "anon", "1/day")
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    assert get_status_codes(5) == [200] * 5


def test_a_forged_ip_address_does_not_reset_the_limit(db, monkeypatch):
    monkeypatch.setitem(AnonRateThrottle.THROTTLE_RATES, "anon", "10/day")
    statuses = [
        status
        for number in range(100)
        for status in get_status_codes(1, HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")
    ]
    assert statuses == [200] * 10 + [429] * 90


def test_behind_a_proxy_the_ip_address_that_it_added_counts(db, monkeypatch):
    monkeypatch.setattr("rest_framework.throttling.api_settings.NUM_PROXIES", 1)
    monkeypatch.setitem(AnonRateThrottle.THROTTLE_RATES, "anon", "1/day")
    assert get_status_codes(1, HTTP_X_FORWARDED_FOR="198.51.100.1, 192.0.2.1") == [200]
    assert get_status_codes(1, HTTP_X_FORWARDED_FOR="198.51.100.2, 192.0.2.1") == [429]
    assert get_status_codes(1, HTTP_X_FORWARDED_FOR="198.51.100.1, 192.0.2.2") == [200]


def attempt(name, url="/api/v1/token/", ip="192.0.2.1"):
    """Return the status code of a login attempt with a wrong password; 200 is the page again."""
    form = urlencode({"username": name, "password": "x"})
    form_type = "application/x-www-form-urlencoded"
    return Client().post(url, form, content_type=form_type, REMOTE_ADDR=ip).status_code


@pytest.fixture
def login_rates(monkeypatch):
    """Allow 3 login attempts per client, and 5 per account."""
    monkeypatch.setitem(LoginRateThrottle.THROTTLE_RATES, "login", "3/day")
    monkeypatch.setitem(LoginRateThrottle.THROTTLE_RATES, "login_account", "5/day")


@pytest.mark.parametrize("url", LOGIN_PAGES)
@pytest.mark.parametrize("name", ["user", "nobody"])
def test_login_attempts_are_limited_per_account_from_all_clients_together(
    users, login_rates, name, url
):
    statuses = [attempt(name, url, f"192.0.2.{number}") for number in range(7)]
    assert [status == 429 for status in statuses] == [False] * 5 + [True] * 2
    assert attempt("superuser", url) != 429


def test_a_locked_account_gets_the_response_of_a_client_over_its_limit(users, login_rates):
    for number in range(6):
        attempt("user", ip=f"192.0.2.{number}")
        attempt(str(number), ip="198.51.100.1")
    credentials = {"username": "user", "password": "x"}
    account = APIClient().post(LOGIN_PAGES[2], credentials, REMOTE_ADDR="192.0.2.9")
    client = APIClient().post(LOGIN_PAGES[2], credentials, REMOTE_ADDR="198.51.100.1")
    assert account.status_code == client.status_code == 429
    assert account.json() == client.json()
    assert account.headers.keys() == client.headers.keys()
    assert 0 < int(account["Retry-After"]) <= 86400


def test_one_client_cannot_lock_out_an_account(users, login_rates):
    assert [attempt("user") for _ in range(20)] == [400] * 3 + [429] * 17
    assert attempt("user", ip="192.0.2.2") == 400


def test_spellings_of_an_account_share_its_limit(users, login_rates):
    names = ["ada", " ADA ", "\uff21da", "\N{NO-BREAK SPACE}Ada", "aDa"]
    assert [attempt(name, ip=f"192.0.2.{n}") for n, name in enumerate(names)] == [400] * 5
    assert attempt("Ada", ip="192.0.2.9") == 429


@pytest.mark.parametrize("body", ["[]", "5", '{"username": ["x"]}', '{"username": "\\ud800"}', "{"])
def test_a_body_without_an_account_counts_for_its_client(users, login_rates, body):
    def post():
        return APIClient().post(LOGIN_PAGES[2], body, content_type="application/json").status_code

    assert [post() for _ in range(4)] == [400, 400, 400, 429]


@pytest.mark.parametrize("url", LOGIN_PAGES)
def test_each_process_limits_login_attempts_while_redis_is_unavailable(
    users, login_rates, settings, url
):
    unavailable = {"BACKEND": "operations.cache.RedisCache", "LOCATION": "redis://127.0.0.1:1"}
    settings.CACHES = {**settings.CACHES, "default": unavailable}
    statuses = [attempt("user", url) for _ in range(6)]
    statuses += [attempt("user", url, f"192.0.2.{number}") for number in range(2, 6)]
    expected = [False] * 3 + [True] * 3 + [False] * 2 + [True] * 2
    assert [status == 429 for status in statuses] == expected


def test_check_deploy_warns_about_a_cache_that_is_not_shared(settings):
    (warning,) = check_shared_cache(None)
    assert warning.id == "api.W001"
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache"}}
    assert check_shared_cache(None) == []


def test_counts_expire_with_their_window(db, monkeypatch):
    keep = Mock(return_value=True)
    monkeypatch.setitem(AnonRateThrottle.THROTTLE_RATES, "anon", "1/hour")
    monkeypatch.setattr("api.throttling.cache.add", keep)
    assert get_status_codes(1) == [200]
    (_, count, seconds) = keep.call_args.args
    assert (count, seconds) == (1, 3600)


def test_retry_after_is_the_rest_of_the_window(db, monkeypatch):
    monkeypatch.setitem(AnonRateThrottle.THROTTLE_RATES, "anon", "1/hour")
    # A quarter of an hour before the full hour, and just after it.
    monkeypatch.setattr("api.throttling.time.time", lambda: 1_000_000 * 3600 - 900.5)
    assert get_status_codes(1) == [200]
    assert APIClient().get("/api/v1/")["Retry-After"] == "901"
    monkeypatch.setattr("api.throttling.time.time", lambda: 1_000_000 * 3600 + 1)
    assert get_status_codes(2) == [200, 429]

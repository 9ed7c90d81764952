"""Throttles, through the root of the API."""

from unittest.mock import Mock

from django.core.cache import cache
from rest_framework.test import APIClient

from api.throttling import AnonRateThrottle, UserRateThrottle, check_shared_cache


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

import itertools
import re
import socket

import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError, OperationalError, connection, transaction

from operations.logs import request_id
from operations.metrics import ERRORS, SECONDS
from operations.middleware import trusted_proxy_middleware

PROXY = {"REMOTE_ADDR": "10.0.0.2"}
PAGE = "/api/docs/"


@pytest.fixture(autouse=True)
def https(settings):
    """Redirect to HTTPS and trust the proxy at 10.0.0.2, as in production."""
    settings.SECURE_SSL_REDIRECT = True
    settings.TRUSTED_PROXIES = ["10.0.0.2"]


@pytest.mark.parametrize(
    ("address", "proxies", "status"),
    [
        ("10.0.0.2", ["10.0.0.2"], 200),
        ("10.0.0.3", ["10.0.0.2"], 301),
        ("10.0.0.3", ["10.0.0.0/24"], 200),
        ("10.0.0.3", ["10.0.0.1/24"], 200),
        ("10.0.1.3", ["10.0.0.0/24"], 301),
        ("127.0.0.1", ["localhost"], 200),
        ("10.0.0.2", ["localhost"], 301),
        ("10.0.0.2", ["no-such-host.invalid"], 301),
        ("10.0.0.2", [], 301),
    ],
)
def test_only_a_trusted_proxy_can_report_https(client, db, settings, address, proxies, status):
    settings.TRUSTED_PROXIES = proxies
    response = client.get(PAGE, REMOTE_ADDR=address, headers={"x-forwarded-proto": "https"})
    assert response.status_code == status


def test_a_host_name_is_resolved_for_each_request(client, db, settings, monkeypatch):
    settings.TRUSTED_PROXIES = ["caddy"]
    for address, status in (("10.0.0.2", 200), ("10.0.0.9", 301)):
        found = [(None, None, None, "", (address, 0))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, found=found, **kwargs: found)
        response = client.get(PAGE, headers={"x-forwarded-proto": "https"}, **PROXY)
        assert response.status_code == status


@pytest.mark.parametrize(
    ("sender", "client_address"), [("10.0.0.2", "203.0.113.9"), ("10.0.0.3", "10.0.0.3")]
)
def test_only_a_trusted_proxy_can_report_the_client(rf, sender, client_address):
    headers = {"HTTP_X_FORWARDED_FOR": "198.51.100.1, 203.0.113.9"}
    request = trusted_proxy_middleware(lambda request: request)(
        rf.get("/", REMOTE_ADDR=sender, **headers)
    )
    assert request.META["REMOTE_ADDR"] == client_address
    assert "HTTP_X_FORWARDED_FOR" not in request.META


def test_with_num_proxies_only_x_forwarded_for_is_kept(rf, monkeypatch):
    monkeypatch.setattr("operations.middleware.api_settings.NUM_PROXIES", 1)
    headers = {"FOR": "203.0.113.9", "PROTO": "https", "HOST": "evil.example"}
    headers = {f"HTTP_X_FORWARDED_{name}": value for name, value in headers.items()}
    headers["HTTP_X_REQUEST_ID"] = "12345678"
    request = trusted_proxy_middleware(lambda request: request)(
        rf.get("/", REMOTE_ADDR="10.0.0.3", **headers)
    )
    assert headers.keys() & request.META.keys() == {"HTTP_X_FORWARDED_FOR"}


def test_a_request_keeps_the_id_of_the_proxy(client, db):
    response = client.get("/livez", headers={"x-request-id": "12345678-abcd"}, **PROXY)
    assert response["X-Request-ID"] == "12345678-abcd"


@pytest.mark.parametrize(("sender", "name"), [("10.0.0.3", "12345678"), ("10.0.0.2", "a b\n{}")])
def test_another_id_is_replaced(client, db, sender, name):
    response = client.get("/livez", REMOTE_ADDR=sender, headers={"x-request-id": name})
    assert len(response["X-Request-ID"]) == 36


def test_the_log_of_a_request_has_its_id(client, db):
    ids = []
    for _ in range(2):
        ids.append(client.get("/livez")["X-Request-ID"])
        assert request_id.get() == ids[-1]
    assert ids[0] != ids[1]


def test_the_internal_port_serves_metrics_and_no_site(client, db):
    client.get("/livez")
    metrics = client.get("/metrics", SERVER_PORT="9000", headers={"host": "web:9000"})
    assert re.search(
        r'http_request_seconds_count{method="GET",route="livez",status="200"} \d',
        metrics.content.decode(),
    )
    assert client.get("/", SERVER_PORT="9000").status_code == 404
    from_proxy = {"headers": {"x-forwarded-proto": "https"}, **PROXY}
    assert client.get("/metrics", **from_proxy).status_code == 404


def test_the_metrics_have_a_label_for_what_a_client_has_invented(client, db):
    client.generic("INVENTED", "/no/such/page/", secure=True)
    metrics = client.get("/metrics", SERVER_PORT="9000").content.decode()
    assert 'http_request_seconds_count{method="other",route="none",status="404"}' in metrics
    assert "INVENTED" not in metrics


def test_errors_are_shown_on_the_internal_port_only(client, db, monkeypatch):
    assert client.get("/readyz", SERVER_PORT="9000").json() == {
        "healthy": True,
        "errors": [],
        "cache": True,
    }

    def fail(*args, **kwargs):
        raise OperationalError

    monkeypatch.setattr("operations.health.check_migrations", fail)
    response = client.get("/readyz", SERVER_PORT="9000")
    assert (response.status_code, response.json()["errors"]) == (503, ["database error"])
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (503, {"healthy": False})


def test_the_internal_port_reports_an_unavailable_cache(client, db, monkeypatch):
    monkeypatch.setattr("operations.views.cache.get", lambda key: None)
    response = client.get("/readyz", SERVER_PORT="9000")
    assert response.status_code == 200
    assert response.json()["cache"] is False


def sample(metric, suffix):
    """Return the value of the metric's sample whose name ends with `suffix`."""
    (collected,) = metric.collect()
    return next(found.value for found in collected.samples if found.name.endswith(suffix))


def test_queries_are_counted_and_slow_ones_logged(db, settings, caplog, monkeypatch):
    users = get_user_model().objects
    before = sample(SECONDS, "_count")
    assert not users.filter(username="jane").exists()
    assert sample(SECONDS, "_count") == before + 1
    assert not caplog.records
    settings.SLOW_QUERY_MS = 1000
    monkeypatch.setattr("operations.metrics.perf_counter", itertools.count(0, 1.5).__next__)
    assert not users.filter(username="Brontë").exists()
    (record,) = caplog.records
    assert record.getMessage().startswith("Slow query, 1500 ms: ")
    assert "SELECT" in record.getMessage()
    assert "Brontë" not in record.getMessage()


def test_a_query_that_fails_is_counted(db):
    before = sample(ERRORS, "_total")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT nothing")
    assert sample(ERRORS, "_total") == before + 1

import itertools
import socket
from unittest.mock import Mock

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.backends.signals import connection_created

from library.models import Author
from operations.logs import request_id
from operations.middleware import forwarded
from operations.queries import ERRORS, SECONDS, measure, replace_if_closed

PROXY = {"REMOTE_ADDR": "10.0.0.2"}


@pytest.fixture(autouse=True)
def https(settings):
    """Answer HTTPS only, and believe the proxy at 10.0.0.2, as in production."""
    settings.SECURE_SSL_REDIRECT = True
    settings.TRUSTED_PROXIES = ["10.0.0.2"]


@pytest.mark.parametrize(
    ("address", "proxies", "status"),
    [
        ("10.0.0.2", ["10.0.0.2"], 200),
        ("10.0.0.3", ["10.0.0.2"], 301),
        ("10.0.0.3", ["10.0.0.0/24"], 200),
        ("10.0.1.3", ["10.0.0.0/24"], 301),
        ("127.0.0.1", ["localhost"], 200),
        ("10.0.0.2", ["localhost"], 301),
        ("10.0.0.2", ["no-such-host.invalid"], 301),
        ("10.0.0.2", [], 301),
    ],
)
def test_https_is_believed_from_the_proxy_alone(client, db, settings, address, proxies, status):
    settings.TRUSTED_PROXIES = proxies
    response = client.get("/", REMOTE_ADDR=address, headers={"x-forwarded-proto": "https"})
    assert response.status_code == status


def test_a_name_is_looked_up_again(client, db, settings, monkeypatch):
    settings.TRUSTED_PROXIES = ["caddy"]
    for address, status in (("10.0.0.2", 200), ("10.0.0.9", 301)):
        found = [(None, None, None, "", (address, 0))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, found=found, **kwargs: found)
        response = client.get("/", headers={"x-forwarded-proto": "https"}, **PROXY)
        assert response.status_code == status


@pytest.mark.parametrize(
    ("sender", "client_address"), [("10.0.0.2", "203.0.113.9"), ("10.0.0.3", "10.0.0.3")]
)
def test_the_clients_address_is_what_the_proxy_says(rf, sender, client_address):
    said = {"HTTP_X_FORWARDED_FOR": "198.51.100.1, 203.0.113.9"}
    request = forwarded(lambda request: request)(rf.get("/", REMOTE_ADDR=sender, **said))
    assert request.META["REMOTE_ADDR"] == client_address
    assert "HTTP_X_FORWARDED_FOR" not in request.META


def test_a_request_keeps_the_id_of_the_proxy(client, db):
    response = client.get("/livez", headers={"x-request-id": "12345678-abcd"}, **PROXY)
    assert response["X-Request-ID"] == "12345678-abcd"


@pytest.mark.parametrize(("sender", "name"), [("10.0.0.3", "12345678"), ("10.0.0.2", "a b\n{}")])
def test_another_id_is_replaced(client, db, sender, name):
    response = client.get("/livez", REMOTE_ADDR=sender, headers={"x-request-id": name})
    assert len(response["X-Request-ID"]) == 36


def test_the_internal_port_has_the_metrics_and_nothing_else(client, db):
    client.get("/livez")
    metrics = client.get("/metrics", SERVER_PORT="9000", headers={"host": "web:9000"})
    assert "django_http_requests_total_by_method_total" in metrics.content.decode()
    assert client.get("/", SERVER_PORT="9000").status_code == 404
    by_the_proxy = {"headers": {"x-forwarded-proto": "https"}, **PROXY}
    assert client.get("/metrics", **by_the_proxy).status_code == 404


def test_what_is_wrong_is_told_on_the_internal_port_alone(client, db, monkeypatch):
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


def test_queries_are_counted_and_the_slow_ones_logged(db, settings, caplog, monkeypatch):
    def count():
        (metric,) = SECONDS.collect()
        return next(sample.value for sample in metric.samples if sample.name.endswith("_count"))

    before = count()
    assert not Author.objects.filter(name="Jane Austen").exists()
    assert count() == before + 1
    assert not caplog.records
    settings.SLOW_QUERY_MS = 1000
    monkeypatch.setattr("operations.queries.perf_counter", itertools.count(0, 1.5).__next__)
    assert not Author.objects.filter(name="Emily Brontë").exists()
    (record,) = caplog.records
    assert record.getMessage().startswith("Slow query, 1500 ms: ")
    assert "SELECT" in record.getMessage()
    assert "Brontë" not in record.getMessage()


def test_a_connection_that_the_server_has_closed_is_replaced():
    ours, theirs = socket.socketpair()
    connection = Mock(vendor="postgresql", connection=ours)
    replace_if_closed(connection)
    connection.connect.assert_not_called()
    theirs.close()
    replace_if_closed(connection)
    connection.close.assert_called_once_with()
    connection.connect.assert_called_once_with()
    assert ours.fileno() == -1


def test_of_a_proxy_without_a_name_the_clients_address_alone_is_believed(rf, monkeypatch):
    monkeypatch.setattr("operations.middleware.api_settings.NUM_PROXIES", 1)
    said = {"FOR": "203.0.113.9", "PROTO": "https", "HOST": "evil.example"}
    said = {f"HTTP_X_FORWARDED_{name}": value for name, value in said.items()}
    said["HTTP_X_REQUEST_ID"] = "12345678"
    request = forwarded(lambda request: request)(rf.get("/", REMOTE_ADDR="10.0.0.3", **said))
    assert said.keys() & request.META.keys() == {"HTTP_X_FORWARDED_FOR"}


def test_what_is_logged_while_a_request_is_answered_has_its_id(client, db):
    ids = []
    for _ in range(2):
        ids.append(client.get("/livez")["X-Request-ID"])
        assert request_id.get() == ids[-1]
    assert ids[0] != ids[1]


def test_each_new_connection_is_looked_at_and_measured_once():
    ours, theirs = socket.socketpair()
    theirs.close()
    new = Mock(vendor="postgresql", connection=ours, execute_wrappers=[])
    connection_created.send(sender=Mock, connection=new)
    new.connect.assert_called_once_with()
    # The pool gives it again and again.
    new.vendor = "sqlite"
    connection_created.send(sender=Mock, connection=new)
    assert new.execute_wrappers == [measure]


def test_a_query_that_fails_is_counted(db):
    def count():
        (metric,) = ERRORS.collect()
        return next(sample.value for sample in metric.samples if sample.name.endswith("_total"))

    before = count()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT nothing")
    assert count() == before + 1


def test_operators_are_told_when_the_cache_is_away(client, db, monkeypatch):
    monkeypatch.setattr("operations.views.cache.get", lambda key: None)
    response = client.get("/readyz", SERVER_PORT="9000")
    assert response.status_code == 200
    assert response.json()["cache"] is False

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder


def test_livez_does_not_query_the_database(client):
    # Without the fixture `db`, a query would be an error.
    assert client.get("/livez").status_code == 200


def test_ready_when_the_database_responds_and_is_migrated(client, db):
    assert client.get("/readyz").status_code == 200


def test_not_ready_when_a_migration_is_missing(client, db):
    MigrationRecorder(connection).record_unapplied("sessions", "0001_initial")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"healthy": False}


def test_not_ready_when_the_database_is_down(client, db, monkeypatch):
    def fail(*args, **kwargs):
        raise OperationalError

    monkeypatch.setattr("operations.health.check_migrations", fail)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"healthy": False}
    assert client.get("/livez").status_code == 200


@pytest.mark.parametrize("url", ["/livez", "/readyz"])
def test_health_checks_accept_any_host_and_are_never_redirected(client, db, settings, url):
    settings.ALLOWED_HOSTS = ["www.example.com"]
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(url, headers={"host": "10.0.0.7:8000"}).status_code == 200
    assert client.get("/", headers={"host": "www.example.com"}).status_code == 301
    assert client.get("/", headers={"host": "10.0.0.7"}).status_code in (301, 400)

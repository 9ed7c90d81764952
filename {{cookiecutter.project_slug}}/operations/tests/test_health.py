import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from operations.health import is_unavailable


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


def refuse(execute, sql, params, many, context):
    """Fail as every query does while PostgreSQL does not respond."""
    raise OperationalError("connection refused") from psycopg.OperationalError()


def test_a_page_is_temporarily_unavailable_while_the_database_does_not_respond(
    client, admin_user, caplog
):
    client.force_login(admin_user)
    with connection.execute_wrapper(refuse):
        response = client.get("/admin/")
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "The database does not respond" in response.content.decode()
    assert "Traceback" not in caplog.text


def test_the_api_responds_with_a_problem_while_the_database_does_not_respond(client, db, caplog):
    with connection.execute_wrapper(refuse):
        response = client.get("/api/v1/", headers={"authorization": "Token x"})
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert response.json()["title"] == "Service Unavailable"
    assert "Traceback" not in caplog.text


class SQLiteError(Exception):
    def __init__(self, name):
        self.sqlite_errorname = name


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (psycopg.OperationalError(), True),
        (psycopg.errors.AdminShutdown(), True),
        (psycopg.errors.TooManyConnections(), True),
        (psycopg.errors.QueryCanceled(), False),
        (psycopg.errors.DeadlockDetected(), False),
        (SQLiteError("SQLITE_BUSY"), True),
        (SQLiteError("SQLITE_ERROR"), False),
    ],
    ids=lambda cause: getattr(cause, "sqlite_errorname", type(cause).__name__),
)
def test_the_cause_says_whether_the_database_is_unavailable(cause, expected):
    error = OperationalError()
    error.__cause__ = cause
    assert is_unavailable(error) is expected


def test_any_other_error_says_nothing_about_the_database():
    assert not is_unavailable(DatabaseError())
    assert not is_unavailable(ValueError())

"""The project as a whole: its settings, its schema and its migrations."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils.html import escape


def django(*arguments, **environment):
    """Run manage.py with `environment` and nothing else set; return the finished process."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        # A set variable wins over .env, which may lie beside manage.py.
        env={**kept, "DATABASE_URL": "", "DEBUG": "", "SECRET_KEY": "", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("key", ["", settings.DEVELOPMENT_SECRET_KEY])
def test_production_refuses_to_start_without_a_secret(key):
    process = django("check", SECRET_KEY=key, DEBUG="false")
    assert process.returncode != 0
    assert "SECRET_KEY is missing, or is the development one, and DEBUG is off." in process.stderr


PRODUCTION = {
    "ALLOWED_HOSTS": "library.example",
    "DEBUG": "false",
    "SECRET_KEY": "of its own, and as long as Django wants it: 0123456789",
}


def test_production_starts_and_passes_the_check_for_deployment():
    process = django("check", "--deploy", "--fail-level=WARNING", **PRODUCTION)
    assert process.returncode == 0, process.stderr


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is empty, and DEBUG is off"),
        ({"DEBUG": "true", "PRODUCTION": "true"}, "DEBUG is on in the image for production"),
        ({"REPLICAS": "2"}, "REPLICAS is more than 1, and the database is SQLite"),
    ],
)
def test_production_refuses_to_start_with_a_bad_configuration(environment, sentence):
    process = django("check", **PRODUCTION | environment)
    assert process.returncode != 0
    assert sentence in process.stderr


def ask(expression, **environment):
    """Return what an expression in `settings` is worth, with `environment` set."""
    code = f"from django.conf import settings; print({expression})"
    process = django("shell", "-v0", "-c", code, **environment)
    assert process.returncode == 0, process.stderr
    return process.stdout.strip()


def test_secrets_are_read_from_files(tmp_path):
    files = {}
    for name, text in {
        "SECRET_KEY": "of its own\n",
        "SECRET_KEY_FALLBACKS": "one,another\n",
        "DATABASE_URL": "postgres://name:word@host:5432/books\n",
        "CACHE_URL": "redis://:word@host:6379/0\n",
    }.items():
        files[f"{name}_FILE"] = str(tmp_path / name)
        (tmp_path / name).write_text(text)
    expression = (
        "[settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS,"
        "settings.DATABASES['default']['NAME'], settings.CACHES['default']['LOCATION'],"
        "settings.SESSION_ENGINE.split('.')[-1]]"
    )
    assert ask(expression, **PRODUCTION | files) == str(
        ["of its own", ["one", "another"], "books", "redis://:word@host:6379/0", "cached_db"]
    )


def test_errors_are_reported_where_a_dsn_is_set():
    expression = "__import__('sentry_sdk').get_client().dsn"
    dsn = "https://key@errors.example/1"
    assert ask(expression, SENTRY_DSN=dsn, **PRODUCTION) == dsn
    assert ask(expression, **PRODUCTION) == "None"


def test_the_admin_is_where_the_environment_says():
    expression = "__import__('django').urls.reverse('admin:index')"
    assert ask(expression, ADMIN_PATH="/back-office", **PRODUCTION) == "/back-office/"
    assert ask(expression, **PRODUCTION) == "/admin/"


def test_a_line_of_the_log_is_json_with_the_requests_id():
    code = (
        "import logging; from operations.logs import request_id; request_id.set('12345678');"
        "logging.getLogger('library').warning('It is %s.', 'so')"
    )
    process = django("shell", "-v0", "-c", code, **PRODUCTION)
    line = json.loads(process.stderr.splitlines()[-1])
    assert line.pop("time")
    assert line == {
        "level": "WARNING",
        "logger": "library",
        "message": "It is so.",
        "request_id": "12345678",
    }


def test_development_starts_without_a_secret():
    assert django("check", DEBUG="true").returncode == 0


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", "sqlite3 20"),
        ("sqlite:////tmp/books.sqlite3", "sqlite3 20"),
        ("postgres://name:word@host:5432/books?sslmode=require", "postgresql None"),
    ],
)
def test_the_database_is_chosen_by_its_url(url, expected):
    code = (
        "from django.conf import settings; d = settings.DATABASES['default'];"
        "print(d['ENGINE'].split('.')[-1], d['OPTIONS'].get('timeout'))"
    )
    process = django("shell", "-v0", "-c", code, DEBUG="true", DATABASE_URL=url)
    assert process.stdout.strip() == expected, process.stderr


def test_no_migration_is_missing(db):
    call_command("makemigrations", check=True, dry_run=True)


def test_the_schema_is_valid(tmp_path):
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema"))


def test_pages_name_the_project(client, db):
    page = client.get("/").content.decode()
    for text in settings.PROJECT.values():
        assert escape(text) in page

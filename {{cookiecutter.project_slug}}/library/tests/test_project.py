"""The project as a whole: its settings, its schema and its migrations."""

import os
import subprocess
import sys

import pytest
import yaml
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


def test_production_starts_with_a_secret():
    assert django("check", SECRET_KEY="a secret of its own", DEBUG="false").returncode == 0


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


def test_the_schema_is_valid_and_the_committed_one(tmp_path):
    made = tmp_path / "openapi.yaml"
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(made))
    committed = settings.BASE_DIR / "openapi.yaml"
    # After a change that is meant: python manage.py spectacular --file openapi.yaml
    assert yaml.safe_load(made.read_text()) == yaml.safe_load(committed.read_text())


def test_pages_name_the_project(client, db):
    page = client.get("/").content.decode()
    for text in settings.PROJECT.values():
        assert escape(text) in page

"""The settings, and what depends on all apps: the schema and the migrations."""

import json
import os
import runpy
import subprocess
import sys
from unittest.mock import patch

import pytest
import yaml
from django.conf import settings
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import override_settings
from django.urls import reverse

from operations.environment import DEVELOPMENT_SECRET_KEY

PRODUCTION = {
    "ALLOWED_HOSTS": "www.example.com",
    "CACHE_URL": "redis://cache.example:6379/0",
    "DEBUG": "false",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.com:587",
    "SECRET_KEY": "of its own, and as long as Django wants it: 0123456789",
    "USE_HTTPS": "true",
}
# A variable takes precedence over .env, which may exist beside manage.py.
NOT_FROM_FILE = {"DATABASE_URL": "sqlite://:memory:", "DEBUG": "", "SECRET_KEY": ""}


def load(**environment):
    """Return the settings, a dictionary, that settings.py has with only these variables."""
    with patch.dict(os.environ, NOT_FROM_FILE | environment, clear=True):
        return runpy.run_path(str(settings.BASE_DIR / "django_project/settings.py"))


def django(*arguments, **environment):
    """Run manage.py with only the variables of `environment`; return the finished process."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=kept | NOT_FROM_FILE | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_starts_and_passes_the_check_for_deployment():
    process = django("check", "--deploy", "--fail-level=WARNING", **PRODUCTION)
    assert process.returncode == 0, process.stderr


def test_the_check_for_deployment_warns_without_a_shared_cache_and_a_mail_server():
    missing = {"CACHE_URL": "", "EMAIL_URL": ""}
    process = django("check", "--deploy", "--fail-level=WARNING", **PRODUCTION | missing)
    assert process.returncode != 0
    for name in missing:
        assert name in process.stderr


def test_development_starts_without_a_secret():
    assert load(DEBUG="true")["SECRET_KEY"] == DEVELOPMENT_SECRET_KEY


def test_a_bad_configuration_is_one_sentence_without_a_traceback():
    process = django("check", **PRODUCTION | {"ALLOWED_HOSTS": ""})
    assert process.returncode != 0
    assert process.stderr.startswith("Not started. ALLOWED_HOSTS is empty, and DEBUG is off")
    assert "Traceback" not in process.stderr


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing, or is the development one"),
        ({"SECRET_KEY": DEVELOPMENT_SECRET_KEY}, "SECRET_KEY is missing, or is the"),
        ({"DEBUG": "true", "PRODUCTION": "true"}, "DEBUG is on in the image for production"),
        ({"REPLICAS": "2"}, "REPLICAS is more than 1, and the database is SQLite"),
    ],
)
def test_production_refuses_to_start_with_a_bad_configuration(environment, sentence):
    with pytest.raises(ImproperlyConfigured, match=sentence):
        load(**PRODUCTION | environment)


RATE = "must be a number of requests per second, minute, hour or day, such as 100/minute, or "
DATABASE = "cannot be read. It must look like postgres://user:password@host:5432/name"
CACHE = "cannot be read. It must look like redis://:password@host:6379/0"
EMAIL = "cannot be read. It must look like smtp+tls://user:password@host:587"
SENTRY = "cannot be read. It must look like https://key@host/1"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("DEBUG", "maybe", "must be true or false; received 'maybe'."),
        ("USE_HTTPS", "2", "must be true or false; received '2'."),
        ("SLOW_QUERY_MS", "2s", "must be a whole number, 0 or greater; received '2s'."),
        ("NUM_PROXIES", "", "must be a whole number, 0 or greater; received ''."),
        ("HSTS_SECONDS", "-1", "must be a whole number, 0 or greater; received '-1'."),
        ("THROTTLE_USER", "many", f"{RATE}empty for no limit; received 'many'."),
        ("THROTTLE_LOGIN", "5/fortnight", f"{RATE}empty for no limit; received '5/fortnight'."),
        ("DATABASE_URL", "secret", DATABASE),
        ("DATABASE_URL", "postgresq://u:secret@h/n", DATABASE),
        ("DATABASE_URL", "postgres://u:secret@h:p/n", DATABASE),
        ("DATABASE_URL", "mysql://u:secret@h/n", DATABASE),
        ("CACHE_URL", "secret", CACHE),
        ("CACHE_URL", "radis://:secret@h", CACHE),
        ("EMAIL_URL", "secret", EMAIL),
        ("EMAIL_URL", "smtp://u:secret@h:p", EMAIL),
        ("TASK_WORKERS", "one", "must be a whole number, 0 or greater; received 'one'."),
        ("SENTRY_DSN", "secret", SENTRY),
        ("SENTRY_DSN", "https://host/secret", SENTRY),
        ("SECRET_KEY_FILE", "/secret/missing", "must name a readable text file."),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_with_a_sentence(name, value, message):
    with pytest.raises(ImproperlyConfigured) as error:
        load(**PRODUCTION | {name: value})
    assert str(error.value) == f"{name} {message}"
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("url", "engine", "options"),
    [
        ("", "sqlite3", {"timeout": 20}),
        ("sqlite:////tmp/shop.sqlite3", "sqlite3", {"timeout": 20}),
        (
            "postgres://name:word@host:5432/shop?sslmode=require",
            "postgresql",
            {"sslmode": "require", "pool": {"timeout": 3, "reconnect_timeout": 1}},
        ),
    ],
)
def test_the_database_is_chosen_by_its_url(url, engine, options):
    database = load(**PRODUCTION | {"DATABASE_URL": url})["DATABASES"]["default"]
    assert database["ENGINE"] == f"django.db.backends.{engine}"
    assert options.items() <= database["OPTIONS"].items()


def test_without_a_url_the_cache_is_in_memory():
    cache = load(**PRODUCTION | {"CACHE_URL": ""})["CACHES"]["default"]
    assert cache["BACKEND"].endswith(".LocMemCache")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"DEBUG": "true", "USE_HTTPS": "", "EMAIL_URL": ""}, ("console",)),
        ({"EMAIL_URL": ""}, ("smtp", "localhost", 25, None, None, False, False, 10)),
        (
            {"EMAIL_URL": "smtp+tls://ada:s%40cret@mail.example:587"},
            ("smtp", "mail.example", 587, "ada", "s@cret", True, False, 10),
        ),
        (
            {"EMAIL_URL": "smtp+ssl://mail.example:465"},
            ("smtp", "mail.example", 465, None, None, False, True, 10),
        ),
        ({"EMAIL_URL": "filemail:////tmp"}, ("filebased", "/tmp")),
    ],
)
def test_emails_are_sent_by_the_mail_server_of_the_url(environment, expected):
    loaded = load(**PRODUCTION | environment)
    # Django has MAILERS since version 6.1.
    names = [name for name in loaded if name.startswith("EMAIL_") or name == "MAILERS"]
    with override_settings(**{name: loaded[name] for name in names}):
        mailer = mail.mailers.default if hasattr(mail, "mailers") else mail.get_connection()
    options = "host port username password use_tls use_ssl timeout file_path".split()
    found = [getattr(mailer, name) for name in options if hasattr(mailer, name)]
    assert (type(mailer).__module__.rpartition(".")[2], *found) == expected


def test_secrets_are_read_from_files(tmp_path):
    files = {}
    for name, text in {
        "SECRET_KEY": "of its own\n",
        "SECRET_KEY_FALLBACKS": "one,another\n",
        "DATABASE_URL": "postgres://name:word@host:5432/shop\n",
        "CACHE_URL": "redis://:word@host:6379/0\n",
    }.items():
        files[f"{name}_FILE"] = str(tmp_path / name)
        (tmp_path / name).write_text(text)
    loaded = load(**PRODUCTION | files)
    assert loaded["SECRET_KEY"] == "of its own"
    assert loaded["SECRET_KEY_FALLBACKS"] == ["one", "another"]
    assert loaded["DATABASES"]["default"]["NAME"] == "shop"
    assert loaded["CACHES"]["default"]["LOCATION"] == "redis://:word@host:6379/0"


def test_errors_are_reported_where_a_dsn_is_set_without_personal_data():
    code = (
        "import sentry_sdk; client = sentry_sdk.get_client();"
        "print(client.dsn, client.should_send_default_pii())"
    )
    dsn = "https://key@errors.example/1"
    process = django("shell", "-v0", "-c", code, SENTRY_DSN=dsn, **PRODUCTION)
    assert process.stdout.strip() == f"{dsn} False"


def test_without_a_dsn_nothing_is_imported_to_report_errors():
    code = "import sys; print('sentry_sdk' in sys.modules)"
    process = django("shell", "-v0", "-c", code, **PRODUCTION)
    assert process.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("path", "expected"), [("/back-office", "back-office/"), ("", "admin/"), ("/", "admin/")]
)
def test_the_environment_sets_the_path_of_the_admin(path, expected):
    assert load(**PRODUCTION, ADMIN_PATH=path)["ADMIN_PATH"] == expected
    assert reverse("admin:index") == f"/{settings.ADMIN_PATH}"


def test_a_line_of_the_log_is_json_with_the_request_id():
    code = (
        "import logging; from operations.logs import request_id; request_id.set('12345678');"
        "logging.getLogger('shop').warning('It is %s.', 'so')"
    )
    process = django("shell", "-v0", "-c", code, **PRODUCTION)
    line = json.loads(process.stderr.splitlines()[-1])
    assert line.pop("time")
    assert line == {
        "level": "WARNING",
        "logger": "shop",
        "message": "It is so.",
        "request_id": "12345678",
    }


def test_no_migration_is_missing(db):
    call_command("makemigrations", check=True, dry_run=True)


def test_the_schema_is_valid_and_the_committed_one(tmp_path):
    made = tmp_path / "openapi.yaml"
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(made))
    committed = settings.BASE_DIR / "openapi.yaml"
    # After an intended change: python manage.py spectacular --file openapi.yaml
    assert yaml.safe_load(made.read_text()) == yaml.safe_load(committed.read_text())


def test_the_environment_sets_the_throttle_rates():
    names = [f"THROTTLE_{name}" for name in ("ANONYMOUS", "USER", "LOGIN", "LOGIN_ACCOUNT")]

    def get_rates(*values):
        environment = PRODUCTION | dict(zip(names, values, strict=False))
        return list(load(**environment)["REST_FRAMEWORK"]["DEFAULT_THROTTLE_RATES"].values())

    assert get_rates() == ["3000/minute", "6000/minute", "20/minute", "60/minute"]
    rates = ["1/day", "2/day", "3/day", "4/day"]
    assert get_rates(*rates) == rates
    assert get_rates("", "", "", "") == [None] * 4


def test_the_environment_sets_the_trusted_proxies():
    def get_values(**environment):
        loaded = load(**PRODUCTION | environment)
        proxies = loaded["TRUSTED_PROXIES"], loaded["REST_FRAMEWORK"]["NUM_PROXIES"]
        return *proxies, loaded["CSRF_TRUSTED_ORIGINS"]

    assert get_values() == ([], 0, [])
    environment = {
        "TRUSTED_PROXIES": "caddy,10.0.0.0/8",
        "NUM_PROXIES": "2",
        "CSRF_TRUSTED_ORIGINS": "https://www.example.com",
    }
    expected = (["caddy", "10.0.0.0/8"], 2, ["https://www.example.com"])
    assert get_values(**environment) == expected


def test_cookies_are_not_sent_from_other_sites():
    assert settings.SESSION_COOKIE_SAMESITE == settings.CSRF_COOKIE_SAMESITE == "Lax"
    assert settings.SESSION_COOKIE_HTTPONLY

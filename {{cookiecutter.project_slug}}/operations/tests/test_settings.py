"""The settings, and what depends on all apps: the schema and the migrations."""

import json
import os
import subprocess
import sys

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command


def django(*arguments, **environment):
    """Run manage.py with only the variables of `environment`; return the finished process."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        # A variable takes precedence over .env, which may exist beside manage.py.
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
    "ALLOWED_HOSTS": "www.example.com",
    "CACHE_URL": "redis://cache.example:6379/0",
    "DEBUG": "false",
    "SECRET_KEY": "of its own, and as long as Django wants it: 0123456789",
    "USE_HTTPS": "true",
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
    assert process.stderr.startswith(f"Not started. {sentence}")
    assert "Traceback" not in process.stderr


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
    process = django("check", **PRODUCTION | {name: value})
    assert process.returncode != 0
    assert process.stderr == f"Not started. {name} {message}\n"
    assert "secret" not in process.stderr


@pytest.mark.parametrize(
    ("name", "value", "expression", "expected"),
    [
        ("THROTTLE_USER", "", "settings.REST_FRAMEWORK['DEFAULT_THROTTLE_RATES']['user']", "None"),
        ("DATABASE_URL", "sqlite:////d/x", "settings.DATABASES['default']['NAME']", "/d/x"),
        ("CACHE_URL", "", "settings.CACHES['default']['BACKEND'].split('.')[-1]", "LocMemCache"),
    ],
)
def test_a_value_that_makes_sense_is_used(name, value, expression, expected):
    assert evaluate(expression, **PRODUCTION | {name: value}) == expected


def evaluate(expression, **environment):
    """Return the value of an expression that uses `settings`, with `environment` set."""
    code = f"from django.conf import settings; print({expression})"
    process = django("shell", "-v0", "-c", code, **environment)
    assert process.returncode == 0, process.stderr
    return process.stdout.strip()


MAILER = """
from django.core import mail
mailer = mail.mailers.default if hasattr(mail, "mailers") else mail.get_connection()
print(type(mailer).__module__.rpartition(".")[2])
print(*(getattr(mailer, name, "-") for name in "host port username password".split()))
print(*(getattr(mailer, name, "-") for name in "use_tls use_ssl timeout".split()))
"""


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"DEBUG": "true", "USE_HTTPS": ""}, ["console", "- - - -", "- - -"]),
        ({}, ["smtp", "localhost 25 None None", "False False 10"]),
        (
            {"EMAIL_URL": "smtp+tls://ada:s%40cret@mail.example:587"},
            ["smtp", "mail.example 587 ada s@cret", "True False 10"],
        ),
        (
            {"EMAIL_URL": "smtp+ssl://mail.example:465"},
            ["smtp", "mail.example 465 None None", "False True 10"],
        ),
    ],
)
def test_emails_are_sent_by_the_mail_server_of_the_url(environment, expected):
    process = django("shell", "-v0", "-c", MAILER, **PRODUCTION | environment)
    assert process.stdout.splitlines() == expected, process.stderr


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
    expression = (
        "[settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS,"
        "settings.DATABASES['default']['NAME'], settings.CACHES['default']['LOCATION'], "
        "settings.SESSION_ENGINE.split('.')[-1]]"
    )
    assert evaluate(expression, **PRODUCTION | files) == str(
        ["of its own", ["one", "another"], "shop", "redis://:word@host:6379/0", "cached_db"]
    )


def test_errors_are_reported_where_a_dsn_is_set():
    expression = "__import__('sentry_sdk').get_client().dsn"
    dsn = "https://key@errors.example/1"
    assert evaluate(expression, SENTRY_DSN=dsn, **PRODUCTION) == dsn
    assert evaluate(expression, **PRODUCTION) == "None"


def test_the_environment_sets_the_path_of_the_admin():
    expression = "__import__('django').urls.reverse('admin:index')"
    assert evaluate(expression, ADMIN_PATH="/back-office", **PRODUCTION) == "/back-office/"
    for path in ("", "/"):
        assert evaluate(expression, ADMIN_PATH=path, **PRODUCTION) == "/admin/"


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


def test_development_starts_without_a_secret():
    assert django("check", DEBUG="true").returncode == 0


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", "sqlite3 20"),
        ("sqlite:////tmp/shop.sqlite3", "sqlite3 20"),
        ("postgres://name:word@host:5432/shop?sslmode=require", "postgresql None"),
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
    # After an intended change: python manage.py spectacular --file openapi.yaml
    assert yaml.safe_load(made.read_text()) == yaml.safe_load(committed.read_text())


def test_the_check_for_deployment_warns_about_a_cache_that_is_not_shared():
    process = django("check", "--deploy", "--fail-level=WARNING", **PRODUCTION | {"CACHE_URL": ""})
    assert process.returncode != 0
    assert "CACHE_URL" in process.stderr


def test_the_options_of_the_database_url_are_used():
    url = "postgres://name:word@host:5432/shop?sslmode=require"
    database = "settings.DATABASES['default']"
    expression = (
        f"{database}['OPTIONS']['sslmode'], {database}['OPTIONS']['pool'], "
        f"{database}['CONN_HEALTH_CHECKS']"
    )
    assert evaluate(expression, DATABASE_URL=url, **PRODUCTION) == "require {'timeout': 3} True"


def test_an_error_report_has_no_personal_data():
    expression = "__import__('sentry_sdk').get_client().options['send_default_pii']"
    assert evaluate(expression, SENTRY_DSN="https://key@errors.example/1", **PRODUCTION) == "False"


def test_the_environment_sets_the_throttle_rates():
    expression = "*settings.REST_FRAMEWORK['DEFAULT_THROTTLE_RATES'].values()"
    names = ("THROTTLE_ANONYMOUS", "THROTTLE_USER", "THROTTLE_LOGIN")
    assert evaluate(expression, **PRODUCTION) == "3000/minute 6000/minute 20/minute"
    rates = dict(zip(names, ("1/day", "2/day", "3/day"), strict=True))
    assert evaluate(expression, **PRODUCTION | rates) == "1/day 2/day 3/day"
    assert evaluate(expression, **PRODUCTION | dict.fromkeys(names, "")) == "None None None"


def test_the_environment_sets_the_trusted_proxies():
    expression = (
        "settings.TRUSTED_PROXIES, settings.REST_FRAMEWORK['NUM_PROXIES'],"
        "settings.CSRF_TRUSTED_ORIGINS"
    )
    assert evaluate(expression, **PRODUCTION) == "[] 0 []"
    environment = {
        "TRUSTED_PROXIES": "caddy,10.0.0.0/8",
        "NUM_PROXIES": "2",
        "CSRF_TRUSTED_ORIGINS": "https://www.example.com",
    }
    expected = "['caddy', '10.0.0.0/8'] 2 ['https://www.example.com']"
    assert evaluate(expression, **PRODUCTION | environment) == expected


def test_cookies_are_not_sent_from_other_sites():
    expression = (
        "settings.SESSION_COOKIE_SAMESITE, settings.CSRF_COOKIE_SAMESITE,"
        "settings.SESSION_COOKIE_HTTPONLY"
    )
    assert evaluate(expression, **PRODUCTION) == "Lax Lax True"

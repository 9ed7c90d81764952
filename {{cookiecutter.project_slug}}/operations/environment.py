"""Reads environment variables. A value that makes no sense raises ImproperlyConfigured.

The message is one sentence that begins with the variable's name, and never shows a
value that may be secret. A variable with `_FILE` at its end names a file that holds
the value. https://django-environ.readthedocs.io/en/stable/tips.html#docker-style-file-based-variables
"""

import re
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django import VERSION
from django.core.exceptions import ImproperlyConfigured
from environ import FileAwareEnv

DEVELOPMENT_SECRET_KEY = "only-for-development-and-known-to-everyone"

# The schemes of a database URL; all but the last one mean PostgreSQL.
DATABASE_SCHEMES = ("postgres", "postgresql", "psql", "pgsql", "postgis", "sqlite")

env = FileAwareEnv()


def text(name: str, default: str = "") -> str:
    """Return the value of the variable without spaces and newlines around it."""
    try:
        return env.ENVIRON.get(name, default).strip()
    except (OSError, UnicodeDecodeError):
        raise ImproperlyConfigured(f"{name}_FILE must name a readable text file.") from None


def words(name: str, default: Iterable[str] = ()) -> list[str]:
    """Return the values between the commas as a list, `default` if the variable is not set."""
    values = text(name, ",".join(default)).split(",")
    return [value.strip() for value in values if value.strip()]


def boolean(name: str, default: bool = False) -> bool:
    """Return whether the variable is on; `default` if it is empty or not set."""
    value = text(name).lower() or str(default).lower()
    if value in env.BOOLEAN_TRUE_STRINGS:
        return True
    if value in ("false", "off", "n", "no", "0", "f"):
        return False
    raise ImproperlyConfigured(f"{name} must be true or false; received {value!r}.")


def integer(name: str, default: int) -> int:
    """Return the variable as a whole number, 0 or greater."""
    value = text(name, str(default))
    if not re.fullmatch(r"[0-9]{1,9}", value):
        raise ImproperlyConfigured(
            f"{name} must be a whole number, 0 or greater; received {value!r}."
        )
    return int(value)


def rate(name: str, default: str) -> str | None:
    """Return the variable as a rate for DRF's throttles, or None (no limit) if it is empty."""
    value = text(name, default)
    if value and not re.fullmatch(r"[0-9]{1,9}/(second|minute|hour|day)", value):
        raise ImproperlyConfigured(
            f"{name} must be a number of requests per second, minute, hour or day, such as "
            f"100/minute, or empty for no limit; received {value!r}."
        )
    return value or None


def url(name: str, parse: Callable[[str], Any], schemes: Iterable[str], example: str) -> Any:
    """Return `parse` of the URL in the variable, or None if it is empty.

    The error message has an example instead of the value, which may hold a password.
    """
    value = text(name)
    try:
        if value and value.partition("://")[0] not in schemes:
            raise ValueError
        return parse(value) if value else None
    except ValueError:
        raise ImproperlyConfigured(f"{name} cannot be read. It must look like {example}") from None


def debug(name: str) -> bool:
    """Return whether debug mode is on, which the production image refuses."""
    is_on = boolean(name)
    if is_on and boolean("PRODUCTION"):
        raise ImproperlyConfigured(
            f"{name} is on in the image for production, where it would show settings and code "
            f"to every visitor. Unset {name}, or use the image for development."
        )
    return is_on


def secret_key(name: str, debug: bool) -> str:
    """Return the secret key in the variable, or in debug mode the development key."""
    key = text(name) or (DEVELOPMENT_SECRET_KEY if debug else "")
    if not debug and key in ("", DEVELOPMENT_SECRET_KEY):
        raise ImproperlyConfigured(
            f"{name} is missing, or is the development one, and DEBUG is off. In production, "
            f"set {name} to a long random value. For development, copy .env.example to .env, "
            "which sets DEBUG=true."
        )
    return key


def allowed_hosts(name: str, debug: bool) -> list[str]:
    """Return the host names in the variable. In debug mode, the default is local names."""
    hosts = words(name, ["localhost", "127.0.0.1", "[::1]", "0.0.0.0", "web"] if debug else [])
    if not (debug or hosts):
        raise ImproperlyConfigured(
            f"{name} is empty, and DEBUG is off: every request would be a 400. Set it to "
            "the host names of the site, separated by commas."
        )
    return hosts


def database(name: str, sqlite_path: Path) -> dict[str, Any]:
    """Return the setting for the database URL in the variable, or for SQLite if it is empty.

    The database is PostgreSQL or SQLite, and not SQLite if REPLICAS is more than 1.
    """
    example = "postgres://user:password@host:5432/name"
    config = url(name, env.db_url_config, DATABASE_SCHEMES, example) or {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": sqlite_path,
    }
    if config["ENGINE"] == "django.db.backends.sqlite3":
        if integer("REPLICAS", 1) > 1:
            raise ImproperlyConfigured(
                "REPLICAS is more than 1, and the database is SQLite: a file, which only one "
                "machine has. Set REPLICAS=1, or DATABASE_URL to a PostgreSQL server."
            )
        # Reads do not wait for a write, and a second write waits for the first.
        # https://docs.djangoproject.com/en/stable/ref/databases/#sqlite-notes
        options = {
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
        }
    else:
        # The pool checks each connection before it hands it out, and raises an exception
        # if none is free within 3 seconds. After a second without success, it stops trying
        # to connect, and the next request tries again: by default, the pauses between its
        # attempts grow, and go on after the database is back. random_page_cost is for an
        # SSD, as in managed databases: PostgreSQL's default, 4, is for a hard disk.
        # https://docs.djangoproject.com/en/stable/ref/databases/#connection-pool
        # https://www.psycopg.org/psycopg3/docs/advanced/prepare.html
        config["CONN_HEALTH_CHECKS"] = True
        options = {
            # Without this, an attempt takes minutes if the server's machine is down.
            "connect_timeout": 2,
            "pool": {"timeout": 3, "reconnect_timeout": 1},
            "options": "-c random_page_cost=1.1",
            "server_side_binding": True,
            "prepare_threshold": 5,
        }
    return config | {"OPTIONS": options | config.get("OPTIONS", {})}


def caches(name: str) -> dict[str, Any]:
    """Return the setting of all caches, with the one at the URL in the variable as `default`.

    If it is empty, the default cache is in local memory. The cache `process` always is: it
    counts login attempts while the other one is unavailable.
    """
    local: dict[str, Any] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    example = "redis://:password@host:6379/0"
    config = url(name, env.cache_url_config, env.CACHE_SCHEMES, example) or local
    if "redis" in config["BACKEND"]:
        config["BACKEND"] = "operations.cache.RedisCache"
        config["OPTIONS"] = {"socket_connect_timeout": 1, "socket_timeout": 1} | config.get(
            "OPTIONS", {}
        )
    process = local | {"LOCATION": "process", "OPTIONS": {"MAX_ENTRIES": 10_000}}
    return {"default": config, "process": process}


def email(name: str, default: str) -> dict[str, Any]:
    """Return the settings for the mail server URL in the variable, by their names.

    Django has MAILERS since version 6.1, and EMAIL_HOST and so on before.
    https://docs.djangoproject.com/en/stable/topics/email/
    """
    example = "smtp+tls://user:password@host:587"
    config = url(name, env.email_url_config, env.EMAIL_SCHEMES, example)
    config = config or env.email_url_config(default)
    # A mail server that does not respond must not hold up the process.
    config["EMAIL_TIMEOUT"] = 10
    if VERSION < (6, 1):
        return config
    options = {}
    if "filebased" in config["EMAIL_BACKEND"]:
        options = {"file_path": config["EMAIL_FILE_PATH"]}
    if "smtp" in config["EMAIL_BACKEND"]:
        options = {
            "host": config["EMAIL_HOST"],
            "port": config["EMAIL_PORT"],
            "username": config["EMAIL_HOST_USER"],
            "password": config["EMAIL_HOST_PASSWORD"],
            "use_tls": config.get("EMAIL_USE_TLS", False),
            "use_ssl": config.get("EMAIL_USE_SSL", False),
            "timeout": config["EMAIL_TIMEOUT"],
        }
    return {"MAILERS": {"default": {"BACKEND": config["EMAIL_BACKEND"], "OPTIONS": options}}}


def project(path: Path) -> dict[str, str]:
    """Return title, description and byline from the pyproject.toml at `path`, as a dictionary."""
    pyproject = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        "title": pyproject["tool"]["django_project"]["title"],
        "description": pyproject["project"]["description"],
        "byline": pyproject["tool"]["django_project"]["byline"],
    }

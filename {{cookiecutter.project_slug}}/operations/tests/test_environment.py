"""Environment variables, read in this process; operations/tests/test_settings.py starts others."""

from functools import partial

import pytest
from django.core.exceptions import ImproperlyConfigured

from operations import environment


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (environment.text, " spaces \n", "spaces"),
        (environment.words, "one, two,", ["one", "two"]),
        (environment.boolean, "on", True),
        (environment.boolean, "", False),
        (partial(environment.integer, default=7), "12", 12),
        (partial(environment.rate, default="1/day"), "2/hour", "2/hour"),
        (partial(environment.rate, default="1/day"), "", None),
    ],
)
def test_a_valid_value_is_read(monkeypatch, read, value, expected):
    monkeypatch.setenv("VARIABLE", value)
    assert read("VARIABLE") == expected


@pytest.mark.parametrize(
    "read",
    [
        environment.boolean,
        partial(environment.integer, default=7),
        partial(environment.rate, default="1/day"),
        partial(environment.database, sqlite_path="db.sqlite3"),
        environment.caches,
    ],
    ids=["boolean", "integer", "rate", "database", "cache"],
)
def test_an_invalid_value_is_refused_by_name(monkeypatch, read):
    monkeypatch.setenv("VARIABLE", "many")
    with pytest.raises(ImproperlyConfigured, match=r"^VARIABLE "):
        read("VARIABLE")


def test_a_missing_file_is_refused_by_name(monkeypatch):
    monkeypatch.delenv("VARIABLE", raising=False)
    monkeypatch.setenv("VARIABLE_FILE", "/nowhere")
    with pytest.raises(ImproperlyConfigured, match=r"^VARIABLE_FILE "):
        environment.text("VARIABLE")


def test_databases_and_caches_are_chosen_by_their_url(monkeypatch):
    monkeypatch.setenv("REPLICAS", "1")
    monkeypatch.setenv("DATABASE", "")
    assert environment.database("DATABASE", "file")["NAME"] == "file"
    monkeypatch.setenv("DATABASE", "postgres://user:word@host:5432/name?sslmode=require")
    database = environment.database("DATABASE", "file")
    assert database["CONN_HEALTH_CHECKS"]
    assert database["OPTIONS"]["sslmode"] == "require"
    monkeypatch.setenv("CACHE", "redis://:word@host:6379/0")
    assert environment.caches("CACHE")["default"]["OPTIONS"]["socket_timeout"] == 1
    monkeypatch.setenv("CACHE", "redis://:word@host:6379/0?socket_timeout=5")
    assert environment.caches("CACHE")["default"]["OPTIONS"]["socket_timeout"] == 5
    monkeypatch.setenv("REPLICAS", "2")
    monkeypatch.setenv("DATABASE", "")
    with pytest.raises(ImproperlyConfigured, match="REPLICAS"):
        environment.database("DATABASE", "file")

import os

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from operations.management.commands import migrate_once


@pytest.fixture
def responses(monkeypatch):
    """Return a list to fill with the database's responses: an exception, or None."""
    responses = []

    def ensure_connection(self):
        if response := responses.pop(0):
            raise response

    methods = {"ensure_connection": ensure_connection, "close": lambda self: None}
    monkeypatch.setattr(migrate_once, "connection", type("Connection", (), methods)())
    return responses


def test_migrate_once_waits_for_the_database_and_migrates(responses, monkeypatch):
    responses += [OperationalError("not yet"), None]
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    migrated = []
    monkeypatch.setattr(migrate_once, "call_command", lambda *args, **kwargs: migrated.append(args))
    call_command("migrate_once")
    assert migrated == [("migrate",)]
    assert responses == []


def test_migrate_once_gives_up(responses):
    responses += [OperationalError("no route to host")]
    with pytest.raises(CommandError, match=r"does not respond: no route to host"):
        call_command("migrate_once", "--timeout=-1")


def test_migrate_once_stays_as_a_sleeping_process(responses, monkeypatch, tmp_path):
    responses += [None]
    became = []
    monkeypatch.setattr(migrate_once, "call_command", lambda *args, **kwargs: None)
    monkeypatch.setattr(migrate_once, "DONE", tmp_path / "migrated")
    monkeypatch.setattr(os, "execvp", lambda name, command: became.append(command))
    call_command("migrate_once", "--stay")
    assert became == [["sleep", "infinity"]]
    assert (tmp_path / "migrated").exists()

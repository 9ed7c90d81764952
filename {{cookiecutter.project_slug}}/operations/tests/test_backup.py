"""Backups of an SQLite file. Those of PostgreSQL need its server and its tools."""

import json
import os
import sqlite3
import subprocess
import time
from contextlib import closing
from unittest.mock import Mock
from urllib.parse import urlsplit

import pytest


@pytest.fixture
def backup(load):
    """Return deploy/backup.py as a module."""
    return load("backup")


@pytest.fixture
def path(tmp_path, monkeypatch, backup):
    """Return the path of a database with one row, and save it to a folder of this test."""
    path = tmp_path / "data.sqlite3"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE item (name)")
        database.execute("INSERT INTO item VALUES ('old')")
        database.commit()
    monkeypatch.setattr(backup, "FOLDER", tmp_path / "backups")
    backup.FOLDER.mkdir()
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{path}")
    monkeypatch.delenv("DATABASE_URL_FILE", raising=False)
    return path


def names(path):
    with closing(sqlite3.connect(path)) as database:
        return [name for (name,) in database.execute("SELECT name FROM item")]


def change(path):
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE item SET name = 'new'")
        database.commit()


@pytest.fixture
def run(backup, monkeypatch):
    """Return a function that runs backup.py with `arguments`, and types `reply`."""

    def run(*arguments, reply=""):
        monkeypatch.setattr("sys.argv", ["backup.py", *arguments])
        monkeypatch.setattr("builtins.input", lambda prompt: reply)
        backup.main()

    mask = os.umask(0o022)
    yield run
    os.umask(mask)


def test_a_backup_is_listed_checked_and_restored(path, run, capsys):
    run("now")
    run("check")
    capsys.readouterr()
    run("list")
    (name,) = capsys.readouterr().out.split()
    change(path)
    run("restore", name, reply="yes")
    assert names(path) == ["old"]
    assert json.loads(capsys.readouterr().err)["message"] == f"Restored {name}."


def test_sha256sum_can_read_the_checksum(path, backup):
    name = backup.save().name
    line = (backup.FOLDER / f"{name}.sha256").read_text()
    assert line == f"{backup.checksum(backup.FOLDER / name)}  {name}\n"


def test_without_confirmation_nothing_is_changed(path, run):
    run("now")
    change(path)
    with pytest.raises(SystemExit, match="Nothing was changed"):
        run("restore", reply="y")
    assert names(path) == ["new"]


@pytest.mark.parametrize("with_its_own_sum", [True, False])
def test_a_damaged_backup_is_refused_and_nothing_is_changed(path, backup, run, with_its_own_sum):
    saved = backup.save()
    saved.write_bytes(saved.read_bytes()[:-4096] + b"x" * 4096)
    if with_its_own_sum:
        (backup.FOLDER / f"{saved.name}.sha256").write_text(backup.checksum(saved))
    change(path)
    with pytest.raises(SystemExit, match="Nothing was changed"):
        run("restore", "--yes")
    assert names(path) == ["new"]


@pytest.mark.parametrize("name", [None, "2026.sqlite3", "../data.sqlite3"])
def test_an_unknown_backup_cannot_be_restored(path, backup, name):
    with pytest.raises(SystemExit, match="There is no backup"):
        backup.restore(name, sure=True)


def test_a_backup_that_fails_leaves_nothing(path, backup):
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(sqlite3.DatabaseError):
        backup.save()
    assert list(backup.FOLDER.iterdir()) == []


def test_a_full_volume_leaves_neither_backup_nor_checksum(path, backup, monkeypatch):
    first = backup.save()
    monkeypatch.setattr(backup, "checksum", Mock(side_effect=OSError("No space left on device")))
    with pytest.raises(OSError, match="No space"):
        backup.save()
    assert backup.backups() == [first]
    assert len(list(backup.FOLDER.iterdir())) == 2


def test_only_the_owner_can_read_a_backup(path, backup, run):
    run("now")
    assert {file.stat().st_mode & 0o777 for file in backup.FOLDER.iterdir()} == {0o600}


def test_a_backup_from_the_future_does_not_count(path, backup, turns, capsys):
    future = backup.save()
    os.utime(future, (0, time.time() + 400 * 24 * backup.HOUR))
    with pytest.raises(SystemExit, match="from the future"):
        backup.check(hours=24)
    turns(3)
    assert len(backup.backups()) == 2
    assert f"{future.name} is from the future" in capsys.readouterr().err
    backup.check(hours=24)


def test_old_backups_are_deleted_but_never_the_newest(path, backup):
    first, second = backup.save(), backup.save()
    for saved in (first, second):
        os.utime(saved, (0, time.time() - 3 * 24 * backup.HOUR))
    backup.delete_old(days=4)
    assert backup.backups() == [first, second]
    backup.delete_old(days=2)
    assert backup.backups() == [second]
    assert not first.exists()


def test_the_check_fails_without_a_recent_backup(path, backup, run):
    with pytest.raises(SystemExit, match="no recent backup"):
        run("check")
    os.utime(backup.save(), (0, time.time() - 26 * backup.HOUR))
    with pytest.raises(SystemExit, match="no recent backup"):
        run("check")


def test_the_schedule_saves_when_due_and_survives_a_failure(path, backup, run, monkeypatch, capsys):
    naps = []

    def nap(seconds):
        naps.append(seconds)
        if len(naps) == 1:
            os.utime(backup.backups()[-1], (0, time.time() - 25 * backup.HOUR))
        elif len(naps) == 3:
            path.write_bytes(b"this is no database" * 100)
            os.utime(backup.backups()[-1], (0, time.time() - 25 * backup.HOUR))
        elif len(naps) == 4:
            raise SystemExit

    monkeypatch.setattr(time, "sleep", nap)
    monkeypatch.setattr("signal.signal", lambda *args: None)
    with pytest.raises(SystemExit):
        run("schedule")
    assert len(backup.backups()) == 2
    assert "could not be saved" in capsys.readouterr().err


def test_postgresql_gets_the_password_in_the_environment(tmp_path, backup, monkeypatch):
    url = tmp_path / "database_url"
    url.write_text("postgres://ada:a%2Fb@db:5433/shop?sslmode=require\n")
    monkeypatch.setenv("DATABASE_URL_FILE", str(url))
    commands = []
    monkeypatch.setattr(
        subprocess, "run", lambda command, env, check: commands.append((command, env))
    )
    backup.database().save(tmp_path / "dump")
    ((command, environment),) = commands
    assert command[0] == "pg_dump"
    assert "a/b" not in " ".join(command)
    expected = {"HOST": "db", "PORT": "5433", "USER": "ada", "PASSWORD": "a/b"}
    expected |= {"DATABASE": "shop", "SSLMODE": "require"}
    assert {f"PG{name}": value for name, value in expected.items()}.items() <= environment.items()


@pytest.mark.parametrize(
    ("reads", "commits"), [("printf 'SELECT 1;'", True), ("printf 'SELECT 1;'; exit 1", False)]
)
def test_postgresql_commits_only_a_complete_dump(tmp_path, backup, monkeypatch, reads, commits):
    # Stand-ins for PostgreSQL's tools: one prints, the other writes its input to a file.
    for name, script in (("pg_restore", reads), ("psql", f"cat > {tmp_path}/input")):
        tool = tmp_path / name
        tool.write_text(f"#!/bin/sh\n{script}\n")
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    database = backup.PostgreSQL(urlsplit("postgres://ada:word@db/shop"))
    if commits:
        database.restore("dump")
    else:
        with pytest.raises(SystemExit, match="Nothing was changed"):
            database.restore("dump")
    input = (tmp_path / "input").read_text()
    assert input.index("BEGIN;") < input.index("DROP SCHEMA") < input.index("SELECT 1;")
    assert input.endswith("COMMIT;\n") is commits


@pytest.fixture
def turns(path, run, monkeypatch):
    """Return a function that runs `count` rounds of the schedule, which saves `path`."""

    def run_turns(count):
        naps = iter(range(1, count))
        monkeypatch.setattr(time, "sleep", lambda seconds: next(naps))
        monkeypatch.setattr("signal.signal", lambda *args: None)
        with pytest.raises(StopIteration):
            run("schedule")

    return run_turns


@pytest.mark.parametrize(
    "error",
    [
        OSError("disk full"),
        sqlite3.OperationalError("locked"),
        subprocess.CalledProcessError(1, "pg_dump"),
    ],
)
def test_a_failure_is_logged_in_one_line_and_tried_again(turns, backup, monkeypatch, capsys, error):
    monkeypatch.setattr(backup, "save", Mock(side_effect=[error, error, None]))
    turns(3)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    expected = f"The database could not be saved: {error}"
    assert [(line["level"], line["message"]) for line in lines] == [("ERROR", expected)] * 2


def test_a_checksum_without_its_backup_does_not_count(turns, backup, capsys):
    old, gone = backup.save(), backup.save()
    gone.unlink()
    assert backup.backups() == [old]
    old.unlink()
    with pytest.raises(SystemExit, match="no recent backup"):
        backup.check(hours=24)
    turns(2)
    assert len(backup.backups()) == 1
    assert "could not be saved" not in capsys.readouterr().err


@pytest.mark.parametrize(("days", "is_kept"), [("1", True), ("0.1", False)])
def test_the_schedule_deletes_old_backups(turns, backup, monkeypatch, days, is_kept):
    old = backup.save()
    os.utime(old, (0, time.time() - 3 * backup.HOUR))
    monkeypatch.setenv("BACKUP_HOURS", "2")
    monkeypatch.setenv("BACKUP_KEEP_DAYS", days)
    turns(1)
    assert len(backup.backups()) == 1 + is_kept
    assert (old in backup.backups()) is is_kept


def test_an_error_of_psql_is_not_reported_as_success(tmp_path, backup, monkeypatch):
    # psql stops at an error only with ON_ERROR_STOP.
    stops = 'cat > /dev/null; case "$*" in *ON_ERROR_STOP=1*) exit 3;; esac'
    for name, script in (("pg_restore", "printf 'SELECT 1/0;'"), ("psql", stops)):
        tool = tmp_path / name
        tool.write_text(f"#!/bin/sh\n{script}\n")
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    database = backup.PostgreSQL(urlsplit("postgres://ada:word@db/shop"))
    with pytest.raises(SystemExit, match="Nothing was changed"):
        database.restore("dump")


@pytest.mark.parametrize("value", ["daily", "-1", "1e9"])
@pytest.mark.parametrize("name", ["BACKUP_HOURS", "BACKUP_KEEP_DAYS"])
def test_a_number_that_makes_no_sense_is_refused_with_a_sentence(run, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match=f"^Not started. {name} must be a number"):
        run("check")

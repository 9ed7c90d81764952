"""Backups of an SQLite file; those of PostgreSQL need its server and its tools."""

import json
import os
import sqlite3
import subprocess
import time
from contextlib import closing
from unittest.mock import Mock
from urllib.parse import urlsplit

import pytest

from operations import backup


@pytest.fixture
def path(tmp_path, monkeypatch):
    """Return the path of a database with one book, saved into a folder of this test."""
    path = tmp_path / "library.sqlite3"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE book (title)")
        database.execute("INSERT INTO book VALUES ('Emma')")
        database.commit()
    monkeypatch.setattr(backup, "FOLDER", tmp_path / "backups")
    backup.FOLDER.mkdir()
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{path}")
    monkeypatch.delenv("DATABASE_URL_FILE", raising=False)
    return path


def titles(path):
    with closing(sqlite3.connect(path)) as database:
        return [title for (title,) in database.execute("SELECT title FROM book")]


def change(path):
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE book SET title = 'Persuasion'")
        database.commit()


def run(monkeypatch, *arguments, answer=""):
    monkeypatch.setattr("sys.argv", ["backup.py", *arguments])
    monkeypatch.setattr("builtins.input", lambda question: answer)
    backup.main()


def test_a_backup_is_listed_checked_and_restored(path, monkeypatch, capsys):
    run(monkeypatch, "now")
    run(monkeypatch, "check")
    capsys.readouterr()
    run(monkeypatch, "list")
    (name,) = capsys.readouterr().out.split()
    change(path)
    run(monkeypatch, "restore", name, answer="yes")
    assert titles(path) == ["Emma"]
    assert json.loads(capsys.readouterr().err)["message"] == f"Restored {name}."


def test_the_checksum_is_one_that_sha256sum_reads(path):
    name = backup.save().name
    line = (backup.FOLDER / f"{name}.sha256").read_text()
    assert line == f"{backup.checksum(backup.FOLDER / name)}  {name}\n"


def test_without_a_yes_nothing_is_changed(path, monkeypatch):
    run(monkeypatch, "now")
    change(path)
    with pytest.raises(SystemExit, match="Nothing was changed"):
        run(monkeypatch, "restore", answer="y")
    assert titles(path) == ["Persuasion"]


@pytest.mark.parametrize("with_its_own_sum", [True, False])
def test_a_damaged_backup_is_refused_and_nothing_is_changed(path, monkeypatch, with_its_own_sum):
    saved = backup.save()
    saved.write_bytes(saved.read_bytes()[:-4096] + b"x" * 4096)
    if with_its_own_sum:
        (backup.FOLDER / f"{saved.name}.sha256").write_text(backup.checksum(saved))
    change(path)
    with pytest.raises(SystemExit, match="Nothing was changed"):
        run(monkeypatch, "restore", "--yes")
    assert titles(path) == ["Persuasion"]


@pytest.mark.parametrize("name", [None, "2026.sqlite3", "../library.sqlite3"])
def test_what_was_never_saved_cannot_be_restored(path, name):
    with pytest.raises(SystemExit, match="There is no backup"):
        backup.restore(name, sure=True)


def test_a_backup_that_fails_leaves_nothing(path):
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(sqlite3.DatabaseError):
        backup.save()
    assert list(backup.FOLDER.iterdir()) == []


def test_the_old_ones_are_thrown_away_but_never_the_newest(path):
    first, second = backup.save(), backup.save()
    for saved in (first, second):
        os.utime(saved, (0, time.time() - 3 * 24 * backup.HOUR))
    backup.throw_away(days=4)
    assert backup.backups() == [first, second]
    backup.throw_away(days=2)
    assert backup.backups() == [second]
    assert not first.exists()


def test_the_check_fails_without_a_new_backup(path, monkeypatch):
    with pytest.raises(SystemExit, match="no new backup"):
        run(monkeypatch, "check")
    os.utime(backup.save(), (0, time.time() - 26 * backup.HOUR))
    with pytest.raises(SystemExit, match="no new backup"):
        run(monkeypatch, "check")


def test_the_schedule_saves_when_it_is_time_and_outlives_a_failure(path, monkeypatch, capsys):
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
        run(monkeypatch, "schedule")
    assert len(backup.backups()) == 2
    assert "could not be saved" in capsys.readouterr().err


def test_the_password_of_postgresql_goes_by_the_environment(tmp_path, monkeypatch):
    url = tmp_path / "database_url"
    url.write_text("postgres://ada:a%2Fb@db:5433/books?sslmode=require\n")
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
    expected |= {"DATABASE": "books", "SSLMODE": "require"}
    assert {f"PG{name}": value for name, value in expected.items()}.items() <= environment.items()


@pytest.mark.parametrize(
    ("reads", "commits"), [("printf 'SELECT 1;'", True), ("printf 'SELECT 1;'; exit 1", False)]
)
def test_postgresql_commits_only_what_was_read_to_its_end(tmp_path, monkeypatch, reads, commits):
    # Instead of PostgreSQL's tools: one that prints, and one that keeps what it is told.
    for name, script in (("pg_restore", reads), ("psql", f"cat > {tmp_path}/told")):
        tool = tmp_path / name
        tool.write_text(f"#!/bin/sh\n{script}\n")
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    database = backup.PostgreSQL(urlsplit("postgres://ada:word@db/books"))
    if commits:
        database.restore("dump")
    else:
        with pytest.raises(SystemExit, match="Nothing was changed"):
            database.restore("dump")
    told = (tmp_path / "told").read_text()
    assert told.index("BEGIN;") < told.index("DROP SCHEMA") < told.index("SELECT 1;")
    assert told.endswith("COMMIT;\n") is commits


@pytest.fixture
def turns(path, monkeypatch):
    """Return a function that runs the schedule for so many turns; `path` is what it saves."""

    def run_turns(count):
        naps = iter(range(1, count))
        monkeypatch.setattr(time, "sleep", lambda seconds: next(naps))
        monkeypatch.setattr("signal.signal", lambda *args: None)
        with pytest.raises(StopIteration):
            run(monkeypatch, "schedule")

    return run_turns


@pytest.mark.parametrize(
    "error",
    [
        OSError("disk full"),
        sqlite3.OperationalError("locked"),
        subprocess.CalledProcessError(1, "pg_dump"),
    ],
)
def test_whatever_stops_a_backup_it_is_said_in_a_line_and_tried_again(
    turns, monkeypatch, capsys, error
):
    monkeypatch.setattr(backup, "save", Mock(side_effect=[error, error, None]))
    turns(3)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    expected = f"The database could not be saved: {error}"
    assert [(line["level"], line["message"]) for line in lines] == [("ERROR", expected)] * 2


def test_a_backup_of_which_the_checksum_alone_is_left_is_none(turns, capsys):
    old, gone = backup.save(), backup.save()
    gone.unlink()
    assert backup.backups() == [old]
    old.unlink()
    with pytest.raises(SystemExit, match="no new backup"):
        backup.check(hours=24)
    turns(2)
    assert len(backup.backups()) == 1
    assert "could not be saved" not in capsys.readouterr().err


@pytest.mark.parametrize(("days", "is_kept"), [("1", True), ("0.1", False)])
def test_what_is_too_old_is_thrown_away_on_schedule(turns, monkeypatch, days, is_kept):
    old = backup.save()
    os.utime(old, (0, time.time() - 3 * backup.HOUR))
    monkeypatch.setenv("BACKUP_HOURS", "2")
    monkeypatch.setenv("BACKUP_KEEP_DAYS", days)
    turns(1)
    assert len(backup.backups()) == 1 + is_kept
    assert (old in backup.backups()) is is_kept


def test_what_postgresql_refuses_is_not_said_to_be_restored(tmp_path, monkeypatch):
    # psql fails in the middle of what it reads only where it was told to stop there.
    stops = 'cat > /dev/null; case "$*" in *ON_ERROR_STOP=1*) exit 3;; esac'
    for name, script in (("pg_restore", "printf 'SELECT 1/0;'"), ("psql", stops)):
        tool = tmp_path / name
        tool.write_text(f"#!/bin/sh\n{script}\n")
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    database = backup.PostgreSQL(urlsplit("postgres://ada:word@db/books"))
    with pytest.raises(SystemExit, match="Nothing was changed"):
        database.restore("dump")

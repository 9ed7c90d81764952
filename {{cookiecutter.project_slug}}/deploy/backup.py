"""Saves the database, and restores it. Runs in the container `backup`.

    python3 deploy/backup.py now              saves it at once
    python3 deploy/backup.py list             lists what was saved, the newest last
    python3 deploy/backup.py restore [NAME]   puts back a backup, by default the newest
    python3 deploy/backup.py schedule         saves it each BACKUP_HOURS, and throws away
                                                  what is older than BACKUP_KEEP_DAYS
    python3 deploy/backup.py check            fails when the newest backup is too old

Needs Python's standard library, and the tools of PostgreSQL where that is used.
"""

import argparse
import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

FOLDER = Path(os.environ.get("BACKUP_FOLDER", "/backups"))
HOUR = 3600

# A whole schema goes and comes in one transaction: who reads meanwhile waits, and
# what fails leaves all as it was.
# https://www.postgresql.org/docs/current/app-pgdump.html
BEFORE = b"""
BEGIN;
SET LOCAL lock_timeout = '30s';
SET LOCAL client_min_messages = warning;
DROP SCHEMA public CASCADE;
CREATE SCHEMA public AUTHORIZATION pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC;
"""
AFTER = b"COMMIT;\n"


def log(message, level="INFO"):
    """Print a line like those of the other containers."""
    line = {"time": f"{datetime.now(UTC):%F %T}", "level": level, "message": message}
    print(json.dumps(line), file=sys.stderr, flush=True)


class SQLite:
    """An SQLite file, saved and restored by its online backup.

    https://www.sqlite.org/backup.html
    """

    suffix = ".sqlite3"

    def __init__(self, url):
        self.path = url.path[1:]

    def copy(self, source, target):
        """Copy the database of one path over that of another, whole or not at all."""
        with (
            closing(sqlite3.connect(source, timeout=30)) as source,
            closing(sqlite3.connect(target, timeout=30)) as target,
        ):
            source.backup(target)

    def save(self, path):
        """Write a copy of the database to `path`. Raises sqlite3.Error."""
        self.copy(self.path, path)

    def restore(self, path):
        """Replace the database by the copy at `path`. Raises SystemExit where it is damaged."""
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as copy:
                ((verdict,), *_) = copy.execute("PRAGMA integrity_check").fetchall()
            if verdict == "ok":
                self.copy(path, self.path)
        except sqlite3.DatabaseError as error:
            verdict = error
        if verdict != "ok":
            raise SystemExit(f"Nothing was changed. The backup is damaged: {verdict}")


class PostgreSQL:
    """A PostgreSQL database, saved and restored by PostgreSQL's own tools."""

    suffix = ".dump"

    def __init__(self, url):
        # The tools read this; on their command line, everybody could.
        self.environment = {
            **os.environ,
            "PGHOST": url.hostname or "",
            "PGPORT": str(url.port or 5432),
            "PGUSER": unquote(url.username or ""),
            "PGPASSWORD": unquote(url.password or ""),
            "PGDATABASE": unquote(url.path[1:]),
            "PGCONNECT_TIMEOUT": "10",
            **{f"PG{name.upper()}": value for name, value in parse_qsl(url.query)},
        }

    def save(self, path):
        """Write a dump to `path`. Raises subprocess.CalledProcessError."""
        dump = ("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={path}")
        subprocess.run(dump, env=self.environment, check=True)

    def restore(self, path):
        """Replace what is in the database by the dump at `path`.

        Commits only when the dump was read to its end. Raises SystemExit otherwise.
        """
        read = ("pg_restore", "--no-owner", "--no-privileges", "--file=-", str(path))
        write = ("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1")
        with (
            subprocess.Popen(read, stdout=subprocess.PIPE) as reader,
            subprocess.Popen(
                write, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=self.environment
            ) as writer,
        ):
            try:
                writer.stdin.write(BEFORE)
                for block in iter(lambda: reader.stdout.read(1 << 16), b""):
                    writer.stdin.write(block)
                if reader.wait() == 0:
                    writer.stdin.write(AFTER)
                writer.stdin.close()
            except BrokenPipeError:
                reader.kill()
        if reader.returncode or writer.returncode:
            raise SystemExit("Nothing was changed. The backup could not be read, or not written.")


def database():
    """Return the database that DATABASE_URL, or the file DATABASE_URL_FILE, names."""
    file = os.environ.get("DATABASE_URL_FILE")
    url = urlsplit(Path(file).read_text().strip() if file else os.environ["DATABASE_URL"])
    return SQLite(url) if url.scheme == "sqlite" else PostgreSQL(url)


def checksum(path):
    """Return the SHA-256 of the file at `path`, as text."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def backups():
    """Return the paths of the finished backups, the oldest first.

    A checksum alone, whose backup somebody has moved away, is none.
    """
    paths = (path.with_suffix("") for path in FOLDER.glob("*.sha256"))
    return sorted(path for path in paths if path.exists())


def age(path):
    """Return how many seconds ago the backup at `path` was finished."""
    return time.time() - path.stat().st_mtime


def save():
    """Save the database and return the path of the backup: there whole, or not at all."""
    source = database()
    path = FOLDER / f"{datetime.now(UTC):%Y-%m-%dT%H%M%S.%fZ}{source.suffix}"
    part = path.with_name(f".{path.name}")
    try:
        source.save(part)
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)
    # As sha256sum writes it, and checks it: sha256sum --check *.sha256
    Path(f"{path}.sha256").write_text(f"{checksum(path)}  {path.name}\n")
    log(f"Saved {path.name}, {path.stat().st_size} bytes.")
    return path


def throw_away(days):
    """Delete the backups older than `days`, but never the newest."""
    for path in backups()[:-1]:
        if age(path) > days * 24 * HOUR:
            Path(f"{path}.sha256").unlink()
            path.unlink(missing_ok=True)
            log(f"Threw away {path.name}, which is older than {days:g} days.")


def restore(name, sure):
    """Replace what is in the database by the backup `name`, or by the newest.

    Asks first, unless `sure`. Raises SystemExit, with nothing changed, where the
    answer is no, and where the backup is missing, incomplete or damaged.
    """
    there = backups()
    path = FOLDER / name if name else (there or [FOLDER / "none"])[-1]
    if path not in there:
        raise SystemExit(f"Nothing was changed. There is no backup {path.name} with a checksum.")
    expected = Path(f"{path}.sha256").read_text().partition(" ")[0]
    if checksum(path) != expected:
        raise SystemExit(f"Nothing was changed. {path.name} is not what was saved: it is damaged.")
    if not sure and input(f"Replace ALL data by {path.name}? Type yes: ") != "yes":
        raise SystemExit("Nothing was changed.")
    database().restore(path)
    log(f"Restored {path.name}.")


def schedule(hours, days):
    """Save the database each time the newest backup is `hours` old, until told to stop."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    while True:
        there = backups()
        if not there or age(there[-1]) >= hours * HOUR:
            try:
                save()
                throw_away(days)
            except (OSError, sqlite3.Error, subprocess.CalledProcessError) as error:
                log(f"The database could not be saved: {error}", "ERROR")
        time.sleep(5)


def check(hours):
    """Raise SystemExit unless the newest backup is there, and not an hour late."""
    there = backups()
    if not there or age(there[-1]) > (hours + 1) * HOUR:
        raise SystemExit("There is no new backup.")


def main():
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description="Saves the database, and restores it.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("check", "list", "now", "schedule"):
        commands.add_parser(name)
    restoring = commands.add_parser("restore")
    restoring.add_argument("name", nargs="?", help="which backup (the newest)")
    restoring.add_argument("--yes", action="store_true", help="do not ask")
    options = parser.parse_args()
    hours = float(os.environ.get("BACKUP_HOURS", "24"))
    days = float(os.environ.get("BACKUP_KEEP_DAYS", "14"))
    if options.command == "now":
        save()
    elif options.command == "list":
        print("\n".join(path.name for path in backups()))
    elif options.command == "restore":
        restore(options.name, options.yes)
    elif options.command == "schedule":
        schedule(hours, days)
    else:
        check(hours)


if __name__ == "__main__":
    main()

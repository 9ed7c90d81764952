"""Saves and restores the database. Runs in the container `backup`.

    python3 deploy/backup.py now              saves it now
    python3 deploy/backup.py list             lists the backups, newest last
    python3 deploy/backup.py restore [NAME]   restores a backup, by default the newest
    python3 deploy/backup.py schedule         saves it every BACKUP_HOURS, and deletes
                                              backups older than BACKUP_KEEP_DAYS
    python3 deploy/backup.py check            fails if the newest backup is too old

Needs only Python and, for PostgreSQL, its command-line tools.
"""

import argparse
import hashlib
import json
import os
import re
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

# One transaction replaces the whole schema: readers wait for it, and a failure
# changes nothing.
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
    """Print a line of JSON, in the format of the other containers' logs."""
    line = {"time": f"{datetime.now(UTC):%F %T}", "level": level, "message": message}
    print(json.dumps(line), file=sys.stderr, flush=True)


class SQLite:
    """An SQLite file, saved and restored with the online backup API.

    https://www.sqlite.org/backup.html
    """

    suffix = ".sqlite3"

    def __init__(self, url):
        self.path = url.path[1:]

    def copy(self, source, target):
        """Copy the database at `source` over the one at `target`, completely or not at all."""
        with (
            closing(sqlite3.connect(source, timeout=30)) as source,
            closing(sqlite3.connect(target, timeout=30)) as target,
        ):
            source.backup(target)

    def save(self, path):
        """Write a copy of the database to `path`. Raises sqlite3.Error."""
        self.copy(self.path, path)

    def restore(self, path):
        """Replace the database with the copy at `path`. Raises SystemExit if it is damaged."""
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
    """A PostgreSQL database, saved with pg_dump and restored with pg_restore and psql."""

    suffix = ".dump"

    def __init__(self, url):
        # The tools read these. On the command line, every user could read the password.
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
        """Replace the data with the dump at `path`.

        Commits only after the dump was read to its end. Raises SystemExit otherwise.
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
            raise SystemExit("Nothing was changed. The backup could not be read or restored.")


def database():
    """Return the database of DATABASE_URL, or of the file that DATABASE_URL_FILE names."""
    file = os.environ.get("DATABASE_URL_FILE")
    url = urlsplit(Path(file).read_text().strip() if file else os.environ["DATABASE_URL"])
    return SQLite(url) if url.scheme == "sqlite" else PostgreSQL(url)


def checksum(path):
    """Return the SHA-256 of the file at `path` in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def backups():
    """Return the paths of the complete backups, oldest first.

    A checksum without its backup does not count.
    """
    paths = (path.with_suffix("") for path in FOLDER.glob("*.sha256"))
    return sorted(path for path in paths if path.exists())


def age(path):
    """Return the age of the backup at `path` in seconds."""
    return time.time() - path.stat().st_mtime


def is_from_future(path):
    """Return whether the backup at `path` was made before the clock was set back."""
    return age(path) < -60


def newest():
    """Return the path of the newest backup that is not from the future, or None."""
    past = [path for path in backups() if not is_from_future(path)]
    return past[-1] if past else None


def save():
    """Save the database, completely or not at all; return the path of the backup."""
    source = database()
    path = FOLDER / f"{datetime.now(UTC):%Y-%m-%dT%H%M%S.%fZ}{source.suffix}"
    part, sum_part = FOLDER / f".{path.name}", FOLDER / f".{path.name}.sha256"
    try:
        source.save(part)
        # In the format of `sha256sum --check`.
        sum_part.write_text(f"{checksum(part)}  {path.name}\n")
        part.rename(path)
        sum_part.rename(f"{path}.sha256")
    finally:
        part.unlink(missing_ok=True)
        sum_part.unlink(missing_ok=True)
    log(f"Saved {path.name}, {path.stat().st_size} bytes.")
    return path


def delete_old(days):
    """Delete the backups older than `days`, but never the newest."""
    kept = newest()
    for path in backups():
        if age(path) > days * 24 * HOUR and path != kept:
            Path(f"{path}.sha256").unlink()
            path.unlink(missing_ok=True)
            log(f"Deleted {path.name}, which is older than {days:g} days.")


def restore(name, sure):
    """Replace the data with the backup `name`, by default the newest.

    Asks for confirmation, unless `sure`. Raises SystemExit, with nothing changed,
    without it, and if the backup is missing, incomplete or damaged.
    """
    existing = backups()
    if not existing:
        raise SystemExit("Nothing was changed. There is no backup.")
    path = FOLDER / name if name else newest() or existing[-1]
    if path not in existing:
        raise SystemExit(f"Nothing was changed. There is no backup {path.name} with a checksum.")
    expected = Path(f"{path}.sha256").read_text().partition(" ")[0]
    if checksum(path) != expected:
        raise SystemExit(f"Nothing was changed. {path.name} is damaged: its checksum differs.")
    if not sure and input(f"Replace ALL data with {path.name}? Type yes: ") != "yes":
        raise SystemExit("Nothing was changed.")
    database().restore(path)
    log(f"Restored {path.name}.")


def schedule(hours, days):
    """Save the database whenever the newest backup is `hours` old, until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    while True:
        path = newest()
        if not path or age(path) >= hours * HOUR:
            for future in filter(is_from_future, backups()):
                log(f"{future.name} is from the future, so it does not count.", "WARNING")
            try:
                save()
                delete_old(days)
            except (OSError, sqlite3.Error, subprocess.CalledProcessError) as error:
                log(f"The database could not be saved: {error}", "ERROR")
        time.sleep(5)


def check(hours):
    """Raise SystemExit unless there is a backup that is at most an hour late."""
    path = newest()
    if not path or age(path) > (hours + 1) * HOUR:
        message = "There is no recent backup."
        if any(map(is_from_future, backups())):
            message += " One is from the future, which does not count: is the clock right?"
        raise SystemExit(message)


def number(name, default):
    """Return the environment variable `name` as a number. Raises SystemExit if it is none."""
    value = os.environ.get(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]+)?", value):
        raise SystemExit(f"Not started. {name} must be a number, 0 or greater; received {value!r}.")
    return float(value)


def main():
    """Run the command on the command line."""
    parser = argparse.ArgumentParser(description="Saves and restores the database.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("check", "list", "now", "schedule"):
        commands.add_parser(name)
    restoring = commands.add_parser("restore")
    restoring.add_argument("name", nargs="?", help="which backup (the newest)")
    restoring.add_argument("--yes", action="store_true", help="do not ask for confirmation")
    options = parser.parse_args()
    # A backup has all data, so only its owner can read it.
    os.umask(0o077)
    hours, days = number("BACKUP_HOURS", 24), number("BACKUP_KEEP_DAYS", 14)
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

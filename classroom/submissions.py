"""Reads submissions (folders, zip files and repositories) into memory.

This module never runs submitted code, follows links, or writes to a path that a student chose.
"""

import os
import re
import stat
import subprocess
import tempfile
import zipfile
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

# More than a project of a class needs, and less than fills a disk.
MAX_BYTES = 20_000_000
MAX_FILES = 2_000
CLONE_SECONDS = 120
# A student can set the time of a commit, and later than the year 9999 is no date in Python.
LATEST = 4_000_000_000
# Files and folders that are not part of the student's work.
LEFT_OUT = set(
    ".git .venv venv node_modules __pycache__ __MACOSX .DS_Store .env .idea .vscode "
    ".coverage .mypy_cache .pytest_cache .ruff_cache reports staticfiles".split()
)


class SubmissionError(Exception):
    """A submission cannot be graded; the message says why."""


class Files(dict):
    """The files of a submission: bytes by path, with limits on size and number.

    `modified` is when the submission was last changed, as a timestamp: by the last commit of a
    repository, or in a file that is not in LEFT_OUT.
    """

    def __init__(self):
        super().__init__()
        self.room = MAX_BYTES
        self.modified = 0

    def add(self, name, size, read, modified=0):
        """Add the file `name` of `size` bytes, which `read` returns, unless it is in LEFT_OUT."""
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
            raise SubmissionError(f"it contains a path outside of it: {name!r}")
        if any(part in LEFT_OUT or part.startswith("db.sqlite3") for part in parts):
            return
        if not name.isprintable() or max(map(len, parts)) > 150 or len(parts) > 30:
            raise SubmissionError(f"it contains a file with an invalid name: {name[:100]!r}")
        self.room -= size
        if self.room < 0 or len(self) >= MAX_FILES:
            raise SubmissionError(
                f"it is too large: more than {MAX_BYTES // 1_000_000} MB or {MAX_FILES} files"
            )
        self["/".join(parts)] = read()
        self.modified = max(self.modified, modified)


def read_folder(folder):
    """Return the files of the folder."""
    files = Files()

    def fail(error):
        raise error

    for where, folders, names in os.walk(folder, onerror=fail):
        folders[:] = sorted(set(folders) - LEFT_OUT)
        for path in (Path(where, name) for name in [*folders, *sorted(set(names) - LEFT_OUT)]):
            about, name = path.lstat(), path.relative_to(folder).as_posix()
            if path.is_symlink():
                raise SubmissionError(f"it contains a link, which is not followed: {name!r}")
            if stat.S_ISREG(about.st_mode):
                files.add(name, about.st_size, path.read_bytes, about.st_mtime)
            elif not path.is_dir():
                raise SubmissionError(f"it contains something that is not a file: {name!r}")
    return files


def read_zip(path):
    """Return the files of the zip file, after checking their sizes."""
    files = Files()
    # The time of the upload, if the learning platform and the unpacking have preserved it.
    # Times inside come from the student's clock, and have no time zone.
    files.modified = path.stat().st_mtime
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if stat.S_ISLNK(entry.external_attr >> 16):
                    raise SubmissionError(
                        f"it contains a link, which is not followed: {entry.filename!r}"
                    )
                if entry.filename.strip("./\\") and not entry.is_dir():
                    # zipfile never unpacks more than this size.
                    files.add(entry.filename, entry.file_size, lambda e=entry: archive.read(e))
    except (zipfile.BadZipFile, zlib.error, EOFError):
        raise SubmissionError("it is not a zip file, or it is broken") from None
    # zipfile raises these for an unknown compression method and for a password.
    except (NotImplementedError, RuntimeError):
        raise SubmissionError(
            "the zip file has a password, or an unsupported compression method"
        ) from None
    return files


def clone(url, folder):
    """Clone the repository's last commit to `folder`, without running hooks."""
    command = ["git", "-c", "core.hooksPath=/dev/null", "clone", "--quiet", "--depth=1"]
    if Path(url).exists():
        url = Path(url).resolve().as_uri()
    try:
        process = subprocess.run(
            [*command, "--template=", "--", url, str(folder)],
            # Never ask for a password.
            env={
                **os.environ,
                "GIT_LFS_SKIP_SMUDGE": "1",
                "GIT_TERMINAL_PROMPT": "0",
                "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=CLONE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SubmissionError(
            f"cloning it timed out after {CLONE_SECONDS} seconds: {url}"
        ) from None
    if process.returncode:
        lines = process.stderr.decode(errors="replace").strip().splitlines() or ["no output"]
        raise SubmissionError(f"git cannot clone it: {lines[-1]}")


def committed(folder):
    """Return when the last commit of a clone was made, as a timestamp; 0 if there is none."""
    command = ["git", "-C", str(folder), "log", "--max-count=1", "--format=%ct"]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    return int(process.stdout or 0)


def read_repository(url):
    """Return the files of the repository at its last commit."""
    with tempfile.TemporaryDirectory() as folder:
        cloned = Path(folder, "clone")
        clone(url, cloned)
        files = read_folder(cloned)
        files.modified = committed(cloned)
        return files


def project(files):
    """Return the files of the project among `files`, whatever folder it is in."""
    places = [
        PurePosixPath(name).parent for name in files if name.rpartition("/")[2] == "manage.py"
    ]
    if not places:
        raise SubmissionError(
            "it contains no project: there is no manage.py" if files else "it is empty"
        )
    depth = min(len(place.parts) for place in places)
    first, *others = sorted(str(place) for place in places if len(place.parts) == depth)
    if others:
        raise SubmissionError(f"it contains more than one project: {', '.join([first, *others])}")
    prefix = "" if first == "." else f"{first}/"
    return {
        name.removeprefix(prefix): content
        for name, content in sorted(files.items())
        if name.startswith(prefix)
    }


def read_all(source):
    """Return the Files in `source`: the path of a folder or zip file, or a URL."""
    if isinstance(source, str):
        return read_repository(source)
    try:
        if source.is_symlink():
            raise SubmissionError("it is a link, which is not followed")
        if not source.is_dir():
            return read_zip(source)
        files = read_folder(source)
        # Learning platforms create a folder for each student, with the zip file in it.
        zips = [name for name in files if name.lower().endswith(".zip")]
        if len(zips) == 1 and not any(name.endswith("manage.py") for name in files):
            return read_zip(source / zips[0])
        return files
    except OSError as error:
        raise SubmissionError(f"it cannot be read: {error.strerror or error}") from None


def submitted(source, files):
    """Return when `source` was submitted, with its `files` as a fallback for the last commit."""
    moment = files.modified
    repositories = [] if isinstance(source, str) else [*source.glob(".git"), *source.glob("*/.git")]
    if len(repositories) == 1:
        # Of a clone, because git runs commands that are in the configuration of a repository.
        with tempfile.TemporaryDirectory() as folder, suppress(SubmissionError):
            cloned = Path(folder, "clone")
            clone(repositories[0].parent, cloned)
            moment = committed(cloned) or moment
    return datetime.fromtimestamp(min(moment, LATEST), UTC)


def listed(path):
    """Return (name, URL) for each repository in the text file `path`."""
    found = []
    for line in path.read_text(encoding="utf-8-sig").splitlines():
        if line.strip() and not line.startswith("#"):
            *name, url = line.split()
            parts = re.split(r"[/:]+", url.removesuffix("/").removesuffix(".git"))
            local = re.match(r"file:|[./~]", url)
            found.append((" ".join(name) or "-".join(parts[-1:] if local else parts[-2:]), url))
    return found


def submissions(source):
    """Return (name, source for `read_all`) for each submission, sorted by name, each name once."""
    if source.is_file():
        found = listed(source)
    else:
        paths = [path for path in source.iterdir() if path.name[0] not in "._"]
        stems = [path.stem if path.suffix.lower() == ".zip" else path.name for path in paths]
        found = [
            (stem if stems.count(stem) == 1 else path.name, path)
            for path, stem in zip(paths, stems, strict=True)
        ]
    names = [name for name, _ in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SubmissionError(f"these names belong to more than one submission: {', '.join(twice)}")
    return sorted(found, key=lambda pair: pair[0])

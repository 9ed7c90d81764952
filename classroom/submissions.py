"""Reads what students have handed in: folders, zips and repositories, as bytes in memory.

Nothing here runs what it reads, follows a link, or writes under a name that a student chose.
"""

import os
import re
import stat
import subprocess
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

# More than any project of a class is; less than what fills a disk.
MAX_BYTES = 20_000_000
MAX_FILES = 2_000
CLONE_SECONDS = 120
# What belongs to a machine, not to the work.
LEFT_OUT = set(
    ".git .venv venv node_modules __pycache__ __MACOSX .DS_Store .env .idea .vscode "
    ".coverage .pytest_cache .ruff_cache reports staticfiles".split()
)


class RefusedError(Exception):
    """Says in a sentence why a submission cannot be graded."""


class Files(dict):
    """The files of a submission: bytes by path, within the limits of size and number."""

    def __init__(self):
        super().__init__()
        self.room = MAX_BYTES

    def add(self, name, size, read):
        """Add the file `name` of `size` bytes, which `read` returns; leave out what is no work."""
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
            raise RefusedError(f"it holds a file that wants to lie outside of it: {name!r}")
        if any(part in LEFT_OUT or part.startswith("db.sqlite3") for part in parts):
            return
        if not name.isprintable() or max(map(len, parts)) > 150 or len(parts) > 30:
            raise RefusedError(f"it holds a file with a name that is none: {name[:100]!r}")
        self.room -= size
        if self.room < 0 or len(self) >= MAX_FILES:
            raise RefusedError(
                f"it is too large: more than {MAX_BYTES // 1_000_000} MB or {MAX_FILES} files"
            )
        self["/".join(parts)] = read()


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
                raise RefusedError(f"it holds a link, which is not followed: {name!r}")
            if stat.S_ISREG(about.st_mode):
                files.add(name, about.st_size, path.read_bytes)
            elif not path.is_dir():
                raise RefusedError(f"it holds something that is no file: {name!r}")
    return files


def read_zip(path):
    """Return the files of the zip, whose sizes are asked before anything is unpacked."""
    files = Files()
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if stat.S_ISLNK(entry.external_attr >> 16):
                    raise RefusedError(
                        f"it holds a link, which is not followed: {entry.filename!r}"
                    )
                if entry.filename.strip("./\\") and not entry.is_dir():
                    # What is unpacked is never more than the size that is told here.
                    files.add(entry.filename, entry.file_size, lambda e=entry: archive.read(e))
    except (zipfile.BadZipFile, zlib.error, EOFError):
        raise RefusedError("it is not a zip, or a broken one") from None
    # What zipfile raises for a way of packing that it does not know, and for a password.
    except (NotImplementedError, RuntimeError):
        raise RefusedError(
            "the zip has a password, or is packed in a way that is not common"
        ) from None
    return files


def read_repository(address):
    """Return the files of the repository: of its last commit alone, and without hooks."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["git", "-c", "core.hooksPath=/dev/null", "clone", "--quiet", "--depth=1"]
        if Path(address).exists():
            address = Path(address).resolve().as_uri()
        try:
            process = subprocess.run(
                [*command, "--template=", "--", address, f"{folder}/clone"],
                # Nobody is there to be asked for a password.
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
            raise RefusedError(f"not cloned after {CLONE_SECONDS} seconds: {address}") from None
        if process.returncode:
            said = process.stderr.decode(errors="replace").strip().splitlines() or ["nothing"]
            raise RefusedError(f"git cannot clone it and says: {said[-1]}")
        return read_folder(Path(folder, "clone"))


def project(files):
    """Return the files of the project among `files`, which may lie in folders of any name."""
    places = [
        PurePosixPath(name).parent for name in files if name.rpartition("/")[2] == "manage.py"
    ]
    if not places:
        raise RefusedError("there is no project in it: no manage.py" if files else "it is empty")
    depth = min(len(place.parts) for place in places)
    first, *others = sorted(str(place) for place in places if len(place.parts) == depth)
    if others:
        raise RefusedError(f"there is more than one project in it: {', '.join([first, *others])}")
    prefix = "" if first == "." else f"{first}/"
    return {
        name.removeprefix(prefix): content
        for name, content in sorted(files.items())
        if name.startswith(prefix)
    }


def read(source):
    """Return the project's files in `source`: the path of a folder or zip, or an address."""
    if isinstance(source, str):
        return project(read_repository(source))
    try:
        if source.is_symlink():
            raise RefusedError("it is a link, which is not followed")
        if not source.is_dir():
            return project(read_zip(source))
        files = read_folder(source)
        # Learning platforms make a folder for each student, with the zip in it.
        zips = [name for name in files if name.lower().endswith(".zip")]
        if len(zips) == 1 and not any(name.endswith("manage.py") for name in files):
            return project(read_zip(source / zips[0]))
        return project(files)
    except OSError as error:
        raise RefusedError(f"it cannot be read: {error.strerror or error}") from None


def listed(path):
    """Return the repositories that the text file `path` names: (name, address) for each."""
    found = []
    for line in path.read_text(encoding="utf-8-sig").splitlines():
        if line.strip() and not line.startswith("#"):
            *name, address = line.split()
            parts = re.split(r"[/:]+", address.removesuffix("/").removesuffix(".git"))
            local = re.match(r"file:|[./~]", address)
            found.append((" ".join(name) or "-".join(parts[-1:] if local else parts[-2:]), address))
    return found


def submissions(source):
    """Return (name, source for `read`) for each submission, sorted by name, each name once."""
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
        raise RefusedError(f"these names stand for more than one submission: {', '.join(twice)}")
    return sorted(found, key=lambda pair: pair[0])

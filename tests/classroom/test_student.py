"""A student's walk: each command of ASSIGNMENT.md, and the output that it shows."""

import os
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import requests

from helpers import LIMIT, free_port, run, slug, until
from tasks import solved, source_in

pytestmark = pytest.mark.usefixtures("docker")

# A block of commands, and the block of output that follows it, if any.
COMMANDS = re.compile(r"^```shell\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.M | re.S)
# In these steps, this many blocks come before the student's edits.
BEFORE_THE_EDITS = {2: 2, 3: 3}
# What a test cannot type, or what needs more than the machine: what stands there, and instead.
INSTEAD = {
    "pipenv sync --dev": "true",
    "run --rm web python manage.py createsuperuser": (
        "run --rm --env DJANGO_SUPERUSER_PASSWORD=walk-through web python manage.py "
        "createsuperuser --no-input --username ada --email ada@example.com"
    ),
    "docker logs --follow wsgi": "timeout 5 docker logs --follow wsgi || true",
    "docker logs --follow asgi": "timeout 5 docker logs --follow asgi || true",
    # tests/docker/test_editions.py runs all of them.
    "web pytest\n": "web pytest reviews --no-cov\n",
    # It reports what this machine lacks, in its exit status as well.
    "python doctor.py": "python doctor.py || true",
}
# An image and a package from the internet, which no other test needs.
LEFT_OUT = ("hello-world", "djangorestframework-jsonapi")
# A book with the ISBN of the text, as if added in the admin; and the number of such books.
ADD = "Book.objects.create(title='Mine', isbn='9781234567897')"
COUNT = "print(Book.objects.filter(isbn='9781234567897').count())"
# How many there are after these blocks.
BOOKS = {
    "docker compose down\ndocker compose up --wait\n": 0,
    "docker compose down\ndocker compose up --wait\ndocker volume ls\n": 1,
    "docker compose down --volumes\ndocker compose up --wait\n": 0,
}


def pattern_of(text):
    """Return the regular expression of an output, in which … stands for what differs."""
    lines = [
        r"(?:.*\n)*?" if line == "…" else f"{re.escape(line).replace('…', '.*')}\\s*?\\n"
        for line in text.splitlines()
    ]
    return re.compile("".join(lines) + r"\s*")


class Student:
    """A project of the assignment, and what a student types in it."""

    def __init__(self, folder, python):
        self.folder, self.port = folder, free_port()
        # The packages are there already: the same ones, from the same lock.
        (folder / ".venv").symlink_to(Path(python).parent.parent)
        home = folder.parent / "home"
        home.mkdir()
        # Without a terminal, curl would print its progress.
        (home / ".curlrc").write_text("silent\n")
        self.environment = {
            **os.environ,
            "HOME": str(home),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PIPENV_IGNORE_VIRTUALENVS": "1",
            "WEB_PORT": str(self.port),
        }

    def type(self, commands, expected=""):
        """Run the commands in the project's folder, and compare the output with the expected."""
        for there, instead in INSTEAD.items():
            commands = commands.replace(there, instead)
        commands, expected = (
            text.replace("localhost:8000", f"localhost:{self.port}")
            for text in (commands, expected)
        )
        process = subprocess.run(
            ["sh", "-c" if expected else "-ec", commands],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
            timeout=LIMIT,
        )
        # The expected output may be that of an error.
        assert expected or process.returncode == 0, f"{commands}\n{process.stdout}"
        matches = not expected or pattern_of(expected).fullmatch(f"{process.stdout}\n")
        assert matches, f"{commands}\nexpected:\n{expected}\nprinted:\n{process.stdout}"

    def books(self, code):
        """Run code that uses the model of a book, in the container; return the output."""
        code = f"from library.models import Book; {code}"
        shell = ("python", "manage.py", "shell", "-v0", "-c", code)
        command = ("docker", "compose", "exec", "-T", "web", *shell)
        return run(*command, cwd=self.folder, env=self.environment)


def test_the_text_can_be_followed(bake, django_python, tmp_path):
    answers = {"project_slug": slug("walk")}
    source = source_in(tmp_path / "source", **answers)
    assignment = bake(edition="assignment", **answers)
    folder = shutil.copytree(assignment, tmp_path / answers["project_slug"])
    student = Student(folder, django_python)
    sections = re.split(r"^## Step \d+", (folder / "ASSIGNMENT.md").read_text(), flags=re.M)
    assert len(sections) == 12
    try:
        for number, section in enumerate(sections):
            for block, (commands, expected) in enumerate(COMMANDS.findall(section)):
                if number and block == BEFORE_THE_EDITS.get(number, 0):
                    solved(source, folder, range(1, number + 1))
                if any(name in commands for name in LEFT_OUT):
                    continue
                if commands.startswith("curl"):
                    # The server restarts after an edit.
                    site = f"http://localhost:{student.port}/livez"
                    until(partial(requests.get, site, timeout=5))
                student.type(commands, expected)
                if "createsuperuser" in commands:
                    student.books(ADD)
                if commands in BOOKS:
                    assert student.books(COUNT) == f"{BOOKS[commands]}\n", commands
            if number:
                solved(source, folder, range(1, number + 1))
            # The exit status is 0 if the step has all points.
            for command in re.findall(r"^\*\*Check\.\*\* `(.+?)`", section, re.M):
                student.type(command)
    finally:
        student.type("docker rm --force wsgi asgi; docker compose down --volumes --rmi local")

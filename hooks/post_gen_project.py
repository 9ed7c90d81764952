"""Finishes the new project: removes folders left empty, writes .env, says what to do next.

It runs inside the project. It needs nothing but Python's standard library, and
changes nothing when it runs a second time.
"""

import os
import secrets
from pathlib import Path

ENV = Path(".env")
NEXT_STEPS = """
The project is in {folder}.

With Docker:
  cd {folder}
  docker compose up --wait

Without Docker:
  cd {folder}
  pipenv sync --dev
  pipenv run python manage.py migrate
  pipenv run python manage.py seed_library --books 10
  pipenv run python manage.py runserver

Then open http://localhost:8000/
"""


def remove_empty_folders():
    """Remove the folders whose files all belong to an answer that was not given."""
    for folder in (Path(".github/workflows"), Path(".github")):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def write_env():
    """Write .env, which git ignores, from .env.example; one that is there stays."""
    values = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        # Windows has no such numbers, and Docker Desktop needs none.
        "UID": os.getuid() if hasattr(os, "getuid") else 1000,
        "GID": os.getgid() if hasattr(os, "getgid") else 1000,
    }
    lines = Path(".env.example").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        name = line.lstrip("# ").partition("=")[0]
        if name in values:
            lines[number] = f"{name}={values[name]}"
    try:
        descriptor = os.open(ENV, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(lines) + "\n")


remove_empty_folders()
write_env()
print(NEXT_STEPS.format(folder="{{ cookiecutter.project_slug }}"))

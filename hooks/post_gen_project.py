"""Finishes the new project, inside its folder: edition, line endings, .env, next steps.

Needs the standard library alone, and changes nothing when it runs again.
"""

import json
import os
import re
import secrets
from pathlib import Path

# What cookiecutter copied as it is, with the line endings of the template's checkout.
COPIED = json.loads(r"""{{ cookiecutter._copy_without_render | tojson }}""")
# A task and the lines that solve it: the assignment keeps the first, else the second stays.
TASK = re.compile(
    rb"^.*### BEGIN TASK.*\n((?:.*\n)*?).*### BEGIN SOLUTION.*\n((?:.*\n)*?).*### END SOLUTION.*\n",
    re.MULTILINE,
)
KEPT = rb"\1" if "{{ cookiecutter.edition }}" == "assignment" else rb"\2"
NEXT_STEPS = """
The project is there. With Docker:
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

for copied in map(Path, {"compose.yaml", *(name.partition("/")[0] for name in COPIED)}):
    for path in [copied, *copied.rglob("*")]:
        content = path.read_bytes() if path.is_file() else b""
        finished = content if b"\0" in content else content.replace(b"\r\n", b"\n")
        if b"### BEGIN TASK" in finished:
            finished = TASK.sub(KEPT, finished)
        if finished != content:
            path.write_bytes(finished)

# Folders whose files all belong to an answer that was not given.
for folder in (Path(".github/workflows"), Path(".github")):
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()

# .env, which git ignores: .env.example with this project's own values. An .env that is
# there stays. Windows has no user ids, and Docker Desktop needs none.
values = {
    "SECRET_KEY": secrets.token_urlsafe(50),
    "UID": os.getuid() if hasattr(os, "getuid") else 1000,
    "GID": os.getgid() if hasattr(os, "getgid") else 1000,
}
lines = Path(".env.example").read_text(encoding="utf-8").splitlines()
for number, line in enumerate(lines):
    name = line.lstrip("# ").partition("=")[0]
    if name in values:
        lines[number] = f"{name}={values[name]}"
if not Path(".env").exists():
    descriptor = os.open(".env", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8", newline="\n") as env:
        env.writelines(f"{line}\n" for line in lines)

# `cruft diff` and `cruft update` bake as well: what they print is not for a new project.
if "{{ '_output_dir' in cookiecutter }}" == "True":
    here, started_in = Path.cwd(), os.environ.get("PWD")
    beside = started_in in (None, str(here.parent))
    print(NEXT_STEPS.format(folder=here.name if beside else f'"{here}"'))

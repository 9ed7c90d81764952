"""Finishes the new project in its own folder: edition, line endings, .env, next steps.

Running it again changes nothing. It imports only `os`: each further module slows down a bake.
"""

import os

EDITION = "{{ cookiecutter.edition }}"
# Copied by cookiecutter as they are, with the line endings of the template's checkout.
COPIED = "{{ cookiecutter._copy_without_render | join(' ') }}".split()
TEMPLATE = {{ project_template | default("") | tojson }}  # fmt: skip
# Files and folders that this edition does not have.
LEFT_OUT = "{{ cookiecutter._left_out[cookiecutter.edition] | join(' ') }}".split()
NEXT_STEPS = """
Your project is ready. With Docker:
  cd {folder}
  docker compose up --wait

Without Docker:
  cd {folder}
  pipenv sync --dev
  pipenv run python manage.py migrate
### BEGIN EXAMPLE
  pipenv run python manage.py seed_library --books 10
### END EXAMPLE
  pipenv run python manage.py runserver

Then open http://localhost:8000/
"""
# The editions that keep the lines between two marks, "### BEGIN EXAMPLE" and "### END EXAMPLE".
EDITIONS = {b"TASK": "assignment", b"SOLUTION": "complete blank", b"EXAMPLE": "complete assignment"}


def read(path):
    """Return the bytes of a file."""
    with open(path, "rb") as file:
        return file.read()


def finished(content):
    """Return the bytes of a file as they should be: of this edition, with Unix line endings."""
    content = content if b"\0" in content else content.replace(b"\r\n", b"\n")
    if b"### BEGIN " not in content:
        return content
    kept, keep = [], {}
    for line in content.splitlines(keepends=True):
        edge, name, *_ = [*line.partition(b"### ")[2].split(), b"", b""]
        if edge in (b"BEGIN", b"END") and name in EDITIONS:
            keep[name == b"EXAMPLE"] = edge == b"END" or EDITION in EDITIONS[name]
        elif all(keep.values()):
            kept.append(line)
    return b"".join(kept)


def files_in(name):
    """Return the path of each file in the folder `name`, or `name` itself if it is a file."""
    inside = (os.path.join(root, file) for root, _, files in os.walk(name) for file in files)
    return [name] if os.path.isfile(name) else list(inside)


# Without the wildcard, "reviews/*.py" is the folder "reviews".
for name in {"compose.yaml", *(pattern.partition("/*")[0] for pattern in COPIED)}:
    for path in files_in(name):
        content = read(path)
        if content != finished(content):
            with open(path, "wb") as file:
                file.write(finished(content))

# A file that is not as in the template is the user's own.
for path in (path for name in LEFT_OUT for path in files_in(name)):
    if os.path.isfile(TEMPLATE + path) and finished(read(TEMPLATE + path)) == read(path):
        os.remove(path)

# Folders whose files all belong to another edition or another CI service.
for name in (".github", "docs", *LEFT_OUT):
    for folder, _, _ in os.walk(name, topdown=False):
        if not os.listdir(folder):
            os.rmdir(folder)

# .env is .env.example with this project's own values. git ignores it, and an existing one
# stays. Windows has no user ids, and Docker Desktop needs none.
user, group = (os.getuid(), os.getgid()) if os.name == "posix" else (1000, 1000)
values = {"SECRET_KEY": os.urandom(50).hex(), "UID": user, "GID": group}
if not os.path.lexists(".env"):
    descriptor = os.open(".env", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as env, open(".env.example", encoding="utf-8") as example:
        for line in example:
            name = line.lstrip("# ").partition("=")[0]
            env.write((f"{name}={values[name]}\n" if name in values else line).encode())

# `cruft diff` and `cruft update` bake as well, but into folders that nobody sees.
if "{{ '_output_dir' in cookiecutter }}" == "True":
    here = os.getcwd()
    beside = os.environ.get("PWD") in (None, os.path.dirname(here))
    steps = NEXT_STEPS.format(folder=os.path.basename(here) if beside else f'"{here}"')
    print(finished(steps.encode()).decode())

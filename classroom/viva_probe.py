"""Observes a submission, inside the sandbox: runs its tests, sends requests, counts queries.

    python viva_probe.py SECONDS

runs pytest once with the submitted code and once with each changed file in viva_changes.json,
each time for at most SECONDS, and prints the runs as JSON. pytest loads this file as a plugin,
which records the student's tests, and as a module of tests, each of which records a fact.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

LIST, ONE, PAGE = "/api/v1/reviews/", "/api/v1/reviews/1/", "/books/1/reviews/"
BOOK, OTHER_BOOK = (f"http://testserver/api/v1/books/{number}/" for number in (1, 2))
# The user names of the clients, and how they are described.
CLIENTS = {
    "": "an anonymous client",
    "ada": "ada, who wrote review 1, of book 1",
    "ben": "ben, who has not written a review",
    "root": "a superuser, who has not written a review",
}
REQUESTS = [
    ("", "GET", f"{LIST}?book=99", None),
    ("", "POST", LIST, {"book": BOOK, "rating": 4}),
    ("ada", "POST", LIST, {"book": BOOK, "rating": 4}),
    ("ben", "POST", LIST, {"book": BOOK, "rating": 6}),
    ("ben", "POST", LIST, {"book": BOOK}),
    ("ben", "POST", LIST, {"book": BOOK, "rating": 4, "text": ""}),
    ("", "PATCH", ONE, {"rating": 1}),
    ("ben", "PATCH", ONE, {"rating": 1}),
    ("ada", "PATCH", ONE, {"rating": 9}),
    ("ada", "PUT", ONE, {"rating": 5}),
    ("root", "DELETE", ONE, None),
    ("ada", "DELETE", ONE, None),
    ("", "GET", "/books/99/reviews/", None),
    ("", "POST", PAGE, None),
]


@pytest.fixture
def project(db):
    """Return the project, with two books, three users, and ada's review of the first book."""
    from django.apps import apps
    from django.contrib.auth import get_user_model
    from library.models import Book
    from rest_framework.test import APIClient

    model = next(
        each
        for each in apps.get_app_config("reviews").get_models()
        if any(field.related_model is Book for field in each._meta.fields)
    )
    users = {
        name: get_user_model().objects.create(username=name, is_superuser=name == "root")
        for name in filter(None, CLIENTS)
    }
    books = [
        Book.objects.create(pk=number, title=title, isbn=isbn)
        for number, title, isbn in [(1, "Emma", "9780134685991"), (2, "Walden", "9780306406157")]
    ]
    review = model.objects.create(
        pk=1, book=books[0], reviewer=users["ada"], rating=4, text="Witty."
    )

    def client(name=""):
        client = APIClient(raise_request_exception=False)
        if name:
            client.force_authenticate(users[name])
        return client

    return SimpleNamespace(Review=model, users=users, books=books, review=review, client=client)


def view_of(path):
    """Return the name of the view that handles the path, with its module."""
    from django.urls import Resolver404, resolve

    try:
        function = resolve(path.partition("?")[0]).func
    except Resolver404:
        return "no view"
    # Class-based views, and those of DRF, are functions that have their class as an attribute.
    view = getattr(function, "view_class", getattr(function, "cls", function))
    return f"{view.__module__}.{view.__name__}"


def described(user, method, path, body):
    """Return the request in words."""
    lines = [f"{method} {path}", *([json.dumps(body)] if body else [])]
    return "\n".join([*lines, f"from {CLIENTS[user]}", f"to {view_of(path)}"])


def status_code(user, method, path, body, project):
    """Return the request, and the status code of its response."""
    send = getattr(project.client(user), method.lower())
    return described(user, method, path, body), str(send(path, body, format="json").status_code)


def response_body(project):
    """Return a request whose body has more than the writable fields, and the response body."""
    more = {"id": 50, "reviewer": "ada", "created_at": "2001-01-01T00:00:00Z", "stars": 5}
    body = {"book": OTHER_BOOK, "rating": 3, **more}
    response = project.client("ben").post(LIST, body, format="json")
    found = response.json()
    if found.get("created_at", more["created_at"]) != more["created_at"]:
        found["created_at"] = "(the time of the request)"
    text = json.dumps(found, ensure_ascii=False)
    return described("ben", "POST", LIST, body), f"{response.status_code} {text}"


def query_count(path, project):
    """Return the request, and its queries with one review and with ten."""
    from django.contrib.auth import get_user_model
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries():
        with CaptureQueriesContext(connection) as context:
            assert project.client().get(path).status_code == 200
        return [query["sql"] for query in context]

    one = queries()
    for number in range(9):
        user = get_user_model().objects.create(username=f"reader{number}")
        project.Review.objects.create(book=project.books[0], reviewer=user, rating=3)
    tables = [
        ", ".join(dict.fromkeys(re.findall(r'(?:FROM|JOIN) "(\w+)"', query))) for query in one
    ]
    counts = f"{len(one)} with 1 review, {len(queries())} with 10 reviews"
    names = "\n".join(f"query {number}: {name}" for number, name in enumerate(tables, start=1))
    return described("", "GET", path, None), f"{counts}\nwith 1 review:\n{names}"


def string(project):
    """Return an expression with a review, and its value."""
    fields = "book Emma, reviewer ada, rating 4, text Witty."
    return f"str({project.Review.__name__}.objects.get(pk=1))\n{fields}", str(project.review)


def order(project):
    """Return an expression with three reviews, their order and its SQL."""
    name, objects = project.Review.__name__, project.Review.objects
    for user, text in [("root", "second"), ("ben", "third")]:
        reviewer = project.users[user]
        objects.create(book=project.books[0], reviewer=reviewer, rating=3, text=text)
    found = ", ".join(objects.values_list("text", flat=True)).replace("Witty.", "first")
    _, by, columns = str(objects.all().query).partition(" ORDER BY ")
    about = f"{name}.objects.all()\nThree reviews were saved one after the other."
    return about, f"{found}\nSQL: {by.strip() or 'no ORDER BY'} {columns}"


def saved(user, fields, project):
    """Return an expression that saves a review without any validation, and what happens."""
    from django.db import Error, transaction

    arguments = ", ".join(f"{name}={value!r}" for name, value in fields.items())
    model = project.Review.__name__
    expression = f"{model}.objects.create(book=emma, reviewer={user}, {arguments})"
    expression += "\nada has reviewed the book emma, ben has not."
    try:
        with transaction.atomic():
            project.Review.objects.create(
                book=project.books[0], reviewer=project.users[user], **fields
            )
    except Error as error:
        return expression, f"{type(error).__name__}: {error}"
    return expression, "The review is saved."


FACTS = {
    **{f"status {number}": partial(status_code, *each) for number, each in enumerate(REQUESTS)},
    **{f"queries {path}": partial(query_count, path) for path in (LIST, PAGE)},
    "body": response_body,
    "string": string,
    "order": order,
    "saved too good": partial(saved, "ben", {"rating": 9}),
    "saved negative": partial(saved, "ben", {"rating": -1}),
    "saved twice": partial(saved, "ada", {"rating": 2}),
}


def record(**result):
    """Append a result to the file that `run` reads, at once: the next test may never end."""
    with open(os.environ["VIVA_RESULTS"], "a", encoding="utf-8") as results:
        results.write(json.dumps(result) + "\n")


# The project's own configuration turns warnings into errors, as no server does.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FACTS)
def test_fact(name, project):
    about, found = FACTS[name](project)
    record(fact=name, about=about, found=found)


def pytest_runtest_logreport(report):
    """Record the result of a test of the project."""
    is_fact = report.nodeid.startswith("viva_probe.py::")
    if not is_fact and (report.failed or report.when == "call"):
        record(test=report.nodeid.removeprefix("reviews/tests/"), failed=report.failed)


def data_in(compose):
    """Return what compose.yaml mounts, and what is left of it without the containers."""
    import yaml

    config = yaml.safe_load(compose.read_text(encoding="utf-8"))
    volumes, mounts = config.get("volumes") or {}, {}
    for name, service in config["services"].items():
        for mount in service.get("volumes") or []:
            if isinstance(mount, dict):
                mount = f"{mount.get('source', '')}:{mount['target']}"
            mounts.setdefault(mount, []).append(name)
    sources = {mount.partition(":")[0] for mount in mounts if ":" in mount}
    kept = sorted(sources & set(volumes))
    external = [name for name in kept if (volumes[name] or {}).get("external")]
    folders = sorted(source for source in sources if source.startswith((".", "/", "~")))
    return {
        "about": "\n".join(f"{mount} ({', '.join(names)})" for mount, names in mounts.items()),
        "found": f"docker compose down keeps the volumes: {', '.join(kept) or 'none'}\n"
        f"docker compose down --volumes keeps the volumes: {', '.join(external) or 'none'}\n"
        f"both keep the folders of the host: {', '.join(folders) or 'none'}",
    }


def results_in(lines):
    """Return the tests and the facts that `record` has written."""
    tests, facts = {}, {}
    for line in lines:
        # A killed run may leave an incomplete line.
        with suppress(ValueError):
            result = json.loads(line)
            if fact := result.pop("fact", None):
                facts[fact] = result
            else:
                # A test can fail in its setup, call and teardown.
                tests[result["test"]] = result["failed"] or tests.get(result["test"], False)
    return {"tests": tests, "facts": facts}


def run(change, limit):
    """Return the tests and facts of the project with a changed file, and why it ended early.

    It ends after `limit` seconds.
    """
    environment = {
        # These variables override .env.
        "CACHE_URL": "",
        "DATABASE_URL": "sqlite://:memory:",
        "DEBUG": "true",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
    }
    # The configuration is the project's own. Tables are created from the models, as if a change
    # of a model had its migration.
    command = ["-m", "pytest", "--no-cov", "--no-migrations", "--continue-on-collection-errors"]
    command += ["-p", "viva_probe", "viva_probe.py", "reviews"]
    # A test may write files, so each run has its own copy.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        code, results, output = (Path(folder, name) for name in ("code", "results", "output"))
        shutil.copytree(".", code)
        for name, text in change.items():
            (code / name).write_text(text, encoding="utf-8")
        ended = ""
        with output.open("wb") as printed:
            try:
                subprocess.run(
                    [sys.executable, *command],
                    cwd=code,
                    env={**os.environ, **environment, "VIVA_RESULTS": str(results)},
                    stdin=subprocess.DEVNULL,
                    stdout=printed,
                    stderr=subprocess.STDOUT,
                    timeout=limit,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                ended = f"it timed out after {limit} seconds"
        text = output.read_bytes()[-200_000:].decode(errors="replace")
        lines = results.read_text(encoding="utf-8").splitlines() if results.exists() else []
    found = results_in(lines)
    if not found["facts"] and not ended:
        names = "Error|Exception|Exit|ImproperlyConfigured"
        errors = re.findall(rf"^(?:E +)?([\w.]*(?:{names})\b.*)", text, re.MULTILINE)
        ended = f"it does not start: {errors[-1] if errors else 'pytest wrote no result'}"
    return {**found, "ended": ended}


def main(limit):
    """Print the runs as JSON, each with its own `limit` in seconds."""
    runs = [run({}, limit)]
    # A file that Docker Compose would reject has no volumes to ask about.
    with suppress(Exception):
        runs[0]["facts"]["compose"] = data_in(Path("compose.yaml"))
    if not runs[0]["ended"]:
        changes = json.loads(Path("viva_changes.json").read_text(encoding="utf-8"))
        runs += [run(change, limit) for change in changes]
    print(json.dumps(runs))


if __name__ == "__main__":
    main(int(sys.argv[1]))

"""What the checks share: fixtures, and the report of each result to grade.py.

A check is a function. Its docstring says what is expected; the exception that it raises
says what was found instead.
"""

import inspect
import json
import os
import shutil
import sys
import tomllib
import traceback
from hashlib import sha256
from itertools import count
from pathlib import Path

import pytest

from grading import Fault

ROOT = Path(__file__).resolve().parent.parent


def sentence(error):
    """Return the message of the exception `error` on one line, and where it was raised."""
    text = " ".join(str(error).split())
    if "user-detail" in text:
        return (
            "`reviewer` is a link, but users have no URL in this API (“user-detail”). Declare the "
            "field yourself: `borrower` in library/api/serializers.py shows the name of a user"
        )
    if isinstance(error, AssertionError):
        return text
    locations = []
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if path.is_relative_to(ROOT) and not {"grading", ".venv"} & set(path.parts):
            locations.append(f" ({path.relative_to(ROOT).as_posix()}, line {frame.lineno})")
    # A line of the student's is more useful than the line of `library` that it has called.
    own = [location for location in locations if location.startswith(" (reviews/")]
    if isinstance(error, SyntaxError) and Path(error.filename or "").is_relative_to(ROOT):
        text = error.msg
        own = [f" ({Path(error.filename).relative_to(ROOT).as_posix()}, line {error.lineno})"]
    return f"{type(error).__name__}: {text[:300]}{''.join((own or locations)[-1:])}"


def report_result(**result):
    """Append a result to the file that grade.py reads, at once: the next check may never end."""
    with open(os.environ["GRADING_RESULTS"], "a", encoding="utf-8") as results:
        results.write(json.dumps(result) + "\n")


# The exceptions that views have raised while the client got a 500.
crashes = []


def note_crash(**kwargs):
    """Store the exception that a view has raised."""
    crashes.append(sys.exc_info()[1])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Report the result of a check to grade.py."""
    report = yield
    if item.name.startswith("check_") and (call.when == "call" or report.failed):
        error = call.excinfo and call.excinfo.value
        report_result(
            check=item.name.removeprefix("check_"),
            expected=" ".join(inspect.getdoc(item.function).split()),
            found="; ".join(map(sentence, [error, *crashes[-1:]])) if error else "",
            fault=getattr(error, "name", "") if isinstance(error, Fault) else "",
            trace=str(report.longrepr) if error else "",
        )
    return report


@pytest.fixture
def root():
    """Return the project's folder."""
    return ROOT


@pytest.fixture
def answered(root):
    """Return a function that compares answers in answers.toml with hashes of the right ones."""
    try:
        answers = tomllib.loads((root / "grading/answers.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        why = f"grading/answers.toml is not valid TOML: {error}. Write each answer in quotes"
        raise AssertionError(why) from None

    def compare(**hashes):
        for name, expected in hashes.items():
            answer = str(answers.get(name, "")).strip().lower()
            assert answer, f"{name} in grading/answers.toml is empty"
            file = answer.rpartition("/")[2]
            found = {
                sha256(f"{name}: {text}".encode()).hexdigest()[:16]
                for text in (answer, answer.removesuffix("()"), file, f"{file}.py")
            }
            assert expected in found, f"{name} is not “{answer}”"

    return compare


@pytest.fixture
def docker(root, tmp_path):
    """Return a copy of the project to build, or None if there is no Docker engine."""
    if not os.environ.get("GRADING_DOCKER"):
        return None
    left_out = shutil.ignore_patterns(".git", ".venv", "__pycache__", "reports", "*.sqlite3*")
    return Path(shutil.copytree(root, tmp_path / "project", ignore=left_out))


@pytest.fixture
def Review(db):  # noqa: N802
    """Return the model of a review, whatever its name."""
    from django.apps import apps

    from library.models import Book

    for model in apps.get_app_config("reviews").get_models():
        if any(field.related_model is Book for field in model._meta.fields):
            return model
    raise AssertionError("reviews/models.py has no model with a ForeignKey to the book")


@pytest.fixture
def user(db):
    """Return a function that creates a user."""
    from django.contrib.auth import get_user_model

    return lambda name, **fields: get_user_model().objects.create(username=name, **fields)


@pytest.fixture
def book(db):
    """Return a function that creates a book."""
    from library.models import Author, Book

    numbers = count()

    def make(title="Emma"):
        book = Book.objects.create(title=title, isbn=f"978{next(numbers):010d}")
        book.authors.set([Author.objects.get_or_create(name="Jane Austen")[0]])
        return book

    return make


@pytest.fixture
def review(Review, user, book):  # noqa: N803
    """Return a function that creates a review, by default of a new book and by a new user."""
    numbers = count()

    def make(**fields):
        number = next(numbers)
        fields.setdefault("rating", 4)
        fields.setdefault("text", f"What reader {number} thinks.")
        if "book" not in fields:
            fields["book"] = book()
        if "reviewer" not in fields:
            fields["reviewer"] = user(f"reader{number}")
        return Review.objects.create(**fields)

    return make


@pytest.fixture
def api():
    """Return a function that returns an API client, authenticated if it is given a user."""
    from django.core.signals import got_request_exception
    from rest_framework.test import APIClient

    crashes.clear()
    got_request_exception.connect(note_crash)

    def client(user=None):
        client = APIClient(raise_request_exception=False)
        if user:
            client.force_authenticate(user)
        return client

    return client


@pytest.fixture
def queries():
    """Return a function that counts the database queries of another function."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def counted(function):
        with CaptureQueriesContext(connection) as context:
            function()
        return len(context)

    return counted


@pytest.fixture
def book_url():
    """Return a function that returns the URL of a book in the web API."""
    return lambda book: f"http://testserver/api/v1/books/{book.pk}/"

"""What the checks share: how a result is told to grade.py, and things to check with.

A check is a function; its docstring says what is expected. What it raises says what
was found instead.
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
    """Return what the exception `error` says, on one line, and where it was raised."""
    text = " ".join(str(error).split())
    if isinstance(error, AssertionError):
        return text
    places = []
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if path.is_relative_to(ROOT) and not {"grading", ".venv"} & set(path.parts):
            places.append(f" ({path.relative_to(ROOT).as_posix()}, line {frame.lineno})")
    # Rather a line of the student's than one of the library's, which it has led to.
    own = [place for place in places if place.startswith(" (reviews/")]
    if isinstance(error, SyntaxError) and Path(error.filename or "").is_relative_to(ROOT):
        text = error.msg
        own = [f" ({Path(error.filename).relative_to(ROOT).as_posix()}, line {error.lineno})"]
    return f"{type(error).__name__}: {text[:300]}{''.join((own or places)[-1:])}"


def tell(**result):
    """Write a result to the file that grade.py reads, at once: the next check may never end."""
    with open(os.environ["GRADING_RESULTS"], "a", encoding="utf-8") as results:
        results.write(json.dumps(result) + "\n")


# What the views have raised, where a client was answered by a 500 instead.
crashes = []


def note_crash(**kwargs):
    """Take down the exception that a view has raised."""
    crashes.append(sys.exc_info()[1])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Tell how a check ended."""
    report = yield
    if item.name.startswith("check_") and (call.when == "call" or report.failed):
        error = call.excinfo and call.excinfo.value
        tell(
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
    """Return a function that holds answers in answers.toml against the fingerprints given."""
    try:
        answers = tomllib.loads((root / "grading/answers.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        why = f"grading/answers.toml cannot be read: {error}. An answer stands between quotes"
        raise AssertionError(why) from None

    def compare(**fingerprints):
        for name, fingerprint in fingerprints.items():
            answer = str(answers.get(name, "")).strip().lower()
            assert answer, f"{name} in grading/answers.toml is empty"
            file = answer.rpartition("/")[2]
            found = {
                sha256(f"{name}: {text}".encode()).hexdigest()[:16]
                for text in (answer, file, f"{file}.py")
            }
            assert fingerprint in found, f"{name} is not “{answer}”"

    return compare


@pytest.fixture
def docker(root, tmp_path):
    """Return a copy of the project to build, or None where grade.py has found no Docker."""
    if not os.environ.get("GRADING_DOCKER"):
        return None
    left_out = shutil.ignore_patterns(".git", ".venv", "__pycache__", "reports", "*.sqlite3*")
    return Path(shutil.copytree(root, tmp_path / "project", ignore=left_out))


@pytest.fixture
def Review(db):  # noqa: N802
    """Return the model of a review, whatever it is called."""
    from django.apps import apps

    from library.models import Book

    for model in apps.get_app_config("reviews").get_models():
        if any(field.related_model is Book for field in model._meta.fields):
            return model
    raise AssertionError("reviews/models.py has no model with a ForeignKey to the book")


@pytest.fixture
def user(db):
    """Return a function that makes a user."""
    from django.contrib.auth import get_user_model

    return lambda name, **fields: get_user_model().objects.create(username=name, **fields)


@pytest.fixture
def book(db):
    """Return a function that makes a book."""
    from library.models import Author, Book

    numbers = count()

    def make(title="Emma"):
        book = Book.objects.create(title=title, isbn=f"978{next(numbers):010d}")
        book.authors.set([Author.objects.get_or_create(name="Jane Austen")[0]])
        return book

    return make


@pytest.fixture
def review(Review, user, book):  # noqa: N803
    """Return a function that saves a review, of a book and by a user of its own unless named."""
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
    """Return a function that makes a client of the web API, signed in as a user if there is one."""
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
    """Return a function that counts the questions to the database while it calls another one."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def counted(function):
        with CaptureQueriesContext(connection) as context:
            function()
        return len(context)

    return counted


@pytest.fixture
def address():
    """Return a function that makes the address of a book in the web API."""
    return lambda book: f"http://testserver/api/v1/books/{book.pk}/"

"""The pictures of the README and of docs/teaching.md.

`make screenshots` writes them to docs/images; otherwise they are only looked at.
"""

import os
import random
import struct
import tomllib
from pathlib import Path
from runpy import run_path

import pytest
from playwright.sync_api import expect

from classroom.grade_class import step_of, summed
from classroom.report import write_reports
from classroom.roster import Student
from helpers import PROJECT

SCREEN, PHONE = {"width": 1200, "height": 800}, {"width": 390, "height": 800}
# Name, user, path, screen, color scheme, and a text that the page shows.
PICTURES = [
    ("website", None, "/", SCREEN, "light", "books"),
    ("book", "ada", "/books/{reviewed}/", SCREEN, "dark", "reviews"),
    ("phone", None, "/", PHONE, "light", "books"),
    ("loans", "ada", "/loans/", PHONE, "dark", "Overdue"),
    ("browsable-api", None, "/api/v1/books/", SCREEN, "light", "HTTP 200"),
    ("api-docs", None, "/api/docs/", SCREEN, "light", "authors"),
]


@pytest.fixture
def images(tmp_path):
    """Return the folder for the pictures."""
    return Path(os.environ.get("SCREENSHOTS", tmp_path))


def assert_is_picture(path, size):
    """Assert that the file is a PNG image of this size."""
    # https://www.w3.org/TR/png-3/#11IHDR
    assert struct.unpack(">II", path.read_bytes()[16:24]) == (size["width"], size["height"])


@pytest.mark.parametrize(("name", "user", "path", "size", "scheme", "text"), PICTURES)
def test_a_picture_of_the_site(visit, images, name, user, path, size, scheme, text):
    page, picture = visit(user, path, viewport=size, color_scheme=scheme), images / f"{name}.png"
    expect(page.get_by_text(text).first).to_be_visible()
    page.screenshot(path=picture)
    assert_is_picture(picture, size)


def test_a_picture_of_the_report_on_a_class(browser, images, tmp_path):
    write_report(tmp_path)
    page, picture = browser.new_page(viewport=SCREEN), images / "grades.png"
    page.goto((tmp_path / "index.html").as_uri())
    page.screenshot(path=picture)
    assert_is_picture(picture, SCREEN)
    page.close()


def write_report(out):
    """Write the report of an invented class into the folder `out`."""
    chance = random.Random(11)
    table = tomllib.loads((PROJECT / "grading/points.toml").read_text(encoding="utf-8"))["step"]
    grade_py = run_path(str(PROJECT / "grade.py"))
    rows = []
    for name in (
        "Ada Bashir Chen Dilan Elif Farid Greta Hugo Inès Jonas Kofi Lena "
        "Mara Nils Olga Priya Quinn Rosa Samir Tove Uma Viktor Wanda Yara"
    ).split():
        skill, steps = chance.uniform(0.35, 1.05), []
        for step in table:
            checks = []
            for check, of in step["points"].items():
                missed = chance.random() > skill + 0.25 - 0.03 * step["number"]
                found = "Something else." if missed else ""
                points = {"points": 0 if missed else of, "of": of, "found": found}
                checks.append({"name": check, "expected": "What the task says.", **points})
            steps.append(step_of(step, checks))
        result = grade_py["explained"](summed({"format": 1, "steps": steps}), table)
        empty = {"note": "", "changed": [], "missing": [], "added": [], "remarks": []}
        grade = {"student": Student(name, name), "changes": [], "total": result["points"]}
        kind = {"submitted": None, "is_absent": False, "is_stranger": False}
        rows.append({"name": name, "result": result, **empty, **grade, **kind})
    rows[6]["changed"] = ["grading/check_api.py"]
    rows[20]["remarks"] = ["new outside of reviews/: conftest.py"]
    similar = [(97, "Hugo", "Tove", ["reviews/api/views.py", "reviews/tests/test_reviews.py"])]
    write_reports(out, rows, similar, grade_py)

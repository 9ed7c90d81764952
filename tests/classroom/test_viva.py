"""Oral exams for a class, with a real Docker engine: each claim is verified by running it."""

import html
import json
import os
import re
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest

from classroom.bake import add_grader
from classroom.report import file_names
from classroom.submissions import SubmissionError
from classroom.viva import Examiner, OwnCode, questions, without
from helpers import ROOT, images_of, replace_in, run, solve_differently

# Sends a request to the project, whose database has the users and reviews of viva_probe.py.
SEND = """
import sys
import django
django.setup()
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test.utils import setup_test_environment
from rest_framework.test import APIClient
from library.models import Book
call_command("migrate", verbosity=0)
setup_test_environment()
review, = apps.get_app_config("reviews").get_models()
users = {"an": None}
for name in ("ada", "ben", "a"):
    users[name] = get_user_model().objects.create(username=name, is_superuser=name == "a")
for title, isbn in (("Emma", "9780134685991"), ("Walden", "9780306406157")):
    book = Book.objects.create(title=title, isbn=isbn)
review.objects.create(book_id=1, reviewer=users["ada"], rating=4, text="Witty.")
lines = sys.stdin.read().split("\\n")
method, path = lines[0].split()
user, = [line.split()[1].strip(",") for line in lines if line.startswith("from ")]
body = lines[1] if lines[1][0] == "{" else ""
client = APIClient(raise_request_exception=False)
client.force_authenticate(users[user])
print("status", client.generic(method, path, body, "application/json").status_code)
"""
IMAGE = f"viva_{os.getpid()}"
pytestmark = [pytest.mark.usefixtures("docker"), pytest.mark.timeout(1800)]
# Few, because each one takes a run of a submission's tests.
OPTIONS = (f"--image={IMAGE}", "--removals=2", "--limit=120")
ALTERNATIVES = ("classes", "few_lines", "first_time", "functions", "generics")
# The code of one, with the tests of the other.
MIXED = {"dan": ("classes", "generics"), "eve": ("first_time", "functions")}
NEW_NAMES = {
    "BookReview": "Opinion",
    "bookreview": "opinion",
    "review_list": "everything",
    "check_reviewer": "guard",
    "body_of": "content",
    "test_a_visitor_cannot_write": "test_anonymous",
}
# Code inserted before the model of an otherwise complete project, and what the report says.
BROKEN = {
    "does not parse": ("this is no Python\n", "does not start: SyntaxError: invalid syntax"),
    "never ends": ("import time\ntime.sleep(1000)\n", "it timed out after 30 seconds"),
    "stops": ("import os\nos.kill(os.getppid(), 9)\n", "Not examined: its code killed"),
    "forges": (
        "import os\nfrom pathlib import Path\nPath(os.environ['VIVA_RESULTS']).write_text("
        '\'{"fact": "forged"}\\n[]\\n{\')\nos._exit(0)\n',
        "its code stopped the examination, or tampered with it",
    ),
}
HOSTILE_NAME = 'Zoë & <b>co "图书"'
ZOE = file_names([HOSTILE_NAME])[HOSTILE_NAME]


@pytest.fixture(scope="module", autouse=True)
def no_image_stays():
    """Remove the image of the sandbox."""
    yield
    if images := images_of(IMAGE):
        run("docker", "rmi", *images, cwd=ROOT)


@pytest.fixture(scope="module")
def handed_in(bake, tmp_path_factory):
    """Return ten submissions, one of them a renamed copy, and others that do not work."""
    complete = bake(database="sqlite", edition="complete")
    add_grader(complete)
    starter = bake(database="sqlite", edition="assignment")
    folder = tmp_path_factory.mktemp("viva") / "submissions"
    shutil.copytree(complete, folder / "complete")
    for name in ALTERNATIVES:
        project = shutil.copytree(complete, folder / name)
        solve_differently(project, starter, name)
    for name, (code, tests) in MIXED.items():
        project = shutil.copytree(folder / code, folder / name)
        shutil.rmtree(project / "reviews/tests")
        shutil.copytree(folder / tests / "reviews/tests", project / "reviews/tests")
    renamed = shutil.copytree(folder / "functions", folder / "renamed")
    for path in renamed.rglob("reviews/**/*.py"):
        for old, new in NEW_NAMES.items():
            path.write_text(path.read_text().replace(old, new))
        path.write_text(f"# Mine!\n{path.read_text()}")
    ruff = [sys.executable, "-m", "ruff", "format", "--isolated", "--quiet", "--line-length=60"]
    run(*ruff, "reviews", cwd=renamed)
    zoe = shutil.copytree(complete, folder / HOSTILE_NAME)
    shutil.rmtree(zoe / "reviews/tests")
    replace_in(zoe / "reviews/models.py", "of 5 for", "<script>alert(1)</script> of 5 for")
    for name, (code, _) in BROKEN.items():
        models = shutil.copytree(complete, folder / name) / "reviews/models.py"
        models.write_text(code + models.read_text())
    (folder / "empty").mkdir()
    return folder


def viva(submissions, out):
    """Run viva.py; return the finished process."""
    command = [sys.executable, str(ROOT / "classroom/viva.py"), str(submissions), str(out)]
    return subprocess.run([*command, *OPTIONS], capture_output=True, encoding="utf-8", check=False)


@pytest.fixture(scope="module")
def exams(handed_in, tmp_path_factory):
    """Return the folder with the pages of the class."""
    out = tmp_path_factory.mktemp("exams") / "out"
    process = viva(handed_in, out)
    assert process.returncode == 0, process.stderr
    return out / "viva"


def asked(exams, name):
    """Return the questions and what they are about, from the page with the questions."""
    page = (exams / f"questions/{name}.html").read_text(encoding="utf-8")
    found = re.findall(r"<h2>\d\. (.+)</h2>\n<pre>((?:.*\n)*?.*)</pre>", page)
    return [(html.unescape(text), html.unescape(about)) for text, about in found]


def answers(exams, name):
    """Return the texts of each answer: what it is about, what was found, and each effect."""
    page = (exams / f"answers/{name}.html").read_text(encoding="utf-8")
    return [
        [html.unescape(text) for text in re.findall(r"<pre>((?:.*\n)*?.*)</pre>", part)]
        for part in page.split("<h2>")[1:]
    ]


def row_of(exams, name):
    """Return the row of a submission in the report, as text."""
    page = html.unescape((exams / "index.html").read_text(encoding="utf-8"))
    (row,) = re.findall(rf"<tr><td>{re.escape(name)}</td>.*", page)
    return re.sub("<.*?>", " ", row)


def in_container(project, script):
    """Run the shell script in a writable copy of the project; return its output."""
    (image,) = images_of(IMAGE)
    limits = ("--rm", "--network=none", "--env=DATABASE_URL=sqlite://:memory:", "--env=DEBUG=true")
    mount = f"--mount=type=bind,source={project},target=/project,readonly"
    copy = "cp -r /project /tmp/code && cd /tmp/code && "
    return run("docker", "run", *limits, mount, image, "sh", "-c", copy + script, cwd=ROOT)


def remove(project, place):
    """Remove the lines from a file. The place is such as "reviews/views.py, lines 3 to 5"."""
    file, lines = place.split(", ")
    numbers = [int(number) for number in re.findall(r"\d+", lines)]
    code = (project / file).read_text().split("\n")
    (project / file).write_text(without(code, numbers[0], numbers[-1]))


def test_each_submission_has_five_questions_and_as_many_answers(exams):
    for name in ("complete", *ALTERNATIVES, *MIXED):
        assert len(asked(exams, name)) == len(answers(exams, name)) == 5, name


def test_ten_submissions_have_at_least_thirty_different_questions(exams):
    ten = ("complete", *ALTERNATIVES, *MIXED, "renamed", ZOE)
    assert len(ten) == 10
    assert len({question for name in ten for question in asked(exams, name)}) >= 30


@pytest.mark.parametrize("name", ["complete", "functions", "few_lines"])
def test_the_named_tests_fail_without_the_named_lines(exams, handed_in, tmp_path, name):
    about, found = answers(exams, name)[0]
    project = shutil.copytree(handed_in / name, tmp_path / "project")
    remove(project, about.partition(":")[0])
    printed = in_container(
        project, "pytest reviews --no-cov --no-migrations --quiet --tb=no -rfE || true"
    )
    failing = re.findall(r"^(?:FAILED|ERROR) reviews/tests/(.+?)(?: - .+)?$", printed, re.M)
    assert found.startswith(f"{len(failing)} of ")
    assert all(test in found for test in failing)


def test_the_named_line_decides_the_status_code(exams, handed_in, tmp_path):
    found = [
        (name, about, status, effect)
        for name in ("complete", *ALTERNATIVES, *MIXED)
        for (text, about), (_, status, *effect) in zip(
            asked(exams, name), answers(exams, name), strict=True
        )
        if "status code" in text and effect
    ]
    name, request, status, (code, changed, *_) = found[0]
    page = html.unescape((exams / f"answers/{name}.html").read_text(encoding="utf-8"))
    lines, file = re.search(
        rf"<p>Without (lines? .+) of (.+):</p>\n<pre>{re.escape(code)}", page
    ).groups()
    project = shutil.copytree(handed_in / name, tmp_path / "project")
    (project / "send.py").write_text(SEND)
    (project / "request").write_text(request)
    send = "DJANGO_SETTINGS_MODULE=django_project.settings python send.py < request"
    assert f"status {status}\n" in in_container(project, send)
    remove(project, f"{file}, {lines}")
    assert changed != status
    assert f"status {changed}\n" in in_container(project, send)


def test_a_renamed_copy_gets_the_same_questions_and_the_report_says_so(exams):
    assert "The same questions as functions." in row_of(exams, "renamed")
    mine, theirs = asked(exams, "renamed"), asked(exams, "functions")
    assert [text for text, _ in mine] == [text for text, _ in theirs]
    assert (exams / "index.html").read_text(encoding="utf-8").count("The same questions") == 1


@pytest.mark.parametrize("name", BROKEN)
def test_code_that_does_not_run_gets_a_sentence(exams, name):
    assert BROKEN[name][1] in row_of(exams, name)


def test_what_needs_no_code_is_asked_of_code_that_does_not_start(exams):
    for name in ("does_not_parse", "never_ends"):
        ((text, about),) = asked(exams, name)
        assert "docker compose down" in text
        assert "sqlite:/data (web, migrate, seed, worker)" in about
        ((_, found),) = answers(exams, name)
        assert found.splitlines()[:2] == [
            "docker compose down keeps the volumes: sqlite",
            "docker compose down --volumes keeps the volumes: none",
        ]


def test_without_tests_the_other_kinds_are_asked(exams):
    assert "It has no tests in reviews/." in row_of(exams, HOSTILE_NAME)
    assert len(asked(exams, ZOE)) == 5
    assert "Not examined: it is empty." in row_of(exams, "empty")
    assert asked(exams, "empty") == []


def test_the_pages_escape_everything(exams):
    for path in exams.rglob("*.html"):
        assert not re.search("<(script|b|img|link)\\b", path.read_text(encoding="utf-8")), path


def test_forged_output_is_rejected_or_harmless():
    examiner = SimpleNamespace(options=SimpleNamespace(removals=1))
    run = {"ended": "", "tests": {"a": 0, "b": 1}, "facts": {"x": {}, "body": {"about": [1]}}}
    for forged in ("", "[]", "{}", "[1]", "[" * 10_000, json.dumps([run]), '[{"ended": ""}]'):
        with pytest.raises(SubmissionError, match="tampered with it"):
            Examiner.validated(examiner, forged, 0)
    run["facts"]["body"] = {"about": [1], "found": "\x1b[2J"}
    runs = Examiner.validated(examiner, f"A warning\n{json.dumps([run] * 9)}\n", 0)
    assert runs[0]["facts"] == {"body": {"about": "[1]", "found": "\ufffd[2J"}}
    assert len(runs) == 2
    (question,) = questions("seed", [], runs)
    assert question["kind"] == "body"


@pytest.mark.parametrize(
    "code", ["x = 1" + " + 1" * 50_000, "-" * 5_000 + "1", "\0", "x = ("], ids=len
)
def test_code_that_python_cannot_read_has_no_removals(code):
    assert list(OwnCode({"reviews/views.py": code.encode()}, {}).removals()) == []


REMOVABLE = b"""\
'''Text.'''
import x

given = 1

@first(
    1
)
def f():
    '''Text.'''
    return [
        2,
    ]

class C:
    field = models.TextField()
    order = "-pk"
"""


def test_what_is_removed_is_a_statement_or_a_decorator():
    own = OwnCode({"reviews/views.py": REMOVABLE}, {"reviews/views.py": b"given = 1\n"})
    removals = {each["lines"]: each for each in own.removals()}
    assert {lines: each["code"] for lines, each in removals.items()} == {
        "lines 6 to 8": "@first(\n    1\n)",
        "lines 11 to 13": "return [\n    2,\n]",
        "line 17": 'order = "-pk"',
    }
    removed = without(["if x:", "    y()", "z()"], 2, 2)
    assert removed == "if x:\n    pass\nz()"


def test_a_second_run_examines_nothing_and_writes_the_same_bytes(handed_in, exams):
    before = {path: path.read_bytes() for path in exams.rglob("*.html")}
    process = viva(handed_in, exams.parent)
    assert process.returncode == 0, process.stderr
    # All but the empty one.
    assert process.stdout.count("(as before)") == len(list(handed_in.iterdir())) - 1
    assert before == {path: path.read_bytes() for path in exams.rglob("*.html")}


def test_the_make_target_passes_its_arguments_on():
    recipe = run("make", "--dry-run", "viva", "SUBMISSIONS=a b", "OUT=c", cwd=ROOT)
    assert 'viva.py "a b" "c"' in recipe

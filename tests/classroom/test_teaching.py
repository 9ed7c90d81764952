"""The teacher's side without Docker: bake a class, read, grade and compare submissions."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import jsonschema
import pytest
import xmlschema

from classroom.grade_class import MAX_OUTPUT, Grader, SubmissionError
from classroom.report import harmless
from classroom.similar import pairs
from classroom.submissions import MAX_FILES, project, read_all, submissions
from helpers import ROOT, run

SCHEMAS = ROOT / "tests/schemas"
AUTOGRADER = ROOT / "classroom/autograder"


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    """Return the output folder of `make class`, with SQLite."""
    out = tmp_path_factory.mktemp("class") / "out"
    make_class(out, "database=sqlite", "project_name=City Library")
    return out


def make_class(out, *answers):
    """Run what `make class` runs; return the finished process."""
    command = [sys.executable, str(ROOT / "classroom/make_class.py"), str(out), *answers]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


def grade(*arguments):
    """Run grade_class.py; return the finished process."""
    command = [sys.executable, str(ROOT / "classroom/grade_class.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


def test_the_make_targets_pass_their_arguments_on():
    recipe = run("make", "--dry-run", "class", "ANSWERS=project_name='City Library'", cwd=ROOT)
    assert "classroom/make_class.py \"class\" project_name='City Library'" in recipe
    process = subprocess.run(
        ["make", "grade"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (process.returncode, "Name both folders" in process.stderr) == (2, True)
    recipe = run("make", "--dry-run", "grade", "SUBMISSIONS=a b", "OUT=c", cwd=ROOT)
    assert 'grade_class.py "a b" "c"' in recipe
    values = ("ROSTER=r.csv", "ADJUSTMENTS=a.csv", "DEADLINE=x", "LATE=10% per day", "STUDENT=ada")
    recipe = run("make", "--dry-run", "grade", "SUBMISSIONS=a b", "OUT=c", *values, cwd=ROOT)
    for option in ('--roster "r.csv"', '--adjustments "a.csv"', '--deadline "x"',
                   '--late "10% per day"', '--student "ada"'):  # fmt: skip
        assert option in recipe
    process = subprocess.run(
        ["make", "class-patch"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (process.returncode, "Name the assignment" in process.stderr) == (2, True)


def test_both_editions_are_baked_and_replaced(classroom, tmp_path):
    complete, assignment = (
        classroom / edition / "city_library" for edition in ("complete", "assignment")
    )
    assert "class ReviewSerializer" in (complete / "reviews/api/serializers.py").read_text()
    assert "class ReviewSerializer" not in (assignment / "reviews/api/serializers.py").read_text()
    (tmp_path / "notes.txt").write_text("mine")
    assert make_class(tmp_path, "project_slug=first").returncode == 0
    assert make_class(tmp_path, "project_slug=second").returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == {"assignment", "complete", "notes.txt"}
    assert [path.name for path in (tmp_path / "assignment").iterdir()] == ["second"]


def test_an_invalid_value_is_reported_and_replaces_nothing(tmp_path):
    make_class(tmp_path)
    process = make_class(tmp_path, "project_slug=A B")
    assert process.returncode == 1
    assert "These values are not valid" in process.stderr
    assert [path.name for path in (tmp_path / "assignment").iterdir()] == ["library_website"]


def test_a_repository_is_not_replaced(tmp_path):
    make_class(tmp_path)
    run("git", "init", "--quiet", cwd=tmp_path / "assignment/library_website")
    process = make_class(tmp_path)
    assert process.returncode == 1
    assert "is now a Git repository" in process.stderr


def zipped(path, files):
    """Write a zip file with `files`, content by name; return its path."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def link(name):
    """Return the entry of a zip that is a link."""
    entry = zipfile.ZipInfo(name)
    entry.external_attr = 0o120777 << 16
    return entry


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"../manage.py": b""}, "outside"),
        ({"a/../../manage.py": b""}, "outside"),
        ({"/manage.py": b""}, "outside"),
        ({"C:/manage.py": b""}, "outside"),
        ({"..\\manage.py": b""}, "outside"),
        ({"a\x1b[2J.py": b""}, "an invalid name"),
        ({"x" * 300: b""}, "an invalid name"),
        ({"zeros": bytes(50_000_000)}, "too large"),
        ({str(number): b"" for number in range(MAX_FILES + 1)}, "too large"),
        ({link("reviews/x"): b"/etc/passwd"}, "a link"),
        ({"readme.txt": b""}, "no manage.py"),
        ({"a/manage.py": b"", "b/manage.py": b""}, "more than one project"),
        ({"__MACOSX/manage.py": b""}, "it is empty"),
        ({}, "it is empty"),
    ],
)
def test_an_invalid_zip_is_rejected(tmp_path, files, reason):
    with pytest.raises(SubmissionError, match=reason):
        project(read_all(zipped(tmp_path / "x.zip", files)))


def test_a_broken_zip_is_rejected(tmp_path):
    path = zipped(tmp_path / "x.zip", {"manage.py": bytes(10_000), "a": os.urandom(10_000)})
    content = bytearray(path.read_bytes())
    content[2_000:3_000] = bytes(1_000)
    path.write_bytes(content)
    with pytest.raises(SubmissionError, match="it is broken"):
        project(read_all(path))


def test_links_and_special_files_are_rejected(tmp_path):
    (tmp_path / "manage.py").write_text("")
    (tmp_path / "pipe").unlink(missing_ok=True)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SubmissionError, match="not a file"):
        project(read_all(tmp_path))
    (tmp_path / "pipe").unlink()
    (tmp_path / "root").symlink_to("/")
    with pytest.raises(SubmissionError, match="a link"):
        project(read_all(tmp_path))


def test_the_project_is_found_in_any_folder_without_generated_files(tmp_path):
    files = {"my work/p/manage.py": b"1", "my work/p/a/b.py": b"2", "my work/notes": b"3"}
    left_out = {"my work/p/.env": b"x", "my work/p/.venv/bin/manage.py": b"x"}
    found = project(read_all(zipped(tmp_path / "x.zip", files | left_out)))
    assert found == {"manage.py": b"1", "a/b.py": b"2"}


def test_names_come_from_folders_zips_and_lists(tmp_path):
    for name in ("Ann", "ann.d", ".hidden", "__MACOSX"):
        (tmp_path / name).mkdir()
    (tmp_path / "Ann.zip").write_text("")
    (tmp_path / "Bob.ZIP").write_text("")
    names = [name for name, _ in submissions(tmp_path)]
    assert names == ["Ann", "Ann.zip", "Bob", "ann.d"]
    path = tmp_path / "list.txt"
    path.write_text(
        "# the class\n\nCy Lee https://h.example/x.git\ngit@h.example:dee/work.git\n/w\n"
    )
    assert submissions(path) == [
        ("Cy Lee", "https://h.example/x.git"),
        ("dee-work", "git@h.example:dee/work.git"),
        ("w", "/w"),
    ]
    path.write_text("A /x\nA /y\n")
    with pytest.raises(SubmissionError, match="more than one submission: A"):
        submissions(path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "out"], "There is no nowhere."),
        (["empty", "out"], "is empty"),
        (["full", "full/out"], "must not contain each other"),
        (["full", "."], "must not contain each other"),
        (["full", "other"], "contains other files"),
        (["full", "binary"], "is a file"),
        (["binary", "out"], "neither a folder nor a text file"),
        (["full", "out", "--trust=python3.99"], "There is no python3.99"),
        (["full", "out", "--jobs=0"], "must be at least 1"),
        (["full", "out", "--answers=binary"], "is not the .answers.json"),
    ],
)
def test_a_teachers_mistake_gets_one_clear_sentence(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    for folder in ("empty", "full/ann", "other/things"):
        Path(folder).mkdir(parents=True)
    Path("binary").write_bytes(b"\xff\xfe\x00")
    process = grade(*arguments)
    assert process.returncode == 2
    assert message in process.stderr
    assert "Traceback" not in process.stderr
    assert not Path("out/index.html").exists()


def test_with_another_python_the_message_says_how_to_run_it(tmp_path):
    bare = tmp_path / "bare"
    run("python3", "-m", "venv", "--without-pip", str(bare), cwd=tmp_path)
    process = subprocess.run(
        [str(bare / "bin/python3"), str(ROOT / "classroom/grade_class.py"), "handed-in", "grades"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert process.returncode == 2
    assert "make grade SUBMISSIONS=" in process.stderr
    assert "Traceback" not in process.stderr


def test_without_docker_the_message_says_so(tmp_path, monkeypatch):
    (tmp_path / "in/ann").mkdir(parents=True)
    python = Path(sys.executable).parent
    monkeypatch.setenv("PATH", str(python))
    process = grade(tmp_path / "in", tmp_path / "out")
    assert (process.returncode, "no Docker on this machine" in process.stderr) == (2, True)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/docker").write_text("#!/bin/sh\necho '{}'; exit 1\n")
    (tmp_path / "bin/docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{python}:/bin:/usr/bin")
    process = grade(tmp_path / "in", tmp_path / "out")
    assert (process.returncode, "engine is not running" in process.stderr) == (2, True)


@pytest.fixture(scope="module")
def graded(classroom, django_python, tmp_path_factory):
    """Return the results of two submissions, graded without a container."""
    folder = tmp_path_factory.mktemp("trusted")
    for name, edition in (("ann", "complete"), ("bob", "assignment")):
        shutil.copytree(next((classroom / edition).iterdir()), folder / "in" / name)
    process = grade(
        folder / "in", folder / "out", f"--trust={os.path.relpath(django_python)}", "--step=4"
    )
    assert process.returncode == 0, process.stderr
    return folder / "out"


def test_without_a_container_the_grades_are_the_same(graded):
    with (graded / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [(row["name"], row["total"]) for row in csv.DictReader(file)] == [
            ("ann", "5"),
            ("bob", "0"),
        ]


def test_one_student_is_graded_only_where_the_others_have_grades(graded, django_python):
    before = (graded / "index.html").read_bytes()
    options = (f"--trust={django_python}", "--step=3", "--student=ann")
    process = grade(graded.parent / "in", graded, *options)
    assert process.returncode == 2
    assert "The submission of bob has no grade yet, or it has changed since." in process.stderr
    assert (graded / "index.html").read_bytes() == before


@pytest.fixture(scope="module")
def grader(classroom, tmp_path_factory):
    """Return the Grader of grade_class.py, for step 1 only."""
    from types import SimpleNamespace

    answers = next((classroom / "assignment").iterdir()) / ".answers.json"
    options = SimpleNamespace(answers=answers, step=[1], image="x", limit=1, trust=None)
    return Grader(options, tmp_path_factory.mktemp("grader"))


def test_a_grader_that_exits_by_itself_was_in_time_and_a_killed_one_was_not(grader, monkeypatch):
    honest = grader.nothing("nothing")

    def ended(status, output):
        # A minute, of one second that there was.
        monkeypatch.setattr(grader.sandbox, "grade", lambda project: (status, output, 60))
        return grader.grade({})

    assert ended(1, json.dumps(honest, indent=2).encode()) == honest
    for status in (137, -9):
        with pytest.raises(SubmissionError, match="timed out after 1 seconds"):
            ended(status, b"")
        with pytest.raises(SubmissionError, match="prints too much"):
            ended(status, b"x" * MAX_OUTPUT)


def test_a_forged_grade_is_rejected(grader):
    honest = grader.nothing("nothing")
    text = json.dumps(honest, indent=2)
    assert grader.validated("WARNING: something of Docker's\n" + text, 1) == honest
    (step,) = honest["steps"]
    check, *others = step["checks"]
    full = [{**each, "found": "", "points": each["of"]} for each in step["checks"]]
    all_points = {**honest, "points": 5, "steps": [{**step, "points": 5, "checks": full}]}
    assert grader.validated(json.dumps(all_points, indent=2), 0)["points"] == 5
    forged = [
        {**honest, "points": 5},
        {**honest, "of": 500},
        {**honest, "steps": []},
        {**honest, "steps": [step, step]},
        {**honest, "steps": [{**step, "points": 5}]},
        {**honest, "steps": [{**step, "checks": [check]}]},
        {**honest, "steps": [{**step, "checks": [{**check, "points": 3}, *others]}]},
        {**honest, "steps": [{**step, "checks": [{**check, "found": "", "points": 300}, *others]}]},
        {**honest, "steps": [{**step, "checks": [{**check, "points": False}, *others]}]},
        {**honest, "steps": [{**step, "checks": [{**check, "name": "easy"}, *others]}]},
        {**honest, "steps": None},
        [honest],
    ]
    for result in forged:
        with pytest.raises(SubmissionError, match="invalid, or was tampered with"):
            grader.validated(json.dumps(result, indent=2), 1)
    # All points, from a grader that says it has seen less.
    with pytest.raises(SubmissionError, match="tampered with"):
        grader.validated(json.dumps(all_points, indent=2), 1)
    with pytest.raises(SubmissionError, match="last output was: No module"):
        grader.validated("No module", 1)
    with pytest.raises(SubmissionError) as refused:
        grader.validated("\x1b[2J at 0x7f00aa00bb00", 1)
    assert str(refused.value) == "the grader wrote no grade; its last output was: \ufffd[2J at 0x…"


def test_cells_are_not_formulas():
    assert [harmless(cell) for cell in ("=1", "+1", "-1", "@x", "\t=1", "a=1", -1, "")] == [
        *("'=1", "'+1", "'-1", "'@x", "'\t=1", "a=1", "-1", ""),
    ]


WRITTEN = """
from django.shortcuts import get_object_or_404, render
from library.models import Book

def {view}(request, pk):
    {book} = get_object_or_404(Book, pk=pk)
    {found} = {book}.reviews.select_related("reviewer").order_by("-pk")
    pages = [{found}[start : start + 20] for start in range(0, {found}.count(), 20)]
    {shown} = pages[int(request.GET.get("page", 1)) - 1] if pages else []
    for review in {shown}:
        if review.rating > 5 or review.rating < 1:
            raise ValueError(review.rating)
    context = dict(book={book}, reviews={shown}, count={found}.count(), total=len(pages))
    context["average"] = sum(review.rating for review in {shown}) / max(1, len({shown}))
    return render(request, "reviews/book_reviews.html", context)
"""


def test_renamed_and_rearranged_code_is_a_copy():
    names = "view book found shown".split()
    one = WRITTEN.format(**{name: name for name in names})
    other = "# Mine!\n" + WRITTEN.format(**{name: f"my_{name}" for name in names})
    other = other.replace("    ", "\t").replace('"average"', "'mean'")
    own = "def page(request, pk):\n    return None\n" + "\n".join(
        f"def check_{number}(client):\n    assert client.get({number}).status_code == {number}"
        for number in range(20)
    )
    files = {name: {"reviews/views.py": text.encode()} for name, text in
             (("ann", one), ("bob", other), ("cy", own))}  # fmt: skip
    ((percent, *found),) = pairs(files, {})
    assert (percent >= 85, *found) == (True, "ann", "bob", ["reviews/views.py"])
    # What was given to all is nobody's.
    assert pairs(files, {"library/views.py": one.encode()}) == []


@pytest.fixture(scope="module")
def solutions(classroom):
    """Return the files of independent solutions, and of the assignment."""
    starter = project(read_all(next((classroom / "assignment").iterdir())))
    found = {"complete": project(read_all(next((classroom / "complete").iterdir())))}
    for folder in sorted((ROOT / "tests/alternatives").iterdir()):
        files = {path for path in folder.rglob("*") if path.is_file()}
        found[folder.name] = {
            path.relative_to(folder).as_posix(): path.read_bytes() for path in files
        }
    written = {
        name: {path: text for path, text in files.items() if text != starter.get(path)}
        for name, files in found.items()
    }
    return written, starter


def test_independent_solutions_are_not_listed(solutions):
    written, starter = solutions
    assert pairs(written, starter) == []


def test_a_copy_is_listed_with_other_names_another_order_or_half_of_it(solutions):
    written, starter = solutions
    one, other = written["complete"], written["functions"]

    def is_test(path):
        return "/tests/" in path

    copies = {
        "names": {
            path: re.sub(rb"\b(book|client|write|queries|texts|again|review)\b", rb"my_\1", text)
            for path, text in one.items()
        },
        "order": {
            path: b"\n\n\n".join(sorted(text.split(b"\n\n\n"))) if is_test(path) else text
            for path, text in one.items()
        },
        "half": {path: text for path, text in one.items() if is_test(path)}
        | {path: text for path, text in other.items() if not is_test(path)},
    }
    for name, files in copies.items():
        found = pairs({**written, "zoe": files}, starter)
        assert ("complete", "zoe") in [pair[1:3] for pair in found], name
        assert {"zoe"} == set.intersection(*({*pair[1:3]} for pair in found)) - {"complete"}, name


def validate(kind, text):
    """Validate a report against the schema of its format."""
    if kind == "junit":
        xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd").validate(text)
    else:
        schema = json.loads((SCHEMAS / f"{kind}.schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator(schema).validate(json.loads(text))


def test_the_junit_reports_of_a_class_are_valid(graded):
    for name in ("ann", "bob"):
        validate("junit", (graded / f"reports/{name}.xml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def autograders(classroom):
    """Return the folder with the autograders for Gradescope and Classroom 50."""
    for service in ("gradescope", "classroom50"):
        run(sys.executable, "classroom/make_autograder.py", service, str(classroom), cwd=ROOT)
    return classroom


def test_without_a_class_there_is_no_autograder(tmp_path):
    command = [sys.executable, "classroom/make_autograder.py", "gradescope", str(tmp_path)]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (process.returncode, "Create it first: make class" in process.stderr) == (1, True)


def test_the_zip_for_gradescope_is_complete(autograders):
    with zipfile.ZipFile(autograders / "gradescope.zip") as archive:
        modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in archive.infolist()}
        assert modes["setup.sh"] == modes["run_autograder"] == 0o755
        assert {"autograder.py", "checks/grade.py", "requirements.txt"} < set(modes)
        assert not [name for name in modes if name.endswith("answers.toml")]
        assert b"\r" not in archive.read("setup.sh")
        for line in archive.read("requirements.txt").decode().splitlines():
            assert "--hash=sha256:" in line
    for script in ("setup.sh", "run_autograder"):
        run("bash", "-n", str(AUTOGRADER / script), cwd=ROOT)


def cheated(assignment, folder):
    """Return a copy of the assignment with another grader, and links instead of files."""
    project = shutil.copytree(assignment, folder)
    (project / "grade.py").write_text("print('100 of 100')\n")
    shutil.rmtree(project / "grading/__pycache__", ignore_errors=True)
    (project / "grading/points.toml").unlink()
    (project / "grading/points.toml").symlink_to("/etc/passwd")
    (project / "grading/plugin.py").write_text("")
    (project / "result.json").write_text('{"score": 100}')
    return project


def test_gradescope_gets_a_valid_result(autograders, django_python, tmp_path):
    with zipfile.ZipFile(autograders / "gradescope.zip") as archive:
        archive.extractall(tmp_path / "source")
    (tmp_path / "results").mkdir()
    result = tmp_path / "results/results.json"
    environment = {**os.environ, "AUTOGRADER": str(tmp_path), "PYTHON": django_python}

    def graded():
        run("bash", str(tmp_path / "source/run_autograder"), cwd=tmp_path, env=environment)
        validate("gradescope-results", result.read_text())
        return json.loads(result.read_text())

    (tmp_path / "submission").mkdir()
    assert graded() == {
        "score": 0,
        "output": "No grade: it contains no project: there is no manage.py.",
    }
    cheated(next((autograders / "assignment").iterdir()), tmp_path / "submission/my work")
    assert graded()["score"] == 0
    shutil.rmtree(tmp_path / "submission")
    shutil.copytree(next((autograders / "complete").iterdir()), tmp_path / "submission")
    assert graded()["score"] == 100


def test_classroom50_gets_a_valid_result(autograders, django_python, tmp_path):
    project = cheated(next((autograders / "assignment").iterdir()), tmp_path / "work")
    environment = {
        **os.environ,
        "CLASSROOM": "web",
        "ASSIGNMENT": "library",
        "SUBMISSION_TAG": "submit/2026-11-21T10-00-00Z-a1b2c3d",
        "COMMIT_URL": "https://github.com/web/library-ann/commit/a1b2c3d",
        "RELEASE_URL": "https://github.com/web/library-ann/releases/tag/x",
        "REVIEW_URL": "https://github.com/web/library-ann/compare/a...b",
        "CLASSROOM50_BUNDLE_DIR": str(autograders / "classroom50"),
    }
    script = str(autograders / "classroom50/autograder.py")
    run(django_python, script, cwd=project, env=environment)
    text = (project / "result.json").read_text()
    validate("classroom50-result", text)
    result = json.loads(text)
    assert (result["score"], result["max-score"], result["classroom"]) == (0, 100, "web")
    assert not (project / "grading/plugin.py").exists()
    assert not (project / "grading/points.toml").is_symlink()
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "result.json").write_text(text)
    process = subprocess.run([django_python, script], cwd=empty, env=environment, check=False)
    assert process.returncode == 1
    assert not (empty / "result.json").exists()


def test_the_reports_of_grade_py_are_valid(autograders, django_python, tmp_path):
    for edition in ("complete", "assignment"):
        project = next((autograders / edition).iterdir())
        command = [django_python, "grade.py", "--no-docker", "--step=1", "--step=3"]
        command += ["--reports", str(tmp_path)]
        subprocess.run(command, cwd=project, capture_output=True, check=False)
        validate("junit", (tmp_path / "junit.xml").read_text(encoding="utf-8"))
        validate("classroom50-result", (tmp_path / "result.json").read_text())
        validate("gradescope-results", (tmp_path / "results.json").read_text())

"""`make class-patch`: corrected checks for students who have begun."""

import json
import os
import shutil
import subprocess
import sys
from hashlib import sha256

import pytest

from classroom.bake import ROOT, TEMPLATE, add_grader
from helpers import copy_template

MINE = {
    "grading/answers.toml": 'containers_run_on = "linux"\n',
    "reviews/models.py": "# My model\n",
    "compose.yaml": "# My services\n",
    "notes.txt": "Grüße\r\n",
}


def python(*arguments, cwd):
    """Run Python with the arguments; return the finished process."""
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(
        command,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )


def class_patch(handed_out, out, template=ROOT):
    """Run what `make class-patch` runs; return the finished process."""
    return python(template / "classroom/class_patch.py", handed_out, out, cwd=template)


def contents(project):
    """Return the bytes of each file by path."""
    files = sorted(path for path in project.rglob("*") if path.is_file())
    return {path.relative_to(project).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Return the next version of the template, with another check, doctor and workflow."""
    template = tmp_path_factory.mktemp("next") / "template"
    copy_template(template)
    project = template / TEMPLATE.name
    workflow = next((project / ".github/workflows").glob("*grade.yml*"))
    for path in (project / "grading/check_machine.py", project / "doctor.py", workflow):
        path.write_text(path.read_text() + "# Corrected\n")
    (project / "grading/notes.py").write_text("# New\n")
    (project / "grading/urls.py").unlink()
    assert python("scripts/checksums.py", cwd=template).returncode == 0
    return template


@pytest.fixture(scope="module")
def handed_out(bake):
    """Return the assignment as it was handed out."""
    return bake(edition="assignment", database="sqlite")


@pytest.fixture(scope="module")
def patch(handed_out, template, tmp_path_factory):
    """Return the path of class-patch.py from this version to the next."""
    out = tmp_path_factory.mktemp("patch") / "class"
    process = class_patch(handed_out, out, template)
    assert process.returncode == 0, process.stdout
    assert process.stdout.endswith(
        "class-patch.py updates these files: .github/workflows/grade.yml, doctor.py, "
        "grading/check_machine.py, grading/checksums.json, grading/notes.py, grading/urls.py\n"
    )
    return out / "class-patch.py"


@pytest.fixture
def project(handed_out, tmp_path):
    """Return a started project: the assignment with files of a student."""
    project = shutil.copytree(handed_out, tmp_path / "project")
    for name, text in MINE.items():
        (project / name).write_bytes(text.encode())
    return project


def accepted(project):
    """Return whether the grader finds its files unchanged."""
    checksums = json.loads((project / "grading/checksums.json").read_text())
    return all(
        sha256((project / name).read_bytes().replace(b"\r\n", b"\n")).hexdigest() == checksum
        for name, checksum in checksums.items()
    )


def test_a_started_project_is_updated_once(project, patch):
    before = contents(project)
    process = python(patch, cwd=project)
    assert (process.returncode, process.stdout[:9]) == (0, "Updated: "), process.stdout
    after = contents(project)
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    assert changed == {
        ".github/workflows/grade.yml",
        "doctor.py",
        "grading/check_machine.py",
        "grading/checksums.json",
        "grading/notes.py",
        "grading/urls.py",
    }
    assert "grading/urls.py" not in after
    assert accepted(project)
    process = python(patch, cwd=project)
    assert (process.returncode, process.stdout) == (0, "The update is there already.\n")
    assert contents(project) == after


def test_a_finished_project_is_updated(bake, patch, tmp_path):
    project = bake(edition="complete", database="sqlite")
    add_grader(project)
    before = contents(project)
    assert python(patch, project, cwd=tmp_path).returncode == 0
    after = contents(project)
    assert accepted(project)
    assert "Corrected" in (project / "doctor.py").read_text()
    given = ("grading/", "grade.py", "doctor.py", ".github/")
    for name in before:
        assert name.startswith(given) or before[name] == after[name], name
    assert before["grading/answers.toml"] == after["grading/answers.toml"]


def test_a_customized_project_keeps_its_own_doctor_and_workflow(project, patch):
    (project / "doctor.py").write_text("# My doctor\n")
    (project / ".github/workflows/grade.yml").unlink()
    (project / "grading/check_machine.py").write_text("# Easier\n")
    before = contents(project)
    process = python(patch, cwd=project)
    assert process.returncode == 0
    assert process.stdout.splitlines()[:2] == [
        ".github/workflows/grade.yml stays as it is, because you have changed it.",
        "doctor.py stays as it is, because you have changed it.",
    ]
    after = contents(project)
    assert (accepted(project), ".github/workflows/grade.yml" in after) == (True, False)
    assert {name: after[name] for name in [*MINE, "doctor.py"]} == {
        name: before[name] for name in [*MINE, "doctor.py"]
    }
    assert python(patch, cwd=project).stdout.endswith("The update is there already.\n")


def test_line_endings_of_windows_stay(project, patch):
    for path in project.rglob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert python(patch, cwd=project).returncode == 0
    doctor = (project / "doctor.py").read_bytes()
    assert b"Corrected" in doctor
    assert doctor.count(b"\r\n") == doctor.count(b"\n")
    assert accepted(project)


def test_the_wrong_version_is_left_alone(project, patch):
    (project / "grading/checksums.json").write_text("{}\n")
    before = contents(project)
    process = python(patch, cwd=project)
    assert process.returncode == 1
    assert process.stdout.startswith("Nothing was changed: this project has another version")
    assert len(process.stdout.splitlines()) == 1
    assert contents(project) == before


def test_nothing_is_half_done(project, patch):
    # A folder of the name that the last file is written to first.
    (project / "grading/notes.py.new").mkdir()
    before = contents(project)
    process = python(patch, cwd=project)
    assert process.returncode == 1
    assert "Nothing was changed: " in process.stdout
    assert "notes.py.new cannot be written: Is a directory." in process.stdout
    assert contents(project) == before


def test_elsewhere_the_patch_says_where_to_run_it(patch, tmp_path):
    process = python(patch, cwd=tmp_path)
    assert process.returncode == 1
    assert process.stdout.startswith(f"There is no assignment in {os.path.realpath(tmp_path)}.")


def test_without_a_change_there_is_no_patch(handed_out, tmp_path):
    process = class_patch(handed_out, tmp_path)
    assert (process.returncode, list(tmp_path.iterdir())) == (0, [])
    assert "is up to date: there is nothing to patch." in process.stdout


@pytest.mark.parametrize("edition", ["complete", None])
def test_what_is_no_assignment_is_rejected(bake, tmp_path, edition):
    folder = bake(edition=edition) if edition else tmp_path / "nowhere"
    process = class_patch(folder, tmp_path / "out")
    assert process.returncode == 2
    assert "is not an assignment from this template. Name the folder" in process.stdout
    assert not (tmp_path / "out").exists()

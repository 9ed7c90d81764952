"""The commands of "A semester" in docs/teaching.md, from the first one to the exports."""

import csv
import os
import re
import shutil
import sys
from datetime import datetime
from pathlib import Path

import pytest

from classroom.bake import TEMPLATE
from helpers import ENVIRONMENT, ROOT, copy_template, link_packages, run

pytestmark = pytest.mark.usefixtures("docker")
SECTION = (ROOT / "docs/teaching.md").read_text().partition("## A semester\n")[2]
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", SECTION.partition("\n## ")[0], flags=re.M | re.S)
COMMANDS = [block for language, block in BLOCKS if language == "shell"]
ROSTER, ADJUSTMENTS = (block for language, block in BLOCKS if language == "text")
AUTHOR = ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL")
IMAGE = "drf-docker-grading"


@pytest.fixture(autouse=True)
def no_image_stays():
    """Remove the images of the grader that were not there before."""

    def images():
        return set(run("docker", "images", "--quiet", IMAGE, cwd=ROOT).split())

    before = images()
    yield
    if new := images() - before:
        run("docker", "rmi", "--force", *new, cwd=ROOT)


def hand_in(source, target, day):
    """Copy a project as a submission of a day in December 2026."""
    shutil.copytree(source, target)
    moment = datetime.fromisoformat(f"2026-12-{day}T12:00+01:00").timestamp()
    for path in target.rglob("*"):
        os.utime(path, (moment, moment))


def grades(home):
    """Return the grades of the class: points of the checks, changes and total, by login."""
    with (home / "grades/grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return {
            row["name"]: (int(row["graded"]), row["changes"], int(row["total"]))
            for row in csv.DictReader(file)
        }


def contents(folder):
    """Return the bytes of each file below `folder`, by path."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def home(tmp_path):
    """Return the home of a teacher, with the two tables of the page."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "roster.csv").write_text(ROSTER)
    (home / "adjustments.csv").write_text(ADJUSTMENTS)
    return home


def test_the_commands_of_a_semester(home, tmp_path):
    template = tmp_path / "template"
    copy_template(template)
    link_packages(template)
    environment = {
        **ENVIRONMENT,
        **{f"GIT_{name}": "t@example.com" for name in AUTHOR},
        # The Docker client finds its engine here.
        "DOCKER_CONFIG": os.environ.get("DOCKER_CONFIG", str(Path.home() / ".docker")),
        "HOME": str(home),
        "PATH": f"{template}/.venv/bin:{os.environ['PATH']}",
    }
    begin, publish, patch, update, progress, deadline, adjust, object_to, examine = COMMANDS

    def command(text, cwd=template):
        return run("bash", "-ec", text, cwd=cwd, env=environment)

    command(begin)
    assert command(publish).count("create mode") > 100
    solution, assignment = (
        template / f"class/{edition}/city_library" for edition in ("complete", "assignment")
    )

    for name in ("doctor.py", "grading/check_machine.py"):
        with (template / TEMPLATE.name / name).open("a") as file:
            file.write("# Corrected\n")
    run(sys.executable, "scripts/checksums.py", cwd=template)
    assert "doctor.py, grading/check_machine.py, grading/checksums.json" in command(patch)
    student = tmp_path / "student"
    shutil.copytree(solution, student / "city_library")
    shutil.copy(template / "class/class-patch.py", student)
    assert command(update, student / "city_library").startswith("Updated: doctor.py, grading/")

    hand_in(student / "city_library", home / "handed-in/web-ada", day="02")
    hand_in(assignment, home / "handed-in/web-bob", day="01")
    assert " 15 of 15  web-ada\n" in command(progress)

    command(deadline)
    late = "1 day late: 10% per day, at most 3 days (-10)"
    assert grades(home) == {"ada": (100, late, 90), "bob": (0, "", 0), "zoe": (0, "", 0)}

    assert command(adjust).count("(as before)") == 2
    assert [total for *_, total in grades(home).values()] == [85, 0, 40]
    before = contents(home / "grades")
    assert len(list((home / "grades/exports").iterdir())) == 3

    printed = command(object_to)
    assert re.findall(r"  (\w+) \(as before\)", printed) == ["ada"]
    assert contents(home / "grades") == before

    assert "2 examined" in command(examine)
    questions = (home / "grades/viva/questions/web-ada.html").read_text(encoding="utf-8")
    assert questions.count("<h2") == 5
    # The grades in the same folder stay.
    assert before.items() <= contents(home / "grades").items()

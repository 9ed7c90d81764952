"""Bakes the template for a class, and adds the grader to a solution."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "{{cookiecutter.project_slug}}"
# A task and its solution, as marked in the template.
TASK = re.compile(
    rb"^.*### BEGIN TASK.*\n(?:.*\n)*?.*### BEGIN SOLUTION.*\n((?:.*\n)*?).*### END SOLUTION.*\n",
    re.MULTILINE,
)


class BakeError(Exception):
    """The template could not be baked; the message is the output of cookiecutter."""


def bake(folder, answers):
    """Bake the template into `folder` with `answers` (name=value); return the project's path."""
    process = subprocess.run(
        [
            *(sys.executable, "-m", "cookiecutter", str(ROOT), "--no-input", "--default-config"),
            *("--output-dir", str(folder), *answers),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    if process.returncode:
        raise BakeError(process.stdout.strip())
    (project,) = Path(folder).iterdir()
    return project


def bake_solution(folder, answers):
    """Bake the `complete` edition and add the grader; return the project's path."""
    project = bake(folder, [*answers, "edition=complete"])
    add_grader(project)
    return project


def add_grader(project):
    """Add the grader and the solved answers.toml to `project`, which is of the edition `complete`.

    Only the edition `assignment` has the grader, but a solution is graded too.
    """
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(TEMPLATE / "grading", project / "grading", ignore=ignored, dirs_exist_ok=True)
    shutil.copyfile(TEMPLATE / "grade.py", project / "grade.py")
    for path in [project / "grade.py", *(project / "grading").iterdir()]:
        if path.is_file():
            content = path.read_bytes().replace(b"\r\n", b"\n")
            path.write_bytes(TASK.sub(rb"\1", content))

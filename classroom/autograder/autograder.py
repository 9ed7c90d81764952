"""Grades one submission with the checks next to this file, for Classroom 50 and Gradescope.

    python autograder.py                        the project in this folder, into ./result.json
    python autograder.py FOLDER results.json    the project in FOLDER, for Gradescope

Before anything runs, the files in the folder checks/ replace those of the submission. Needs only
the standard library; if the project's packages are missing, they are installed into a virtual
environment, with their hashes checked.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

BUNDLE = Path(os.environ.get("CLASSROOM50_BUNDLE_DIR") or Path(__file__).resolve().parent)
CHECKS = BUNDLE / "checks"
# The only file in grading/ that belongs to the student.
ANSWERS = Path("grading/answers.toml")
SECONDS = 900


def project_in(folder):
    """Return the folder with manage.py that is nearest to `folder`, or None."""
    found = [path.parent for path in folder.rglob("manage.py") if ".venv" not in path.parts]
    return min(found, key=lambda path: (len(path.parts), path), default=None)


def restore(project):
    """Restore the checks in the project, and remove files that were added to them."""
    grading = project / "grading"
    if grading.is_symlink():
        grading.unlink()
    for path in grading.iterdir() if grading.is_dir() else []:
        if path.is_symlink() or path.relative_to(project) != ANSWERS:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    for path in CHECKS.rglob("*"):
        if path.is_file():
            target = project / path.relative_to(CHECKS)
            target.parent.mkdir(exist_ok=True)
            target.unlink(missing_ok=True)
            shutil.copyfile(path, target)


def python_with_packages(folder):
    """Return a Python with the project's packages: this one, or a new environment in `folder`."""
    test = "import django, pytest_django, rest_framework"
    command = [sys.executable, "-c", test]
    if not subprocess.run(command, capture_output=True, check=False).returncode:
        return sys.executable
    venv.create(folder, with_pip=True)
    (python,) = [*folder.glob("bin/python"), *folder.glob("Scripts/python.exe")]
    install = ["-m", "pip", "install", "--quiet", "--require-hashes", "--requirement"]
    subprocess.run([python, *install, BUNDLE / "requirements.txt"], check=True)
    return python


def main():
    """Grade the submission; return the exit status."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    result = Path(sys.argv[2] if len(sys.argv) > 2 else "result.json").resolve()
    # A result that the student has submitted does not count.
    result.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        reports, why = Path(temporary, "reports"), "the grader wrote no result"
        if project := project_in(folder):
            restore(project)
            python = python_with_packages(Path(temporary, "venv"))
            command = [python, "grade.py", "--no-docker", "--reports", reports]
            try:
                subprocess.run(command, cwd=project, timeout=SECONDS, check=False)
            except subprocess.TimeoutExpired:
                why = f"it timed out after {SECONDS} seconds"
        else:
            why = "it contains no project: there is no manage.py"
        report = reports / result.name
        if report.is_file() and not report.is_symlink():
            shutil.copyfile(report, result)
            return 0
    print(f"No grade: {why}.")
    if result.name == "results.json":
        result.write_text(json.dumps({"score": 0, "output": f"No grade: {why}."}) + "\n")
        return 0
    # Without a result, Classroom 50 creates its own and shows the output.
    return 1


if __name__ == "__main__":
    sys.exit(main())

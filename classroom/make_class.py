"""Bake both editions from the same answers, for a class: the solution and what students get.

    make class ANSWERS="project_name='City Library' database=sqlite"

Writes OUT/complete/ and OUT/assignment/, and replaces what an earlier run has written there.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EDITIONS = ("complete", "assignment")
NEXT_STEPS = """
The solution:   {complete}
The assignment: {assignment}

Next, the assignment as a repository of its own, without a history:
  cd "{assignment}"
  git init --initial-branch=main && git add --all && git commit --message="The assignment"

How to hand it out, the lessons, and grading: docs/teaching.md
"""


def bake(edition, answers, folder):
    """Bake the edition into `folder`; end the program with what cookiecutter says if it cannot."""
    process = subprocess.run(
        [
            *(sys.executable, "-m", "cookiecutter", str(ROOT), "--no-input", "--default-config"),
            *("--output-dir", str(folder), *answers, f"edition={edition}"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    if process.returncode:
        print(process.stdout, end="", file=sys.stderr)
        sys.exit(process.returncode)


def main():
    """Bake both editions, and only then put them in the place of those that were there."""
    out, answers = Path(sys.argv[1]), sys.argv[2:]
    for edition in EDITIONS:
        for repository in (out / edition).glob("*/.git"):
            sys.exit(
                f"{repository.parent} is a repository by now, with a history that would be lost. "
                "Move it away, or name another folder: make class OUT=another"
            )
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".baking") as folder:
        for edition in EDITIONS:
            bake(edition, answers, Path(folder, edition))
        for edition in EDITIONS:
            if (out / edition).exists():
                shutil.rmtree(out / edition)
            Path(folder, edition).rename(out / edition)
    places = {edition: next((out / edition).iterdir()) for edition in EDITIONS}
    print(NEXT_STEPS.format(**places))


if __name__ == "__main__":
    main()

"""Bake the assignment and its solution from the same answers, for a class.

    make class ANSWERS="project_name='City Library' database=sqlite"

Writes OUT/complete/ (the solution, with the grader) and OUT/assignment/, and replaces what an
earlier run wrote there.
"""

import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from classroom.bake import BakeError, bake, bake_solution

EDITIONS = ("complete", "assignment")
NEXT_STEPS = """
The solution:   {complete}
The assignment: {assignment}

Next, make the assignment a repository of its own, without history:
  cd "{assignment}"
  git init --initial-branch=main && git add --all && git commit --message="The assignment"

How to distribute it, the lessons and grading: docs/teaching.md
"""


def main():
    """Bake both editions, then replace the old ones; return the exit status."""
    out, answers = Path(sys.argv[1]), sys.argv[2:]
    for edition in EDITIONS:
        for repository in (out / edition).glob("*/.git"):
            print(
                f"{repository.parent} is now a Git repository, and its history would be lost. "
                "Move it away, or choose another folder: make class OUT=another",
                file=sys.stderr,
            )
            return 1
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".baking") as folder:
        try:
            bake_solution(Path(folder, "complete"), answers)
            bake(Path(folder, "assignment"), [*answers, "edition=assignment"])
        except BakeError as error:
            print(error, file=sys.stderr)
            return 1
        for edition in EDITIONS:
            if (out / edition).exists():
                shutil.rmtree(out / edition)
            Path(folder, edition).rename(out / edition)
    projects = {edition: next((out / edition).iterdir()) for edition in EDITIONS}
    print(NEXT_STEPS.format(**projects))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Write the project's openapi.yaml again, after a change of the web API.

make openapi

The shipped file serves all editions: what an edition lacks is in a condition.
"""

import difflib
import os
import subprocess
import sys
import tempfile
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from cookiecutter.main import cookiecutter

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "{{cookiecutter.project_slug}}" / "openapi.yaml"
# For the lines of all editions, of those with the example, and of the complete one.
CONDITIONS = ["", 'cookiecutter.edition != "blank"', 'cookiecutter.edition == "complete"']
ANSWERS = {"project_name": "Project name", "description": "Description"}


def get_schema(edition, python):
    """Return the schema of a bake of the edition as lines; `python` has the project's packages."""
    with tempfile.TemporaryDirectory() as folder:
        project = cookiecutter(
            str(ROOT),
            no_input=True,
            extra_context=ANSWERS | {"edition": edition},
            output_dir=folder,
            default_config=True,
        )
        return subprocess.run(
            [python, "manage.py", "spectacular"],
            cwd=project,
            env={**os.environ, "DEBUG": "true"},
            stdout=subprocess.PIPE,
            encoding="utf-8",
            check=True,
        ).stdout.splitlines()


def get_common(lines, others):
    """Return the indexes of those of `lines` that are also in `others`, in the same order."""
    matcher = difflib.SequenceMatcher(None, others, lines, autojunk=False)
    blocks = matcher.get_matching_blocks()
    assert sum(block.size for block in blocks) == len(others), "a line is not in all editions"
    return {index for _, start, size in blocks for index in range(start, start + size)}


def main():
    """Write the file; the argument is a Python that has the packages of the project."""
    complete, assignment, blank = (
        get_schema(name, sys.argv[1]) for name in ("complete", "assignment", "blank")
    )
    in_assignment, in_blank = get_common(complete, assignment), get_common(complete, blank)
    conditions = [
        CONDITIONS[0 if index in in_blank else 1 if index in in_assignment else 2]
        for index in range(len(complete))
    ]
    lines = []
    for condition, group in groupby(zip(conditions, complete, strict=True), itemgetter(0)):
        part = [line for _, line in group]
        lines += [f"{{% if {condition} %}}", *part, "{% endif %}"] if condition else part
    text = "\n".join(lines) + "\n"
    text = text.replace("title: Project name", "title: {{ cookiecutter.project_name | quoted }}")
    text = text.replace(
        "description: Description", "description: {{ cookiecutter.description | quoted }}"
    )
    SCHEMA.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()

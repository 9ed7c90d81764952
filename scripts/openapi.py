"""Write the project's openapi.yaml again, after a change of the web API.

make openapi

The shipped file serves both editions: what only `complete` has is in a condition.
"""

import difflib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from cookiecutter.main import cookiecutter

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "{{cookiecutter.project_slug}}" / "openapi.yaml"
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


def main():
    """Write the file; the argument is a Python that has the packages of the project."""
    complete, assignment = (get_schema(name, sys.argv[1]) for name in ("complete", "assignment"))
    lines = []
    matcher = difflib.SequenceMatcher(None, assignment, complete, autojunk=False)
    for tag, _, _, start, end in matcher.get_opcodes():
        if tag == "equal":
            lines += complete[start:end]
        else:
            lines += ['{% if cookiecutter.edition == "complete" %}', *complete[start:end]]
            lines += ["{% endif %}"]
    text = "\n".join(lines) + "\n"
    text = text.replace("title: Project name", "title: {{ cookiecutter.project_name | quoted }}")
    text = text.replace(
        "description: Description", "description: {{ cookiecutter.description | quoted }}"
    )
    SCHEMA.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()

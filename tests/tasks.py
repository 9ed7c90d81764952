"""The tasks of the assignment in the template's source, and their solutions."""

import re
from pathlib import Path

from cookiecutter.main import cookiecutter

from helpers import ROOT

# A task of the step in the first group, and the lines that solve it.
BLOCK = re.compile(
    r"^.*### BEGIN TASK (\d+).*\n((?:.*\n)*?)"
    r".*### BEGIN SOLUTION.*\n((?:.*\n)*?).*### END SOLUTION.*\n",
    re.MULTILINE,
)
# A mark of what belongs to the example, which the assignment has.
MARK = re.compile(r"^.*### (?:BEGIN|END) EXAMPLE\b.*\n", re.MULTILINE)
# The files that one step adds as a whole.
WHOLE_FILES = {"reviews/migrations/0001_initial.py": 5}


def texts_of(project):
    """Return the text of each file of the project, by its path."""
    return {
        path.relative_to(project).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(project.rglob("*"))
        if path.is_file() and not {".venv", ".git", "reports"} & set(path.parts)
    }


def source_in(folder, **answers):
    """Return the texts of a project baked without hooks: with tasks, solutions and markers."""
    path = cookiecutter(
        str(ROOT),
        no_input=True,
        extra_context=answers,
        output_dir=str(folder),
        default_config=True,
        accept_hooks=False,
    )
    return texts_of(Path(path))


def solved(texts, project, steps):
    """Write the files of `texts` into `project`, with the solutions of `steps` (numbers)."""

    def choose(block):
        number, task, solution = block.groups()
        return solution if int(number) in steps else task

    for name, text in texts.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name in WHOLE_FILES and WHOLE_FILES[name] not in steps:
            path.unlink(missing_ok=True)
        else:
            path.write_text(MARK.sub("", BLOCK.sub(choose, text)), encoding="utf-8")

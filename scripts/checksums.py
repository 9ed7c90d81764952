"""Write grading/checksums.json, which tells whether a file of the grader was changed.

make checksums
"""

import json
from hashlib import sha256
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent / "{{cookiecutter.project_slug}}"
CHECKSUMS = PROJECT / "grading/checksums.json"
# The students' own file, and the list itself.
LEFT_OUT = {"answers.toml", "checksums.json"}


def checksums():
    """Return the SHA-256 of each file of the grader, by relative path."""
    files = [
        PROJECT / "grade.py",
        *(
            path
            for path in (PROJECT / "grading").iterdir()
            if path.is_file() and path.name not in LEFT_OUT
        ),
    ]
    return {
        path.relative_to(PROJECT).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(files)
    }


def page():
    """Return the text of checksums.json."""
    return json.dumps(checksums(), indent=2) + "\n"


if __name__ == "__main__":
    CHECKSUMS.write_text(page(), encoding="utf-8", newline="\n")

"""Write class-patch.py, with which students update the files that they do not write.

    make class-patch FROM=class/assignment/city_library

FROM is the assignment as it was handed out. Students run OUT/class-patch.py in a project that
they began with it, and get the checks, the doctor and the workflows of this template.
"""

import json
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from classroom.bake import BakeError, bake

SCRIPT = Path(__file__).resolve().parent / "patch/class-patch.py"
GIVEN = ("grade.py", "grading/*", "doctor.py", ".github/workflows/*", ".gitlab-ci.yml")
ANSWERS = "grading/answers.toml"
VERSION = "grading/checksums.json"


def given(project):
    """Return the content of each file that students do not write, by path."""
    files = {
        path.relative_to(project).as_posix(): path.read_bytes().replace(b"\r\n", b"\n")
        for pattern in GIVEN
        for path in project.glob(pattern)
        if path.is_file()
    }
    return {name: content for name, content in sorted(files.items()) if name != ANSWERS}


def files(old, new, names):
    """Return the files `names` as class-patch.py needs them."""
    return {
        name: {
            "old": sha256(old[name]).hexdigest() if name in old else None,
            "new": new[name].decode() if name in new else None,
        }
        for name in names
    }


def main():
    """Write the script; return the exit status."""
    handed_out, out = Path(sys.argv[1]).expanduser(), Path(sys.argv[2])
    try:
        answers = json.loads((handed_out / ".answers.json").read_text(encoding="utf-8"))
        words = [f"{name}={answer}" for name, answer in answers["cookiecutter"].items()]
        if "edition=assignment" not in words or not (handed_out / VERSION).is_file():
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        print(
            f"{handed_out} is not an assignment from this template. "
            "Name the folder that you have handed out: make class-patch FROM=…",
            file=sys.stderr,
        )
        return 2
    with tempfile.TemporaryDirectory() as folder:
        try:
            old, new = given(handed_out), given(bake(folder, words))
        except BakeError as error:
            print(f"The template cannot be baked:\n{error}", file=sys.stderr)
            return 2
    changed = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    if not changed:
        print(f"{handed_out} is up to date: there is nothing to patch.")
        return 0
    text = json.dumps(files(old, new, [*changed, VERSION]), indent=2, sort_keys=True)
    out.mkdir(parents=True, exist_ok=True)
    script = SCRIPT.read_text(encoding="utf-8").replace('r"""{}"""', f'r"""{text}"""')
    (out / SCRIPT.name).write_text(script, encoding="utf-8", newline="\n")
    print(f"{out / SCRIPT.name} updates these files: {', '.join(changed)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

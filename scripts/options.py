"""Write docs/options.md: each question, its rules, its choices, and what each changes.

    make options

Reads cookiecutter.json and the rules, and bakes the project once for each answer to
see which files it changes.
"""

import json
import sys
import tempfile
from pathlib import Path

from cookiecutter.main import cookiecutter

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/options.md"
sys.path.insert(0, str(ROOT))

from local_extensions.rules import QUESTIONS, RULES  # noqa: E402

PROMPTS = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))["__prompts__"]
OTHER_TEXT = {
    "project_name": "Another Name",
    "project_slug": "another_folder",
    "description": "Another sentence.",
    "author_name": "Ada Lovelace",
    "email": "ada@example.com",
}
# The record of the answers.
EVERYWHERE = {".answers.json"}


def baked(**answers):
    """Return the files of the project baked with `answers`: a dictionary of path to bytes."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(
            cookiecutter(
                str(ROOT),
                no_input=True,
                extra_context=answers,
                output_dir=folder,
                default_config={"replay_dir": f"{folder}/replay"},
                accept_hooks=False,
            )
        )
        return {
            path.relative_to(project).as_posix(): path.read_bytes()
            for path in sorted(project.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts
        }


def what_changes(before, after):
    """Return in words which files differ between two bakes."""
    names = lambda files: ", ".join(f"`{name}`" for name in sorted(files))  # noqa: E731
    changed = {name for name in before.keys() & after.keys() if before[name] != after[name]}
    parts = [
        ("adds", after.keys() - before.keys()),
        ("drops", before.keys() - after.keys()),
        ("changes", changed - EVERYWHERE),
    ]
    return "; ".join(f"{verb} {names(files)}" for verb, files in parts if files) or "the default"


def page():
    """Return the text of the page."""
    default = baked()
    lines = [
        "# Options",
        "",
        "Written by `make options` from `cookiecutter.json`, the rules and real bakes. What an "
        "answer changes is told against the defaults; the record of the answers, "
        "`.answers.json`, changes with each.",
    ]
    for question, value in QUESTIONS.items():
        prompt = PROMPTS[question]
        lines += ["", f"## `{question}`", ""]
        if isinstance(value, list):
            lines += [
                prompt["__prompt__"],
                "",
                "| answer | label | what it changes |",
                "|---|---|---|",
            ]
            for choice in value:
                changes = what_changes(default, baked(**{question: choice}))
                default_mark = " (default)" if choice == value[0] else ""
                lines.append(f"| `{choice}`{default_mark} | {prompt[choice]} | {changes} |")
            continue
        shown = {"project_slug": "made from the name"}.get(
            question, f"`{value}`" if value else "empty"
        )
        lines += [prompt, "", f"- Default: {shown}"]
        lines += [f"- It {sentence}." for _, sentence, _ in RULES[question]]
        if question == "project_slug":
            lines.append("- Names the folder, and the project in `pyproject.toml`.")
        else:
            other = baked(project_slug="library_website", **{question: OTHER_TEXT[question]})
            lines.append(f"- Another answer {what_changes(default, other)}.")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE.relative_to(ROOT))

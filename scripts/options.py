"""Write docs/options.md: the prompts, rules and choices, and the files that each changes.

    make options

Reads cookiecutter.json and the rules, and bakes the project once for each choice.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

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
# Records the answers and a random secret: they differ between any two bakes.
EVERYWHERE = {".answers.json", ".env"}


def baked(**answers):
    """Return the bytes of each file of a project baked with `answers`, by relative path."""
    command = [sys.executable, "-m", "cookiecutter", str(ROOT), "--no-input", "--default-config"]
    with tempfile.TemporaryDirectory() as folder:
        words = [f"{question}={answer}" for question, answer in answers.items()]
        command += ["--output-dir", folder, *words]
        subprocess.run(command, check=True, capture_output=True)
        (project,) = Path(folder).iterdir()
        return {
            path.relative_to(project).as_posix(): path.read_bytes()
            for path in sorted(project.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts
        }


def what_changes(before, after):
    """Return a sentence that names the files that differ between two bakes."""

    shared = {folder for name in before.keys() & after.keys() for folder in Path(name).parents}

    def short(name):
        # A folder that only one of them has is one name.
        folders = [folder for folder in Path(name).parents if folder not in shared]
        return f"{folders[-1].as_posix()}/" if folders else name

    def names(files):
        return ", ".join(f"`{name}`" for name in sorted({short(name) for name in files}))

    changed = {name for name in before.keys() & after.keys() if before[name] != after[name]}
    parts = [
        ("adds", after.keys() - before.keys()),
        ("removes", before.keys() - after.keys()),
        ("changes", changed - EVERYWHERE),
    ]
    return "; ".join(f"{verb} {names(files)}" for verb, files in parts if files) or "the default"


def page():
    """Return the text of the page."""
    default = baked()
    lines = [
        "# Options",
        "",
        "`make options` generates this page from `cookiecutter.json`, the rules and real bakes. "
        "It compares each choice with the default. Every choice also changes `.answers.json`, "
        "which records your answers.",
    ]
    for question, value in QUESTIONS.items():
        prompt = PROMPTS[question]
        lines += ["", f"## `{question}`", ""]
        if isinstance(value, list):
            lines += [
                prompt["__prompt__"],
                "",
                "| value | label | what it changes |",
                "|---|---|---|",
            ]
            for choice in value:
                changes = what_changes(default, baked(**{question: choice}))
                default_mark = " (default)" if choice == value[0] else ""
                lines.append(f"| `{choice}`{default_mark} | {prompt[choice]} | {changes} |")
            continue
        shown = {"project_slug": "derived from the name"}.get(
            question, f"`{value}`" if value else "empty"
        )
        lines += [prompt, "", f"- Default: {shown}"]
        lines += [f"- It {sentence}." for sentence, _ in RULES[question]]
        if question == "project_slug":
            lines.append("- Sets the name of the folder, and of the project in `pyproject.toml`.")
        else:
            other = baked(project_slug="library_website", **{question: OTHER_TEXT[question]})
            lines.append(f"- Another value {what_changes(default, other)}.")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"Wrote {PAGE.relative_to(ROOT)}")

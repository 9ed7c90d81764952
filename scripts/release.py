"""Make a release: test, write the version and the changelog, commit, tag, and move `stable`.

    make release VERSION=0.2.0
    make release VERSION=0.2.0 DRY_RUN=1    prints what it would do
    python scripts/release.py --notes 0.2.0 prints what the changelog says about the version

Nothing is pushed: the last line of the output is the command that does.
"""

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = ROOT / "cookiecutter.json"
PYPROJECT = ROOT / "pyproject.toml"
CHANGELOG = ROOT / "CHANGELOG.md"
# All tests, whatever TESTS says, and none skipped.
TEST = ["make", "check", "test", "TESTS="]
REQUIRED = {"REQUIRE_BROWSER": "1", "REQUIRE_DOCKER": "1"}


def git(*arguments):
    """Return the output of a git command."""
    command = ["git", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def current_version():
    """Return the version that cookiecutter.json names."""
    return json.loads(QUESTIONS.read_text(encoding="utf-8"))["_version"]


def section(title):
    """Return the text of the changelog below the heading `title`, or an empty string."""
    text = CHANGELOG.read_text(encoding="utf-8")
    heading = rf"^## {re.escape(title)}(?: [^\n]*)?\n(.*?)(?=^## |\Z)"
    found = re.search(heading, text, flags=re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""


def check(version):
    """Exit with one sentence if `version` cannot be released from the working tree."""
    if not re.fullmatch(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}", version):
        sys.exit(f"VERSION must have the form X.Y.Z, as in VERSION=0.2.0, not {version!r}.")
    current = current_version()
    if tuple(map(int, version.split("."))) <= tuple(map(int, current.split("."))):
        sys.exit(f"VERSION must be newer than the current version {current}, not {version}.")
    if git("tag", "--list", f"v{version}"):
        sys.exit(f"The tag v{version} already exists: choose a newer VERSION.")
    if (branch := git("branch", "--show-current").strip()) != "main":
        sys.exit(f"A release is made on the branch main, not on {branch or 'a detached HEAD'!r}.")
    if changes := git("status", "--short").splitlines():
        sys.exit(f"Commit or stash your changes first: {', '.join(changes)}.")
    if not section("Unreleased"):
        sys.exit('The section "Unreleased" of CHANGELOG.md is empty: write what changes for users.')


def release(version):
    """Return the new text of each file that the release changes, by path."""
    current = current_version()
    versions = {
        QUESTIONS: (f'"_version": "{current}"', f'"_version": "{version}"'),
        PYPROJECT: (f'\nversion = "{current}"', f'\nversion = "{version}"'),
        CHANGELOG: ("## Unreleased\n", f"## Unreleased\n\n## {version} - {date.today()}\n"),
    }
    texts = {path: path.read_text(encoding="utf-8") for path in versions}
    for path, (old, _) in versions.items():
        if old not in texts[path]:
            sys.exit(f"{path.name} must contain this line: {old.strip()}")
    return {path: texts[path].replace(old, new, 1) for path, (old, new) in versions.items()}


def notes(version):
    """Return what the changelog says about the version of the working tree."""
    if version != current_version():
        sys.exit(f"The version in cookiecutter.json is {current_version()}, not {version}.")
    return section(version) or sys.exit(f"CHANGELOG.md has no section {version}.")


def main():
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("version")
    parser.add_argument("--dry-run", action="store_true", help="print what a release would do")
    parser.add_argument("--notes", action="store_true", help="print the notes of this version")
    options = parser.parse_args()
    version, tag = options.version, f"v{options.version}"
    if options.notes:
        print(notes(version))
        return
    check(version)
    commands = [
        ["git", "commit", "--all", "--message", f"Release {version}"],
        ["git", "branch", "--force", "stable"],
        ["git", "tag", "--annotate", tag, "--message", f"Release {version}"],
    ]
    changed = ", ".join(path.name for path in release(version))
    push = f"git push --atomic origin main {tag}"
    if options.dry_run:
        print("Nothing is changed. The release would run the tests, write the version, and tag:\n")
        required = " ".join(f"{name}={value}" for name, value in REQUIRED.items())
        print(f"  {required} {shlex.join(TEST)}\n  write {version} to {changed}")
        print(*(f"  {shlex.join(command)}" for command in commands), sep="\n")
        print(f"\nNotes of {version}:\n\n{section('Unreleased')}\n\nThen publish it:\n\n  {push}")
        return
    tested = git("rev-parse", "HEAD").strip()
    if subprocess.run(TEST, cwd=ROOT, env=os.environ | REQUIRED, check=False).returncode:
        sys.exit(f"The tests failed, so {version} is not released. Nothing was changed.")
    # The tests take long enough for an edit or a commit.
    check(version)
    if git("rev-parse", "HEAD").strip() != tested:
        sys.exit("main has moved while the tests ran. Nothing was changed: run the command again.")
    for path, text in release(version).items():
        path.write_text(text, encoding="utf-8", newline="\n")
    try:
        for command in commands:
            subprocess.run(command, cwd=ROOT, check=True)
    except subprocess.CalledProcessError as error:
        failed = shlex.join(error.cmd)
        sys.exit(f"`{failed}` failed. To undo the rest: git reset --hard {tested}")
    print(f"{tag} is tagged, and stable is moved to it. Publish it:\n\n  {push}")


if __name__ == "__main__":
    main()

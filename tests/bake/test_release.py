"""`make release` in a copy of the template, and the workflow that publishes a release."""

import json
import re
import subprocess
import sys

import pytest
import yaml

from helpers import (
    ENVIRONMENT,
    QUESTIONS,
    ROOT,
    commit,
    copy_template,
    link_packages,
    replace_in,
    run,
)

CURRENT = QUESTIONS["_version"]
NEW = "99.0.0"
WORKFLOW = ROOT / ".github/workflows/release.yml"


@pytest.fixture
def template(tmp_path):
    """Return a copy of the template whose linters and tests are one line each, and pass."""
    template = tmp_path / "template"
    copy_template(template)
    link_packages(template)
    (template / "CHANGELOG.md").write_text(
        f"# Changelog\n\n## Unreleased\n\n- A new choice.\n\n## {CURRENT}\n\nThe old version.\n"
    )
    with (template / "Makefile").open("a") as makefile:
        makefile.write('\ncheck:\n\t@echo "linters run"\n')
        makefile.write(
            '\ntest:\n\t@echo "tests run: [$(TESTS)] $(REQUIRE_BROWSER) $(REQUIRE_DOCKER)"\n'
        )
    commit(template, "The working tree")
    run("git", "branch", "--move", "main", cwd=template)
    run("git", "config", "user.name", "Test", cwd=template)
    run("git", "config", "user.email", "test@example.com", cwd=template)
    return template


def release(template, *variables):
    """Run `make release` with the variables, and return the finished process."""
    return subprocess.run(
        ["make", "--no-print-directory", "release", *variables],
        cwd=template,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )


def state(template):
    """Return the commits of all branches and tags, and the changes of the working tree."""
    return run("git", "show-ref", cwd=template) + run("git", "status", "--short", cwd=template)


def git(template, *arguments):
    """Return the output of a git command, without the line break at its end."""
    return run("git", *arguments, cwd=template).rstrip("\n")


def sentence(process):
    """Return the error message of `make release`, which must be one line."""
    assert process.returncode != 0, process.stdout
    lines = [
        line for line in process.stderr.splitlines() if not line.startswith(("make: ", "Make"))
    ]
    assert len(lines) == 1, process.stderr
    return lines[0]


def test_a_release_writes_the_version_tags_it_and_moves_stable(template):
    before = git(template, "rev-parse", "HEAD")
    git(template, "branch", "stable")

    process = release(template, f"VERSION={NEW}", "TESTS=tests/bake")

    assert process.returncode == 0, process.stderr
    # All of them, although the command names some, and none is skipped.
    assert "linters run\ntests run: [] 1 1\n" in process.stdout
    assert json.loads((template / "cookiecutter.json").read_text())["_version"] == NEW
    assert f'\nversion = "{NEW}"\n' in (template / "pyproject.toml").read_text()
    assert re.fullmatch(
        rf"# Changelog\n\n## Unreleased\n\n## {NEW} - \d{{4}}-\d\d-\d\d\n\n- A new choice.\n\n"
        rf"## {CURRENT}\n\nThe old version.\n",
        (template / "CHANGELOG.md").read_text(),
    )
    changed = git(template, "diff", "--name-only", before, "main").splitlines()
    assert changed == ["CHANGELOG.md", "cookiecutter.json", "pyproject.toml"]
    assert git(template, "rev-parse", "main^") == before
    assert git(template, "cat-file", "-t", f"v{NEW}") == "tag"
    assert git(template, "rev-parse", f"v{NEW}^{{commit}}") == git(template, "rev-parse", "main")
    assert git(template, "rev-parse", "stable") == git(template, "rev-parse", "main")
    assert git(template, "status", "--short") == ""
    assert process.stdout.endswith(f"git push --atomic origin main v{NEW}\n")


@pytest.mark.parametrize("target", ["check", "test"])
def test_a_failing_test_stops_the_release_with_nothing_changed(template, target):
    with (template / "Makefile").open("a") as makefile:
        makefile.write(f"\n{target}:\n\t@false\n")
    commit(template, "Break a test")
    before = state(template)
    process = release(template, f"VERSION={NEW}")
    assert process.returncode != 0
    assert "The tests failed, so 99.0.0 is not released. Nothing was changed." in process.stderr
    assert state(template) == before


def edit(template):
    (template / "README.md").write_text("Unfinished\n")


def work_on_a_branch(template):
    git(template, "switch", "--quiet", "--create", "work")


def empty_the_changelog(template):
    replace_in(template / "CHANGELOG.md", "- A new choice.\n", "")
    commit(template, "Empty the changelog")


@pytest.mark.parametrize(
    ("version", "prepare", "expected"),
    [
        ("", None, "VERSION must have the form X.Y.Z, as in VERSION=0.2.0, not ''."),
        ("1.0", None, "VERSION must have the form X.Y.Z, as in VERSION=0.2.0, not '1.0'."),
        ("v99.0.0", None, "VERSION must have the form X.Y.Z, as in VERSION=0.2.0, not 'v99.0.0'."),
        (
            CURRENT,
            None,
            f"VERSION must be newer than the current version {CURRENT}, not {CURRENT}.",
        ),
        ("0.0.9", None, f"VERSION must be newer than the current version {CURRENT}, not 0.0.9."),
        (
            NEW,
            lambda template: git(template, "tag", f"v{NEW}"),
            f"The tag v{NEW} already exists: choose a newer VERSION.",
        ),
        (NEW, work_on_a_branch, "A release is made on the branch main, not on 'work'."),
        (
            NEW,
            lambda template: git(template, "switch", "--quiet", "--detach"),
            "A release is made on the branch main, not on 'a detached HEAD'.",
        ),
        (NEW, edit, "Commit or stash your changes first:  M README.md."),
        (
            NEW,
            empty_the_changelog,
            'The section "Unreleased" of CHANGELOG.md is empty: write what changes for users.',
        ),
    ],
)
def test_an_impossible_release_is_one_sentence(template, version, prepare, expected):
    if prepare:
        prepare(template)
    before = state(template)
    for dry_run in ([], ["DRY_RUN=1"]):
        process = release(template, f"VERSION={version}", *dry_run)
        assert sentence(process) == expected
        assert process.stdout == ""
    assert state(template) == before


def test_versions_are_compared_as_numbers(template):
    replace_in(template / "cookiecutter.json", f'"_version": "{CURRENT}"', '"_version": "0.9.0"')
    replace_in(template / "pyproject.toml", f'version = "{CURRENT}"', 'version = "0.9.0"')
    commit(template, "0.9.0")
    script = (sys.executable, "scripts/release.py", "--dry-run")
    assert "write 0.10.0 to" in run(*script, "0.10.0", cwd=template)


def test_a_dry_run_prints_every_step_and_changes_nothing(template):
    before = state(template)
    process = release(template, f"VERSION={NEW}", "DRY_RUN=1")
    assert process.returncode == 0, process.stderr
    for step in (
        "  REQUIRE_BROWSER=1 REQUIRE_DOCKER=1 make check test TESTS=\n",
        f"  write {NEW} to cookiecutter.json, pyproject.toml, CHANGELOG.md\n",
        f"  git commit --all --message 'Release {NEW}'\n",
        "  git branch --force stable\n",
        f"  git tag --annotate v{NEW} --message 'Release {NEW}'\n",
        "- A new choice.\n",
        f"  git push --atomic origin main v{NEW}\n",
    ):
        assert step in process.stdout
    assert "tests run" not in process.stdout
    assert state(template) == before


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("echo edit >> README.md", "Commit or stash your changes first:  M README.md."),
        (
            "git commit --quiet --allow-empty --message=Later",
            "main has moved while the tests ran. Nothing was changed: run the command again.",
        ),
    ],
    ids=["edit", "commit"],
)
def test_what_was_not_tested_is_not_released(template, command, expected):
    with (template / "Makefile").open("a") as makefile:
        makefile.write(f"\ntest:\n\t@{command}\n")
    commit(template, "Change something during the tests")
    assert sentence(release(template, f"VERSION={NEW}")) == expected
    assert git(template, "tag") == ""
    assert git(template, "diff", "--name-only", "HEAD", "--", "cookiecutter.json") == ""


def test_a_failing_git_command_is_named_with_the_command_that_undoes_the_rest(template):
    before = state(template)
    hook = template / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    message = sentence(release(template, f"VERSION={NEW}"))
    assert message.startswith(f"`git commit --all --message 'Release {NEW}'` failed.")
    git(template, *message.partition("undo the rest: git ")[2].split())
    assert state(template) == before


def test_a_workflow_runs_all_tests_before_it_publishes():
    workflow = yaml.safe_load(WORKFLOW.read_text())
    # PyYAML reads the key `on` as true.
    assert workflow[True] == {"push": {"tags": ["v*"]}}
    assert workflow["permissions"] == {}
    test, publish = workflow["jobs"]["test"], workflow["jobs"]["publish"]
    assert test["uses"] == "$/.github/workflows/ci.yml"
    assert test["permissions"] == {"contents": "read"}
    # Without `if`, a job runs only when all jobs that it needs have succeeded.
    assert publish["needs"] == "test"
    assert "if" not in publish
    assert publish["permissions"] == {"contents": "write"}
    ci = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    assert "workflow_call" in ci[True]
    commands = [step.get("run") for step in ci["jobs"]["test"]["steps"]]
    assert {"make check", "make test"} <= set(commands)


@pytest.fixture
def published(template, tmp_path):
    """Return a clone of a released template, as the workflow checks it out, and its remote."""
    git(template, "branch", "stable")
    remote, clone = tmp_path / "remote.git", tmp_path / "clone"
    run("git", "clone", "--quiet", "--bare", str(template), str(remote), cwd=tmp_path)
    assert release(template, f"VERSION={NEW}").returncode == 0
    run("git", "push", "--quiet", "--atomic", str(remote), "main", f"v{NEW}", cwd=template)
    checkout = ("--quiet", "--branch", f"v{NEW}", str(remote), str(clone))
    run("git", "-c", "advice.detachedHead=false", "clone", *checkout, cwd=tmp_path)
    return clone, remote


def publish(clone, tag):
    """Run the commands of the workflow with a `gh` that prints its arguments."""
    bin_folder = clone.parent / "bin"
    bin_folder.mkdir()
    (bin_folder / "gh").write_text('#!/bin/sh\necho "gh $*"\n')
    (bin_folder / "gh").chmod(0o755)
    steps = yaml.safe_load(WORKFLOW.read_text())["jobs"]["publish"]["steps"]
    script = "\n".join(step["run"] for step in steps if "run" in step)
    environment = {
        **ENVIRONMENT,
        "PATH": f"{bin_folder}:{ENVIRONMENT['PATH']}",
        "GITHUB_REF_NAME": tag,
        "RUNNER_TEMP": str(clone.parent),
    }
    return subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=clone,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_workflow_moves_stable_and_publishes_the_notes(published):
    clone, remote = published
    process = publish(clone, f"v{NEW}")
    assert process.returncode == 0, process.stderr
    assert git(remote, "rev-parse", "stable") == git(remote, "rev-parse", f"v{NEW}^{{commit}}")
    notes = clone.parent / "notes.md"
    assert notes.read_text() == "- A new choice.\n"
    create = f"gh release create v{NEW} --verify-tag --notes-file {notes}\n"
    assert process.stdout.endswith(create)
    # A job that failed half-way can run again.
    run("git", "push", "--quiet", "origin", "HEAD:refs/heads/stable", cwd=clone)


def test_the_workflow_publishes_no_tag_that_is_not_the_version(published):
    clone, remote = published
    before = git(remote, "rev-parse", "stable")
    process = publish(clone, "v98.0.0")
    assert process.returncode != 0
    assert process.stderr == f"The version in cookiecutter.json is {NEW}, not 98.0.0.\n"
    assert "release create" not in process.stdout
    assert git(remote, "rev-parse", "stable") == before


def test_the_workflow_never_moves_stable_back(published):
    clone, remote = published
    git(clone, "switch", "--quiet", "main")
    commit(clone, "Later")
    git(clone, "push", "--quiet", "origin", "main", "main:stable")
    later = git(remote, "rev-parse", "stable")
    git(clone, "switch", "--quiet", "--detach", f"v{NEW}")
    process = publish(clone, f"v{NEW}")
    assert process.returncode != 0
    assert "non-fast-forward" in process.stderr
    assert "release create" not in process.stdout
    assert git(remote, "rev-parse", "stable") == later

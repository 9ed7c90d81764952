"""The workflows of GitHub and GitLab: well-formed, pinned, and clean for zizmor."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import yaml

from helpers import PROJECT, ROOT, commit, run

pytestmark = pytest.mark.quick

BIN = Path(sys.executable).parent
ZIZMOR = (str(BIN / "zizmor"), "--offline", "--quiet", "--persona=pedantic")
SCHEMA = (str(BIN / "check-jsonschema"), "--builtin-schema")
EDITIONS = ("complete", "assignment")
PINNED = re.compile(r"(\S+)@([0-9a-f]{40}) # v\d+\.\d+\.\d+")
# Stands in for GitHub's command line, and knows the pull requests that it has opened.
GH = """#!/bin/sh
case "$*" in
  "pr create"*) echo opened >> "$OPENED" ;;
  "pr list"*) wc -l < "$OPENED" ;;
esac
"""
# Stands in for GitLab, which opens a merge request for a push with this option.
POST_RECEIVE = """#!/bin/sh
[ "$GIT_PUSH_OPTION_0" != merge_request.create ] || echo opened >> "$OPENED"
"""


def uses_of(folder):
    """Return each action of another repository in the workflows of `folder`, with its comment."""
    text = "".join(path.read_text() for path in sorted(folder.glob(".github/workflows/*")))
    return re.findall(r"uses: ([^$].+)", text)


def test_zizmor_finds_nothing_in_the_template():
    run(*ZIZMOR, ".github", cwd=ROOT)


@pytest.mark.parametrize("edition", EDITIONS)
def test_zizmor_finds_nothing_in_the_project(bake, edition):
    run(*ZIZMOR, ".github", cwd=bake(edition=edition))


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_workflows_match_their_schemas(bake, edition):
    gitlab = bake(edition=edition, ci="gitlab")
    run(*SCHEMA, "vendor.gitlab-ci", "--data-transform=gitlab-ci", ".gitlab-ci.yml", cwd=gitlab)
    for folder in (ROOT, bake(edition=edition)):
        workflows = map(str, folder.glob(".github/workflows/*"))
        run(*SCHEMA, "vendor.github-workflows", *workflows, cwd=folder)
        if (folder / ".github/dependabot.yml").exists():
            run(*SCHEMA, "vendor.dependabot", ".github/dependabot.yml", cwd=folder)


def test_every_action_is_pinned_by_digest_with_its_version():
    template, project = uses_of(ROOT), uses_of(PROJECT)
    assert template
    assert project
    assert [action for action in template + project if not PINNED.fullmatch(action)] == []


def test_the_template_and_the_project_have_the_same_actions():
    """Dependabot updates the template's alone: it finds no file with Jinja in its name."""
    versions = {}
    for action in uses_of(ROOT) + uses_of(PROJECT):
        versions.setdefault(action.partition("@")[0], set()).add(action)
    assert [pins for pins in versions.values() if len(pins) > 1] == []


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_students_maintain_no_bot_and_no_update(bake, ci):
    project = bake(edition="assignment", ci=ci)
    assert not (project / ".github/dependabot.yml").exists()
    assert not (project / ".github/workflows/update.yml").exists()
    text = "".join(path.read_text() for path in project.rglob("*.yml"))
    assert "update-packages" not in text


def write_program(path, text):
    path.write_text(text)
    path.chmod(0o755)


def script_of(project):
    """Return the commands that open a pull request or a merge request."""
    github = project / ".github/workflows/update.yml"
    if github.exists():
        return yaml.safe_load(github.read_text())["jobs"]["pull-request"]["steps"][-1]["run"]
    gitlab = yaml.safe_load((project / ".gitlab-ci.yml").read_text())
    return "\n".join(gitlab["merge-request"]["script"])


@pytest.fixture(params=["github", "gitlab"])
def propose(request, bake, tmp_path):
    """Return a function that runs these commands in a fresh clone with a new Pipfile.lock.

    The function returns the lock on the branch of the request, or None, and the number of
    requests that have been opened until then.
    """
    project, remote, opened = (tmp_path / name for name in ("project", "remote.git", "opened"))
    shutil.copytree(bake(ci=request.param), project)
    commit(project, "Create the project")
    run("git", "clone", "--quiet", "--bare", str(project), str(remote), cwd=tmp_path)
    run("git", "config", "receive.advertisePushOptions", "true", cwd=remote)
    write_program(remote / "hooks/post-receive", POST_RECEIVE)
    (tmp_path / "bin").mkdir()
    write_program(tmp_path / "bin/gh", GH)
    opened.touch()
    env = {
        **os.environ,
        "CI_REPOSITORY_URL": str(remote),
        "GITLAB_USER_EMAIL": "test@example.com",
        "GITLAB_USER_NAME": "Test",
        "OPENED": str(opened),
        "PATH": f"{tmp_path}/bin{os.pathsep}{os.environ['PATH']}",
    }

    def propose(lock):
        clone = Path(tempfile.mkdtemp(dir=tmp_path))
        run("git", "clone", "--quiet", str(remote), str(clone), cwd=tmp_path)
        (clone / "Pipfile.lock").write_text(lock)
        run("bash", "-e", "-c", script_of(project), cwd=clone, env=env)
        show = ["git", "show", "update-packages:Pipfile.lock"]
        branch = subprocess.run(show, cwd=remote, capture_output=True, text=True, check=False)
        return branch.stdout or None, len(opened.read_text().splitlines())

    propose.lock = (project / "Pipfile.lock").read_text()
    return propose


def test_the_same_versions_open_no_request(propose):
    assert propose(propose.lock) == (None, 0)


def test_new_versions_open_a_request(propose):
    assert propose("new\n") == ("new\n", 1)


@pytest.mark.parametrize("propose", ["github"], indirect=True)
def test_an_open_request_gets_the_next_versions(propose):
    """GitLab itself looks for an open request, so this is about GitHub alone."""
    assert propose("new\n") == ("new\n", 1)
    assert propose("newer\n") == ("newer\n", 1)

"""The pages of this repository: README.md, AGENTS.md and the forms for issues."""

import json
import shlex
import subprocess
import sys

import pytest
import yaml

from helpers import (
    ENVIRONMENT,
    ROOT,
    commands_of,
    commit,
    copy_template,
    follow,
    link_packages,
    run,
)

FORMS = ROOT / ".github/ISSUE_TEMPLATE"
README = (ROOT / "README.md").read_text(encoding="utf-8")
# These take minutes or do not end, so make only prints what they would run. Other tests run it.
LONG = {"make demo", "make options", "make quick", "make test"}


@pytest.fixture
def repository(tmp_path):
    """Return the repository that `gh:` finds. Its branch main has a file more than stable."""
    settings = f'abbreviations:\n  gh: "git+file://{tmp_path}/{{0}}"\n'
    (tmp_path / ".cookiecutterrc").write_text(settings)
    repository = tmp_path / "OWNER/cookiecutter-drf-docker"
    copy_template(repository)
    commit(repository, "The release")
    run("git", "branch", "--move", "main", cwd=repository)
    run("git", "branch", "stable", cwd=repository)
    (repository / "{{cookiecutter.project_slug}}/unreleased.txt").write_text("Unreleased\n")
    commit(repository, "Later")
    return repository


def cookiecutter(command, folder, home):
    """Run a command of the README in `folder`, with Enter at each prompt."""
    words = shlex.split(command.removeprefix("pipx run "))
    assert words.pop(0) == "cookiecutter", command
    process = subprocess.run(
        [sys.executable, "-m", "cookiecutter", *words],
        cwd=folder,
        env={**ENVIRONMENT, "HOME": str(home)},
        input="\n" * 10,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr


def test_the_readmes_first_command_bakes_the_latest_release(repository, tmp_path):
    first, change_folder, start = commands_of(README, "cookiecutter-drf-docker")[:3]
    assert "gh:OWNER/cookiecutter-drf-docker" in first
    cookiecutter(first, tmp_path, tmp_path)
    project = tmp_path / change_folder.removeprefix("cd ")
    assert (project / "manage.py").is_file()
    assert not (project / "unreleased.txt").exists()
    assert start == "docker compose up --wait"
    assert (project / "compose.yaml").is_file()


def test_the_readmes_command_for_scripts_bakes_the_latest_release(repository, tmp_path):
    (command,) = commands_of(README, "What you get")
    cookiecutter(command, tmp_path, tmp_path)
    assert (tmp_path / "city_library/manage.py").is_file()
    assert not (tmp_path / "city_library/unreleased.txt").exists()


def test_the_readmes_command_for_a_clone_bakes_its_files(repository, tmp_path):
    command = commands_of(README, "cookiecutter-drf-docker")[3]
    cookiecutter(command, repository.parent, tmp_path)
    assert (repository.parent / "library_website/manage.py").is_file()
    assert (repository.parent / "library_website/unreleased.txt").is_file()


def test_each_command_of_agents_md_works(tmp_path):
    template = tmp_path / "template"
    copy_template(template)
    commit(template, "The working tree")
    link_packages(template)
    commands = []

    def run_command(command):
        commands.append(command)
        words = shlex.split(command) + ["--dry-run"] * (command in LONG)
        run(*words, cwd=template, env=ENVIRONMENT)

    follow(template, (ROOT / "AGENTS.md").read_text(encoding="utf-8"), run_command)
    assert set(commands) >= LONG
    # The same command as `make test`, with one file.
    assert any(command.startswith("make test TESTS=") for command in commands)
    assert run("git", "status", "--short", cwd=template) == ""


def test_a_bug_report_asks_for_what_reproduces_the_bug(bake, tmp_path):
    fields = {
        field["id"]: field for field in yaml.safe_load((FORMS / "bug.yml").read_text())["body"]
    }
    project = bake()
    description = fields["answers"]["attributes"]["description"]
    assert "`.answers.json`" in description
    assert json.loads((project / ".answers.json").read_text())["version"]
    description = fields["doctor"]["attributes"]["description"]
    assert "`python doctor.py --json`" in description
    process = subprocess.run(
        [sys.executable, "doctor.py", "--json"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert json.loads(process.stdout)["checks"]
    for name in ("answers", "doctor"):
        assert fields[name]["validations"]["required"]

"""Runs each command of AGENTS.md, without Docker."""

import re
import shlex
import subprocess

from helpers import (
    IN_DOCKER,
    PROJECT_ENVIRONMENT,
    blocks_of,
    commands_of,
    commit,
    run,
    run_without_docker,
)


def test_each_command_of_agents_md_works(bake, django_python):
    # tests/docker/test_docker.py runs these.
    example = bake()
    readme = (example / "README.md").read_text()
    headings = ("Start", "Every day", "Add a package")
    tested = [command for heading in headings for command in commands_of(readme, heading)]
    project = bake(edition="blank")
    commit(project, "Create the project")
    commands, same = (
        commands_of((one / "AGENTS.md").read_text(), "Commands") for one in (project, example)
    )
    assert commands == same
    for command in commands:
        if command.startswith(IN_DOCKER) and not command.endswith(("pipenv lock", " pytest")):
            run_without_docker(django_python, command, cwd=project)
        else:
            assert command in tested
    # The new app, and nothing that a command should not have changed.
    changed = run("git", "status", "--porcelain", cwd=project)
    assert sorted(line[3:] for line in changed.splitlines()) == [
        "django_project/settings.py",
        "django_project/urls.py",
        "openapi.yaml",
        "workshops/",
    ]


def test_each_command_of_the_tutor_works(bake, django_python):
    project = bake(edition="assignment")
    commit(project, "The assignment as it was given")
    page = (project / "AGENTS.md").read_text()
    blocks = blocks_of(page, "How to help")
    commands = "".join(blocks).splitlines()
    for command in commands:
        program, *arguments = shlex.split(command.removeprefix("pipenv run "))
        process = subprocess.run(
            [django_python if program == "python" else program, *arguments],
            cwd=project,
            env=PROJECT_ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
        )
        # A step that is not done, and a problem that doctor.py finds, are the status 1.
        finds = arguments[0] == "doctor.py" or "--step" in arguments
        assert process.returncode in ({0, 1} if finds else {0}), process.stdout + process.stderr
        assert process.stdout, command
    assert {"--step", "--hint", "doctor.py", "grep"} <= {
        word for command in commands for word in shlex.split(command)
    }


def test_the_tutor_shows_no_code(bake):
    page = (bake(edition="assignment") / "AGENTS.md").read_text()
    assert set(re.findall(r"```(\w+)", page)) == {"shell"}
    assert "ASSIGNMENT.md" in page

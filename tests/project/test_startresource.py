"""`startresource`, and the page that goes on from there, in each edition, without Docker."""

import re
import subprocess
from functools import partial

import pytest

from helpers import PROJECT_ENVIRONMENT, commit, follow, run, run_without_docker

# Names that sort before and after "api", of two words, and as long as possible.
NAMES = [
    ("workshops", "Workshop"),
    ("aardvarks", "Aardvark"),
    ("zoo_animals", "ZooAnimal"),
    ("a_name_that_is_thirty_long_now", "ANameThatHasThirtyCharactersX1"),
]


@pytest.fixture
def project(request, bake):
    """Return a project of the edition in the parameter, committed."""
    project = bake(edition=request.param)
    commit(project, "Create the project")
    return project


def check(project, python, *tests):
    """Run what has to pass without an edit."""
    for arguments in (
        ("-m", "ruff", "check"),
        ("-m", "ruff", "format", "--check"),
        ("manage.py", "makemigrations", "--check", "--dry-run"),
        ("manage.py", "spectacular", "--validate", "--fail-on-warn"),
    ):
        run(python, *arguments, cwd=project, env=PROJECT_ENVIRONMENT)
    output = run(python, "-m", "pytest", "-q", *tests, cwd=project, env=PROJECT_ENVIRONMENT)
    assert re.search(r"\d+ passed", output), output


@pytest.mark.parametrize("names", NAMES, ids=" ".join)
@pytest.mark.parametrize("project", ["blank"], indirect=True)
def test_a_new_app_passes_all_checks(project, django_python, names):
    app, model = names
    before = run("git", "rev-parse", "HEAD", cwd=project)
    output = run(django_python, "manage.py", "startresource", app, model, cwd=project)
    written = re.findall(r"^  (\S+)$", output, re.MULTILINE)
    changed = run("git", "status", "--porcelain", "--untracked-files=all", cwd=project)
    assert sorted(written) == sorted(line[3:] for line in changed.splitlines())
    check(project, django_python, *([app] if names != NAMES[0] else ["--cov"]))
    assert run("git", "rev-parse", "HEAD", cwd=project) == before


@pytest.mark.parametrize("project", ["complete"], indirect=True)
def test_the_command_works_beside_the_example(project, django_python):
    run(django_python, "manage.py", "startresource", "workshops", "Workshop", cwd=project)
    for arguments in (
        ("manage.py", "makemigrations", "--check", "--dry-run", "workshops"),
        ("manage.py", "spectacular", "--validate", "--fail-on-warn"),
        ("-m", "pytest", "-q", "workshops"),
        ("-m", "ruff", "check", "workshops", "django_project"),
    ):
        run(django_python, *arguments, cwd=project, env=PROJECT_ENVIRONMENT)


@pytest.mark.parametrize("project", ["complete"], indirect=True)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Name an app and a model"),
        (["lambda", "Workshop"], "is a Python keyword"),
        (["print", "Workshop"], "is a Python keyword or built-in"),
        (["json", "Workshop"], "is an installed module"),
        (["redis", "Workshop"], "is an installed module"),
        (["library", "Workshop"], "There is an app 'library' already"),
        (["docs", "Workshop"], "There is an app 'docs' already"),
        (["Library", "Workshop"], "is not a name for an app"),
        (["workshops"], "Name an app and a model"),
        (["workshops", "book"], "is not a name for a model"),
        (["workshops", "Book"], "There is a model library.Book already"),
        (["books", "Workshop"], "The URL /api/v1/books/ is taken"),
    ],
)
def test_a_bad_name_is_refused_in_a_sentence(project, django_python, arguments, message):
    process = subprocess.run(
        [django_python, "manage.py", "startresource", *arguments],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (process.returncode, process.stdout) == (1, "")
    assert re.fullmatch(rf"CommandError: [^\n]*{re.escape(message)}[^\n]*\n", process.stderr)
    assert run("git", "status", "--porcelain", cwd=project) == ""


@pytest.mark.parametrize("project", ["blank"], indirect=True)
def test_the_command_refuses_to_run_twice(project, django_python):
    command = (django_python, "manage.py", "startresource", "workshops", "Workshop")
    run(*command, cwd=project)
    before = run("git", "status", "--porcelain", "--untracked-files=all", cwd=project)
    process = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert process.returncode == 1
    assert "There is an app 'workshops' already." in process.stderr
    run(*command[:-2], "rooms", "Room", cwd=project)
    after = run("git", "status", "--porcelain", "--untracked-files=all", cwd=project)
    assert set(before.splitlines()) < set(after.splitlines())


# tests/docker/test_editions.py does the same with the blank edition.
@pytest.mark.parametrize("project", ["complete"], indirect=True)
def test_the_page_about_the_first_resource_can_be_followed(project, django_python):
    run_command = partial(run_without_docker, django_python, cwd=project)
    page = (project / "docs/first-resource.md").read_text()
    commands, edits = follow(project, page, run_command)
    assert commands > 10
    assert edits > 15
    check(project, django_python, "workshops", "rooms")

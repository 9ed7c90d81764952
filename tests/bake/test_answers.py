"""Bakes every combination of the choices and reads the files."""

import ast
import json
import os
import re
import shutil
import sys
import tomllib
from pathlib import Path
from runpy import run_path

import pytest
import yaml
from cookiecutter.exceptions import FailedHookException
from cookiecutter.hooks import run_hook_from_repo_dir

from helpers import (
    BOOTED,
    CHOICES,
    DEFAULTS,
    EACH_CHOICE,
    PAIRWISE,
    PROJECT,
    QUESTIONS,
    ROOT,
    STACKS,
    name_of,
    pairs,
    run,
)
from local_extensions.rules import broken_rules, slug

BIN = Path(sys.executable).parent

ALWAYS = {
    ".answers.json",
    ".devcontainer/devcontainer.json",
    ".dockerignore",
    ".editorconfig",
    ".env",
    ".env.example",
    ".gitattributes",
    ".gitignore",
    ".vscode/launch.json",
    "AGENTS.md",
    "Dockerfile",
    "LICENSE",
    "Pipfile",
    "Pipfile.lock",
    "README.md",
    "compose.debug.yaml",
    "compose.yaml",
    "conftest.py",
    "doctor.py",
    "manage.py",
    "openapi.yaml",
    "pyproject.toml",
}
PACKAGES = ("accounts", "api", "deploy", "django_project", "operations", "website")
EXAMPLES = ("library", "reviews")
DJANGO_PROJECT = {"__init__.py", "asgi.py", "settings.py", "urls.py", "wsgi.py"}


def files_of(project):
    """Return the bytes of each file of the project, by relative path."""
    return {
        path.relative_to(project).as_posix(): path.read_bytes()
        for path in sorted(project.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(answers, marks=[pytest.mark.quick] if answers in EACH_CHOICE else [])
        for answers in PAIRWISE
    ],
    ids=lambda answers: name_of(answers),
)
def baked(request, bake):
    """Return a combination of the choices and the project baked with it."""
    return request.param, bake(**request.param)


def test_the_files_are_exactly_the_promised_ones(baked):
    answers, project = baked
    files = set(files_of(project))
    names = {
        "complete": (*PACKAGES, *EXAMPLES),
        "assignment": (*PACKAGES, *EXAMPLES, "grade.py", "grading"),
        "blank": PACKAGES,
    }
    packages = {
        path.relative_to(PROJECT).as_posix()
        for name in names[answers["edition"]]
        for path in [PROJECT / name, *(PROJECT / name).rglob("*")]
        if path.is_file() and "__pycache__" not in path.parts and "{%" not in path.name
    }
    ci = {"github": {".github/workflows/ci.yml"}, "gitlab": {".gitlab-ci.yml"}, "none": set()}
    edition = {"compose.prod.yaml"}
    edition |= {f"docs/{name}.md" for name in ("deployment", "first-resource", "operations")}
    if answers["ci"] == "github":
        edition |= {".github/dependabot.yml", ".github/workflows/update.yml"}
    if answers["edition"] == "complete":
        edition |= {"docs/removing-the-example.md", "reviews/migrations/0001_initial.py"}
    elif answers["edition"] == "assignment":
        edition = {"ASSIGNMENT.md"}
        production = ("deploy/Caddyfile", "deploy/make_secrets.py", "deploy/pin_images.py")
        tests = ("api/tests/test_startresource.py", "operations/tests/test_make_secrets.py")
        packages -= {*production, *tests}
        packages = {name for name in packages if not name.startswith("api/management/")}
        edition |= {".github/workflows/grade.yml"} if answers["ci"] == "github" else set()
    assert files == ALWAYS | packages | ci[answers["ci"]] | edition
    assert {path.name for path in (project / "django_project").iterdir()} == DJANGO_PROJECT


def test_no_folder_is_empty(baked):
    _, project = baked
    assert not [path for path in project.rglob("*") if path.is_dir() and not any(path.iterdir())]


def test_no_jinja_is_left(baked):
    _, project = baked
    for path, content in files_of(project).items():
        text = content.decode()
        assert "cookiecutter." not in text, path
        if "/templates/" not in path and not path.endswith((".py", ".md", "-tpl")):
            # `${{ … }}` is an expression of GitHub Actions.
            assert not re.search(r"(?<!\$)\{\{|\{%|\{#", text), path


def test_every_file_parses_and_ends_with_one_newline(baked):
    _, project = baked
    for path, content in files_of(project).items():
        text = content.decode()
        assert "\r" not in text, path
        assert text == "" or re.search(r"[^\n]\n\Z", text), path
        if path.endswith(".toml") or path == "Pipfile":
            tomllib.loads(text)
        elif path.endswith((".yaml", ".yml")):
            yaml.safe_load(text)
        elif path.endswith((".json", ".lock")):
            json.loads(text)
        elif path.endswith(".py"):
            ast.parse(text)


def test_the_license_is_the_chosen_one(baked):
    answers, project = baked
    first_words = {
        "MIT": "MIT License",
        "BSD-3-Clause": "BSD 3-Clause License",
        "Apache-2.0": "Apache License",
        "GPL-3.0-or-later": "GNU GENERAL PUBLIC LICENSE",
        "Proprietary": "All rights reserved.",
    }[answers["license"]]
    assert first_words in (project / "LICENSE").read_text()


def test_pipfile_and_lock_agree_on_django(baked):
    answers, project = baked
    lock = json.loads((project / "Pipfile.lock").read_text())
    assert lock["default"]["django"]["version"].startswith(f"=={answers['django_version']}.")


def test_the_locks_have_the_same_version_of_every_package_but_django():
    locks = [json.loads(path.read_text()) for path in sorted(PROJECT.glob("*Pipfile.lock*"))]
    assert len(locks) == len(QUESTIONS["django_version"])
    for section in ("default", "develop"):
        # django-tasks is the backport of a part of Django.
        old, new = (
            {
                name: package["version"]
                for name, package in lock[section].items()
                if name not in ("django", "django-tasks")
            }
            for lock in locks
        )
        assert old == new


@pytest.mark.parametrize("answers", EACH_CHOICE, ids=name_of)
def test_the_lock_matches_the_pipfile_for_every_choice(bake, answers):
    run(str(BIN / "pipenv"), "verify", cwd=bake(**answers))


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param(answers, marks=[pytest.mark.quick] if answers == DEFAULTS else [])
        for answers in EACH_CHOICE
    ],
    ids=lambda answers: name_of(answers),
)
def test_the_linters_find_nothing(bake, answers):
    project = bake(**answers)
    run(str(BIN / "ruff"), "check", ".", cwd=project)
    run(str(BIN / "ruff"), "format", "--check", ".", cwd=project)
    run(str(BIN / "hadolint"), "Dockerfile", cwd=project)
    files = sorted(path.name for path in project.glob("compose*.yaml"))
    compose = ("--builtin-schema", "vendor.compose-spec", *files)
    run(str(BIN / "check-jsonschema"), *compose, cwd=project)
    run(str(BIN / "djlint"), "--lint", "--profile=django", ".", cwd=project)
    # A command writes openapi.yaml, in its own layout.
    yaml_files = {str(path) for path in project.rglob("*.y*ml")} - {str(project / "openapi.yaml")}
    run(
        str(BIN / "yamllint"), "--strict", "-c", str(ROOT / ".yamllint.yaml"), *yaml_files, cwd=ROOT
    )


@pytest.mark.parametrize(
    ("file", "open_ones"), [("", {"web"}), ("debug.", {"web"}), ("prod.", {"caddy"})]
)
def test_compose_names_no_container_and_publishes_no_database(baked, file, open_ones):
    answers, project = baked
    if file == "prod." and answers["edition"] == "assignment":
        assert not (project / "compose.prod.yaml").exists()
        return
    compose = yaml.safe_load((project / f"compose.{file}yaml").read_text())
    assert "version" not in compose
    published = {name for name, service in compose["services"].items() if service.get("ports")}
    assert published == open_ones
    assert all("container_name" not in service for service in compose["services"].values())


def test_the_dev_container_and_the_debugger_match_the_compose_files(baked):
    _, project = baked
    config = json.loads((project / ".devcontainer/devcontainer.json").read_text())
    paths = [project / ".devcontainer" / name for name in config["dockerComposeFile"]]
    web, debug = (yaml.safe_load(path.read_text())["services"][config["service"]] for path in paths)
    folder = config["workspaceFolder"]
    assert f".:{folder}" in web["volumes"]
    ports = [int(port.rpartition(":")[2]) for port in web["ports"]]
    assert config["forwardPorts"] == ports
    assert list(config["portsAttributes"]) == [str(port) for port in ports]
    interpreter = config["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    environment = re.search(r"VIRTUAL_ENV=(\S+)", (project / "Dockerfile").read_text())[1]
    assert interpreter == f"{environment}/bin/python"

    attach, _ = json.loads((project / ".vscode/launch.json").read_text())["configurations"]
    assert [mapping["remoteRoot"] for mapping in attach["pathMappings"]] == [folder]
    host, port = attach["connect"].values()
    assert debug["ports"] == [f"{host}:${{DEBUGPY_PORT:-{port}}}:{port}"]
    assert f"debugpy --listen 0.0.0.0:{port} " in debug["command"][1]
    # The same server as without the debugger.
    server = re.search(r'"python (manage.py runserver.*?)"', (project / "Dockerfile").read_text())[
        1
    ]
    assert debug["command"][1].endswith(f" {server}")


def test_swarm_takes_the_file_for_production(baked):
    answers, project = baked
    if answers["edition"] == "assignment":
        return
    compose = yaml.safe_load((project / "compose.prod.yaml").read_text())
    assert "name" not in compose
    services = compose["services"]
    assert ("db" in services) is (answers["database"] == "postgresql")
    for name, service in services.items():
        assert isinstance(service.get("depends_on", []), list), name
        assert service["deploy"]["endpoint_mode"] == "dnsrr", name
        assert not {"init", "restart", "tmpfs", "profiles"} & set(service), name


@pytest.mark.parametrize("answers", EACH_CHOICE, ids=name_of)
def test_the_same_answers_give_the_same_bytes(bake, answers):
    first, second = files_of(bake(**answers)), files_of(bake(**answers))
    # The only file with a secret.
    assert first.pop(".env") != second.pop(".env")
    assert first == second


@pytest.mark.quick
def test_python_and_html_files_of_the_template_contain_no_jinja():
    for path in [*PROJECT.rglob("*.py"), *PROJECT.rglob("*.html")]:
        assert "cookiecutter" not in path.read_text(encoding="utf-8"), path


@pytest.mark.quick
def test_the_rules_and_hooks_stay_short():
    def lines(*files):
        return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files)

    hooks = lines(*(ROOT / "hooks").glob("*.py"))
    assert hooks <= 100
    assert hooks + lines(*(ROOT / "local_extensions").glob("*.py")) <= 330


def test_every_pair_of_django_version_database_and_edition_is_booted():
    names = ("django_version", "database", "edition")
    every = [{name: answers[name] for name in names} for answers in PAIRWISE]
    assert set().union(*map(pairs, BOOTED)) == set().union(*map(pairs, every))
    assert {answers["database"] for answers in STACKS} == set(CHOICES["database"])


@pytest.mark.quick
def test_names_and_values_of_the_questions_are_a_promise():
    assert {name: values for name, values in QUESTIONS.items() if not name.startswith("_")} == {
        "project_name": "Library Website",
        "project_slug": "{{ cookiecutter.project_name | slug }}",
        "description": "A website and a web API.",
        "author_name": "",
        "email": "",
        "django_version": ["5.2", "6.1"],
        "database": ["postgresql", "sqlite"],
        "edition": ["complete", "assignment", "blank"],
        "ci": ["github", "gitlab", "none"],
        "license": ["MIT", "BSD-3-Clause", "Apache-2.0", "GPL-3.0-or-later", "Proprietary"],
    }


@pytest.mark.quick
def test_every_question_and_choice_has_a_prompt():
    prompts = QUESTIONS["__prompts__"]
    assert list(prompts) == [name for name in QUESTIONS if not name.startswith("_")]
    for name in DEFAULTS:
        assert list(prompts[name]) == ["__prompt__", *QUESTIONS[name]]


HOSTILE = """O'Reilly "Söhne" \\ {{ 7 * 7 }} {% raw %} # $HOME `id` ]]> <b>*x*</b> 図書館 😀"""


@pytest.mark.quick
def test_answers_are_data_never_code(bake):
    # cookiecutter renders its arguments, so this is an expression with the hostile text as value.
    given = "{{ " + json.dumps(HOSTILE, ensure_ascii=False) + " }}"
    project = bake(project_name=given, description=given, author_name=given, project_slug="hostile")
    pyproject = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    assert pyproject["tool"]["django_project"]["title"] == HOSTILE
    assert pyproject["project"]["description"] == HOSTILE
    assert pyproject["project"]["authors"] == [{"name": HOSTILE}]
    assert HOSTILE in (project / "LICENSE").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Library Website", "library_website"),
        ("Bibliothèque «L'Étoile»", "bibliotheque_letoile"),
        ("2026", "project_2026"),
        ("Class", "project_class"),
        ("Django", "project_django"),
        ("図書館", "project"),
        ("x" * 80, "x" * 40),
    ],
)
def test_the_folder_follows_from_the_name(name, folder):
    assert slug(name) == folder
    assert broken_rules("project_slug", folder) == []


@pytest.mark.quick
def test_the_checksums_of_the_grader_are_up_to_date():
    checksums = run_path(str(ROOT / "scripts/checksums.py"))
    assert checksums["CHECKSUMS"].read_text(encoding="utf-8") == checksums["page"](), (
        "grading/checksums.json is stale. Run: make checksums"
    )


def test_the_options_page_is_up_to_date():
    options = run_path(str(ROOT / "scripts/options.py"))
    assert (ROOT / "docs/options.md").read_text(encoding="utf-8") == options["page"](), (
        "docs/options.md is stale. Run: make options"
    )


@pytest.mark.quick
def test_hooks_import_only_os():
    for path in (ROOT / "hooks").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name == "os", path


def finish_again(result):
    """Run the post_gen_project hook again in a baked project."""
    context = {"cookiecutter": result.context}
    run_hook_from_repo_dir(str(ROOT), "post_gen_project", result.project_path, context, False)


@pytest.mark.quick
def test_env_is_private_and_an_existing_one_stays(cookies):
    result = cookies.bake()
    env = result.project_path / ".env"
    assert env.stat().st_mode & 0o777 == 0o600
    assert re.search(r"^SECRET_KEY=[A-Za-z0-9_-]{60,}$", env.read_text(), re.MULTILINE)
    assert re.search(rf"^UID={os.getuid()}\nGID={os.getgid()}$", env.read_text(), re.MULTILINE)
    env.write_text("SECRET_KEY=mine\n")
    finish_again(result)
    assert env.read_text() == "SECRET_KEY=mine\n"


@pytest.mark.quick
@pytest.mark.parametrize("edition", CHOICES["edition"])
def test_finishing_a_project_again_changes_nothing(cookies, edition):
    result = cookies.bake(extra_context={"edition": edition})
    before = files_of(result.project_path)
    finish_again(result)
    assert files_of(result.project_path) == before


@pytest.mark.quick
def test_only_the_assignment_has_the_grader(cookies):
    for edition, there in (("complete", False), ("assignment", True)):
        project = cookies.bake(extra_context={"edition": edition}).project_path
        assert (project / "grade.py").exists() is there
        assert (project / "grading").exists() is there


@pytest.mark.quick
def test_files_of_the_user_where_the_grader_would_be_stay(cookies):
    result = cookies.bake()
    own = {"grade.py": b"print('mine')\n", "grading/rubric.md": b"# Mine\n"}
    (result.project_path / "grading").mkdir()
    for name, content in own.items():
        (result.project_path / name).write_bytes(content)
    shutil.copy(PROJECT / "grading/points.toml", result.project_path / "grading")
    finish_again(result)
    assert {name: files_of(result.project_path)[name] for name in own} == own
    assert not (result.project_path / "grading/points.toml").exists()


def test_the_next_steps_name_the_folder(cookies, capfd):
    project = cookies.bake().project_path
    assert f'  cd "{project}"\n  docker compose up --wait\n' in capfd.readouterr().out


@pytest.mark.quick
def test_an_invalid_value_stops_the_bake(cookies):
    result = cookies.bake(extra_context={"project_slug": "class"})
    assert result.exit_code == -1
    assert isinstance(result.exception, FailedHookException)
    assert result.project_path is None

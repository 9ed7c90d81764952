"""The structure of the generated project: imports run one way, and only examples know examples."""

import re

import pytest
import yaml

from helpers import PROJECT

SHARED = ("accounts", "api", "deploy", "operations", "website")
EXAMPLES = re.compile(
    r"\b(librar(y|ies|ians?)|reviews?|books?|authors?|loans?|isbns?)\b", re.IGNORECASE
)
# A page of Python's documentation, and the class of Django's template tags.
ALLOWED = re.compile(r"docs\.python\.org/3/library/|template\.Library\(\)")


def get_lines(folders):
    """Return (path, line) for each line of code, template and style in the folders."""
    return [
        (path.relative_to(PROJECT).as_posix(), line)
        for folder in folders
        for path in sorted((PROJECT / folder).rglob("*"))
        if path.suffix in (".py", ".html", ".css", ".txt")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def test_shared_apps_name_no_example():
    lines = get_lines(SHARED)
    assert len(lines) > 1000
    found = [(path, line) for path, line in lines if EXAMPLES.search(ALLOWED.sub("", line))]
    assert found == []


def test_the_search_for_examples_finds_one():
    assert all(EXAMPLES.search(line) for line in ("import library", "a Book", "{{ loans }}"))


def test_the_library_does_not_know_the_reviews():
    found = [line for _, line in get_lines(["library"]) if re.search(r"\breviews?\b", line)]
    assert found == []


@pytest.mark.parametrize(
    ("file", "allowed"),
    [
        ("settings.py", r'\s+"(library|reviews)",'),
        (
            "urls.py",
            r"from (library|reviews)\.api\.views import .*|router\.register\(.*\)"
            r'|\s+path\("", include\("(library|reviews)\.urls"\)\),',
        ),
    ],
)
def test_settings_and_urls_name_examples_only_to_install_and_route_them(file, allowed):
    text = (PROJECT / "django_project" / file).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if EXAMPLES.search(line)]
    assert lines
    # The text of a step is in the assignment alone.
    assert [line for line in lines if "STEP" not in line and not re.fullmatch(allowed, line)] == []


def test_django_project_has_the_five_files_of_django():
    files = sorted(path.name for path in (PROJECT / "django_project").glob("*.py"))
    assert files == ["__init__.py", "asgi.py", "settings.py", "urls.py", "wsgi.py"]


@pytest.mark.parametrize("ci", ["github", "gitlab"])
@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
def test_the_blank_edition_names_no_example(bake, database, ci):
    project = bake(edition="blank", database=database, ci=ci, project_name="Bakery")
    files = [path for path in project.rglob("*") if path.is_file() and path.name != "LICENSE"]
    assert len(files) > 80
    for path in files:
        text = ALLOWED.sub("", path.read_text(encoding="utf-8"))
        if path.name == "pyproject.toml":
            text = text.replace("authors = [", "")
        assert not EXAMPLES.search(text), path


def test_the_blank_edition_names_its_database_after_the_project(bake):
    project = bake(edition="blank", project_slug="bakery")
    development = yaml.safe_load((project / "compose.yaml").read_text())
    production = yaml.safe_load((project / "compose.prod.yaml").read_text())
    for compose in (development, production):
        environment = compose["services"]["db"]["environment"]
        assert (environment["POSTGRES_DB"], environment["POSTGRES_USER"]) == ("bakery", "bakery")
    assert "seed" not in development["services"]
    assert "postgres://bakery:bakery@db:5432/bakery" in (project / "compose.yaml").read_text()

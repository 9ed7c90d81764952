"""Updates with cruft, between tags of a copy of the template."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from helpers import QUESTIONS, ROOT, commit, copy_template, run

CRUFT = str(Path(sys.executable).parent / "cruft")
COOKIECUTTER = str(Path(sys.executable).parent / "cookiecutter")
FOLDER = "{{cookiecutter.project_slug}}"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Give cookiecutter and cruft their own home folder for clones."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def template(tmp_path):
    """Return a copy of the working tree in its own repository, tagged v1."""
    template = tmp_path / "template"
    copy_template(template)
    commit(template, "First version", "v1")
    return template


@pytest.fixture
def project(template, tmp_path):
    """Return a project that cruft created from v1, committed."""
    create = ("create", f"file://{template}", "--checkout", "v1", "--no-input", "--output-dir")
    run(CRUFT, *create, str(tmp_path / "made"), cwd=tmp_path)
    project = tmp_path / "made/library_website"
    commit(project, "Create the project")
    return project


def difference(one, other, *left_out):
    """Return which files differ between two folders, but for .env and the names `left_out`."""
    options = [f"--exclude={name}" for name in (".env", *left_out)]
    process = subprocess.run(
        ["diff", "--recursive", "--brief", *options, str(one), str(other)],
        capture_output=True,
        text=True,
        check=False,
    )
    return process.stdout + process.stderr


def second_version(template):
    """Change one file of the template and add another, and tag the result v2."""
    with (template / FOLDER / "library/models.py").open("a") as models:
        models.write("\n\n# A line of version 2\n")
    (template / FOLDER / "library/new_in_2.py").write_text('"""New in version 2."""\n')
    commit(template, "Second version", "v2")


def test_a_new_project_has_no_diff(project):
    run(CRUFT, "check", cwd=project)
    assert run(CRUFT, "diff", "--exit-code", cwd=project) == ""
    assert not (project / "grade.py").exists()
    assert not (project / "grading").exists()


def test_an_update_merges_and_keeps_the_users_changes(template, project):
    second_version(template)
    env = (project / ".env").read_text()
    views = project / "library/views.py"
    views.write_text(views.read_text() + "\n\n# A line of the user\n")
    (project / "library/of_the_user.py").write_text('"""Of the user."""\n')
    commit(project, "The user's work")
    assert subprocess.run([CRUFT, "check", "--checkout", "v2"], cwd=project, check=False).returncode

    run(CRUFT, "update", "--skip-apply-ask", "--checkout", "v2", cwd=project)

    assert "# A line of version 2" in (project / "library/models.py").read_text()
    assert (project / "library/new_in_2.py").is_file()
    assert "# A line of the user" in views.read_text()
    assert (project / "library/of_the_user.py").is_file()
    assert (project / ".env").read_text() == env
    assert not list(project.rglob("*.rej"))
    changed = run("git", "status", "--porcelain", cwd=project).split("\n")
    assert sorted(line[3:] for line in changed if line) == [
        ".cruft.json",
        "library/models.py",
        "library/new_in_2.py",
    ]
    commit(project, "Update")
    run(CRUFT, "check", "--checkout", "v2", cwd=project)
    # A second update changes nothing.
    run(CRUFT, "update", "--skip-apply-ask", "--checkout", "v2", cwd=project)
    assert run("git", "status", "--porcelain", cwd=project) == ""


def test_an_update_merges_changes_of_both_sides(template, project):
    models = project / "library/models.py"
    models.write_text(f"# A line of the user\n{models.read_text()}")
    commit(project, "The user's work")
    second_version(template)
    run(CRUFT, "update", "--skip-apply-ask", "--checkout", "v2", cwd=project)
    assert models.read_text().startswith("# A line of the user\n")
    assert "# A line of version 2" in models.read_text()


def test_an_answer_can_be_changed_later(project):
    answers = json.dumps({"database": "sqlite"})
    change = ("--skip-apply-ask", "--checkout", "v1", "--variables-to-update", answers)
    run(CRUFT, "update", *change, cwd=project)
    assert "sqlite:/data" in (project / "compose.yaml").read_text()


def test_a_project_from_cookiecutter_can_be_linked_later(template, tmp_path):
    checkout = ("--checkout", "v1", "--no-input", "--default-config")
    run(COOKIECUTTER, f"git+file://{template}", *checkout, cwd=tmp_path)
    project = tmp_path / "library_website"
    commit(project, "Create the project")
    run(CRUFT, "link", f"file://{template}", "--checkout", "v1", "--no-input", cwd=project)
    commit(project, "Link")
    run(CRUFT, "check", "--checkout", "v1", cwd=project)
    assert run(CRUFT, "diff", "--exit-code", "--checkout", "v1", cwd=project) == ""
    second_version(template)
    run(CRUFT, "update", "--skip-apply-ask", "--checkout", "v2", cwd=project)
    assert (project / "library/new_in_2.py").is_file()


def test_a_project_can_be_baked_again_from_its_answers(template, tmp_path):
    answers = ('project_name=O\'Reilly "&" Söhne', "database=sqlite", "ci=none")
    run(COOKIECUTTER, str(template), "--no-input", *answers, "-o", "first", cwd=tmp_path)
    (project,) = (tmp_path / "first").iterdir()
    recorded = json.loads((project / ".answers.json").read_text())
    assert recorded["version"] == QUESTIONS["_version"]
    replay = ("--checkout", "v1", "--replay-file", str(project / ".answers.json"))
    run(COOKIECUTTER, f"git+file://{template}", *replay, "-o", "again", cwd=tmp_path)
    assert difference(tmp_path / "first", tmp_path / "again") == ""


def test_a_project_follows_the_branch_stable(template, tmp_path):
    run("git", "branch", "stable", "v1", cwd=template)
    create = ("create", f"file://{template}", "--checkout", "stable", "--no-input", "--output-dir")
    run(CRUFT, *create, str(tmp_path / "made"), cwd=tmp_path)
    project = tmp_path / "made/library_website"
    commit(project, "Create the project")
    second_version(template)
    stable = ("--checkout", "stable")
    # Version 2 is on the default branch, but it is not released.
    run(CRUFT, "check", *stable, cwd=project)
    run(CRUFT, "update", "--skip-apply-ask", *stable, cwd=project)
    assert run("git", "status", "--porcelain", cwd=project) == ""
    run("git", "branch", "--force", "stable", "v2", cwd=template)
    commit(template, "Later")
    assert subprocess.run([CRUFT, "check", *stable], cwd=project, check=False).returncode
    run(CRUFT, "update", "--skip-apply-ask", *stable, cwd=project)
    assert (project / "library/new_in_2.py").is_file()
    commit(project, "Update")
    run(CRUFT, "check", *stable, cwd=project)


# The last commit of version 0.1.0.
FIRST_VERSION = "7f7be39b8acd392f584086955cd333167432947d"


def test_a_project_of_version_0_1_0_is_brought_up_to_date(bake, tmp_path, django_python):
    template = tmp_path / "template"
    # The tags are those of this test, also when the versions are released.
    run("git", "clone", "--quiet", "--no-tags", str(ROOT), str(template), cwd=tmp_path)
    run("git", "tag", "v0.1.0", FIRST_VERSION, cwd=template)
    copy_template(template)
    commit(template, "The working tree", "v0.2.0")
    create = ("create", f"file://{template}", "--checkout", "v0.1.0", "--no-input")
    run(CRUFT, *create, "--output-dir", str(tmp_path / "made"), cwd=tmp_path)
    project = tmp_path / "made/library_website"
    commit(project, "Create the project")
    manage = (django_python, "manage.py")
    run(*manage, "migrate", cwd=project)
    run(*manage, "seed_library", "--books=30", cwd=project)
    applied = {path.name: path.read_bytes() for path in project.glob("library/migrations/0*.py")}
    edited = ("library/admin.py", "library/templates/library/book_detail.html")
    for path in edited:
        with (project / path).open("a") as file:
            file.write("\n\n# A line of the user\n" if path.endswith(".py") else "<!-- mine -->\n")
    (project / "of_the_user.py").write_text('"""Of the user."""\n')
    commit(project, "The user's work")

    run(CRUFT, "update", "--skip-apply-ask", "--checkout", "v0.2.0", cwd=project)

    assert not list(project.rglob("*.rej"))
    assert "<<<<<<<" not in run("git", "diff", "HEAD", cwd=project)
    assert (project / "of_the_user.py").is_file()
    assert "# A line of the user" in (project / "library/admin.py").read_text()
    page = (project / "library/templates/library/book_detail.html").read_text()
    assert page.endswith("<!-- mine -->\n")
    for name, content in applied.items():
        assert (project / "library/migrations" / name).read_bytes() == content, name
    run(*manage, "migrate", cwd=project)
    count = "from library.models import Book, due_day; print(Book.objects.count())"
    assert run(*manage, "shell", "-v0", "-c", count, cwd=project).strip() == "30"
    # But for the user's work, it is a new project, whose tests pass elsewhere.
    new = bake(**json.loads((project / ".answers.json").read_text())["cookiecutter"])
    for path in (*edited, "of_the_user.py"):
        shutil.copy(project / path, new / path)
    assert difference(new, project, ".git", ".cruft.json", "*.sqlite3") == ""


def test_all_files_have_the_same_version():
    assert f'version = "{QUESTIONS["_version"]}"' in (ROOT / "pyproject.toml").read_text()
    assert f"## {QUESTIONS['_version']}" in (ROOT / "CHANGELOG.md").read_text()

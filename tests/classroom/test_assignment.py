"""The assignment: tasks and solutions from one source, and the grades of projects."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest
import yaml

from classroom.bake import add_grader
from helpers import PROJECT, ROOT, replace_in, run, solve_differently
from tasks import BLOCK, WHOLE_FILES, solved, source_in, texts_of

TABLE = tomllib.loads((PROJECT / "grading/points.toml").read_text(encoding="utf-8"))["step"]
POINTS = {step["name"]: sum(step["points"].values()) for step in TABLE}
STEPS = [step["name"] for step in TABLE]


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    """Return source_in() for a new folder."""
    return lambda **answers: source_in(tmp_path_factory.mktemp("source"), **answers)


@pytest.fixture(scope="session")
def grade(django_python, tmp_path_factory):
    """Return a function that grades a project, and returns its grade.json."""

    def grade(project, *options):
        reports = tmp_path_factory.mktemp("reports")
        process = subprocess.run(
            [django_python, "grade.py", "--no-docker", "--reports", str(reports), *options],
            cwd=project,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=900,
        )
        assert "Traceback" not in process.stdout + process.stderr, process.stdout + process.stderr
        assert (reports / "grade.json").is_file(), process.stdout + process.stderr
        result = json.loads((reports / "grade.json").read_text(encoding="utf-8"))
        assert process.returncode == (result["points"] < result["of"])
        assert f"{result['points']} of {result['of']} points" in process.stdout
        result["reports"] = reports
        result["said"] = process.stdout
        return result

    return grade


def points(result):
    """Return the points of each step of a grade, by its name."""
    return {step["name"]: step["points"] for step in result["steps"]}


def missing(result):
    """Return the checks that failed as step.check, each with what was found."""
    return {
        f"{step['name']}.{check['name']}": check["found"]
        for step in result["steps"]
        for check in step["checks"]
        if check["found"]
    }


def test_the_table_adds_up():
    assert STEPS == [
        "machine",
        "dockerfile",
        "volume",
        "project",
        "model",
        "website",
        "serializer",
        "api",
        "permissions",
        "tests",
        "form",
    ]
    assert [step["number"] for step in TABLE] == list(range(1, 12))
    assert [step["name"] for step in TABLE if step.get("bonus")] == ["form"]
    assert sum(POINTS.values()) == 100 + POINTS["form"] == 110


@pytest.fixture(scope="session")
def editions(bake):
    """Return the assignment, and the complete edition with the grader."""
    editions = {edition: bake(edition=edition) for edition in ("complete", "assignment")}
    add_grader(editions["complete"])
    return editions


def test_only_the_assignment_has_the_grader(bake):
    assert not [name for name in texts_of(bake(edition="complete")) if "grad" in name]
    assert "grade.py" in texts_of(bake(edition="assignment"))


def test_no_marker_is_left(editions):
    for project in editions.values():
        for name, text in texts_of(project).items():
            assert not re.search(r"(BEGIN|END) (SOLUTION|TASK)", text), name


def test_the_assignment_has_all_tasks_and_complete_has_none(editions):
    tasks = {
        edition: {
            int(number)
            for text in texts_of(project).values()
            for number in re.findall(r"(?:#|\{#) STEP (\d+)\.", text)
        }
        for edition, project in editions.items()
    }
    # Answers to fill in are the whole task of the first step.
    assert tasks == {"complete": set(), "assignment": set(range(2, 12))}


@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
def test_no_line_of_a_solution_is_in_the_assignment(bake, source, database):
    texts = source(database=database)
    starter = texts_of(bake(edition="assignment", database=database))

    def lines(text):
        return Counter(line.strip() for line in text.splitlines() if re.search(r"\w", line))

    # What stands outside the blocks, too, is given: an import, or the example beside it.
    given = sum((lines(BLOCK.sub(r"\2", text)) for text in texts.values()), Counter())
    solutions = set()
    for name, text in texts.items():
        blocks = [text] if name in WHOLE_FILES else [block[3] for block in BLOCK.finditer(text)]
        for block in blocks:
            solutions |= {line for line in lines(block) if len(line) > 3 and line not in given}
    assert len(solutions) > 150
    found = {
        (name, line) for name, text in starter.items() for line in lines(text).keys() & solutions
    }
    assert found == set()
    for name in WHOLE_FILES:
        assert name not in starter


# tests/docker/test_editions.py runs its tests.
def test_the_starter_imports_passes_the_check_and_serves_livez(editions, django_python):
    project = editions["assignment"]
    run(django_python, "manage.py", "check", cwd=project)
    code = (
        "from django.test import Client; "
        "client = Client(SERVER_NAME='localhost'); "
        "print([client.get(page).status_code for page in ('/livez', '/api/v1/')])"
    )
    output = run(django_python, "manage.py", "shell", "-v0", "-c", code, cwd=project)
    assert output.strip() == "[200, 200]"


# The first four steps are about files that the others do not look at, and look at no other.
FIRST_FIVE = [f"--step={number}" for number in range(1, 6)]
FROM_FOUR_ON = [f"--step={number}" for number in range(4, 11)]


# With SQLite: test_teaching.py.
def test_each_step_adds_exactly_its_points(source, grade, tmp_path):
    project, texts = tmp_path / "project", source()
    for done in range(12):
        solved(texts, project, range(1, done + 1))
        options = FIRST_FIVE if done < 4 else [*FROM_FOUR_ON, "--step=11"]
        result = grade(project, *(options if 0 < done < 11 else []))
        expected = {
            name: worth if number <= done else 0
            for number, (name, worth) in enumerate(POINTS.items(), start=1)
        }
        found = points(result)
        assert found == {name: expected[name] for name in found}, missing(result)
        assert result["bonus"] == (POINTS["form"] if done == 11 else 0)
    assert "100 of 100 points, and 10 bonus points" in result["said"]


@pytest.fixture
def project(editions, tmp_path):
    """Return a copy of the solution, for a test to change."""
    return shutil.copytree(editions["complete"], tmp_path / "project")


# How the solution installs the packages.
INSTALLATION = (
    "pipenv requirements --hash > /tmp/requirements.txt & pipenv verify && wait $! \\\n"
    " && uv pip install --compile-bytecode --require-hashes --requirement /tmp/requirements.txt"
)
# Typical mistakes: the step that loses points, the file, the text in it, and its replacement.
WRONG = {
    "answers": ("machine", "grading/answers.toml", '"linux"', '"windows"'),
    "code before the packages": (
        "dockerfile",
        "Dockerfile",
        "COPY Pipfile Pipfile.lock ./\n",
        "COPY . .\n",
    ),
    "the pip of the base image": (
        "dockerfile",
        "Dockerfile",
        INSTALLATION,
        "pipenv requirements > r.txt && pip install -r r.txt",
    ),
    "production: another name of the stage": (
        "dockerfile",
        "Dockerfile",
        "COPY --from=builder /opt/venv /opt/venv",
        "COPY --from=build /opt/venv /opt/venv",
    ),
    "production: no code": ("dockerfile", "Dockerfile", "COPY . .\n", ""),
    "production: a typing error": (
        "dockerfile",
        "Dockerfile",
        "RUN SECRET_KEY=unused",
        "RNU SECRET_KEY=unused",
    ),
    "a folder, not a volume": (
        "volume",
        "compose.yaml",
        "- postgres18:/var/lib/postgresql",
        "- ./data:/var/lib/postgresql",
    ),
    "the URLs at another prefix": (
        "project",
        "django_project/urls.py",
        'path("", include("reviews.urls"))',
        'path("reviews/", include("reviews.urls"))',
    ),
    "no lock": ("dockerfile", "Dockerfile", INSTALLATION, "pipenv install"),
    "a volume of the wrong folder": (
        "volume",
        "compose.yaml",
        "- postgres18:/var/lib/postgresql\n",
        "- postgres18:/var/lib/postgres\n",
    ),
    "a volume that is not listed": ("volume", "compose.yaml", "  postgres18:\n", "  another:\n"),
    "the app is not installed": ("project", "django_project/settings.py", '    "reviews",\n', ""),
    "the URLs are not included": (
        "project",
        "django_project/urls.py",
        '    path("", include("reviews.urls")),\n',
        "",
    ),
    "any rating": (
        "model",
        "reviews/models.py",
        "        validators=[MinValueValidator(1), MaxValueValidator(5)],\n",
        "",
    ),
    "a second review": (
        "model",
        "reviews/models.py",
        'fields=["book", "reviewer"],',
        'fields=["book", "reviewer", "text", "created_at"],',
    ),
    "oldest first": ("model", "reviews/models.py", 'ordering = ["-pk"]', 'ordering = ["pk"]'),
    "no migration": ("model", "reviews/migrations/0001_initial.py", None, None),
    "reviews of all books": (
        "website",
        "reviews/views.py",
        'return self.book.reviews.select_related("reviewer")',
        'return self.book.reviews.model.objects.select_related("reviewer")',
    ),
    "a query for each reviewer": (
        "website",
        "reviews/views.py",
        '.select_related("reviewer")',
        ".all()",
    ),
    "an unsafe text": (
        "website",
        "reviews/templates/reviews/book_reviews.html",
        "review.text|linebreaks",
        "review.text|safe",
    ),
    "no link": (
        "website",
        "reviews/templates/reviews/slots/book_links.html",
        "{% url 'book_reviews' book.pk %}",
        "#",
    ),
    "no name of the reviewer": (
        "serializer",
        "reviews/api/serializers.py",
        'source="reviewer.username"',
        'source="reviewer.email"',
    ),
    "a query for each row of a list": (
        "api",
        "reviews/api/views.py",
        "    filterset_class = ReviewFilter\n",
        "    filterset_class = ReviewFilter\n\n"
        "    def list(self, request):\n"
        "        self.titles = [review.book.title for review in self.get_queryset()]\n"
        "        return super().list(request)\n",
    ),
    "the reviews of the other books": (
        "api",
        "reviews/api/views.py",
        "widget=NumberInput)",
        "widget=NumberInput, exclude=True)",
    ),
    "others change": (
        "permissions",
        "reviews/api/permissions.py",
        "request.method in SAFE_METHODS or obj.reviewer == request.user",
        "True",
    ),
    "others delete": (
        "permissions",
        "reviews/api/permissions.py",
        "request.method in SAFE_METHODS",
        'request.method in (*SAFE_METHODS, "DELETE")',
    ),
    "a test that cannot fail": (
        "tests",
        "reviews/tests/test_reviews.py",
        "    assert write(api(), book).status_code == 401\n",
        "    write(api(), book)\n    return\n",
    ),
    "a test that cannot pass": (
        "tests",
        "reviews/tests/test_reviews.py",
        '"Nobody has reviewed this book yet."',
        '"Nobody has read this book yet."',
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_typical_mistake_costs_points_in_its_own_step_only(project, grade, name):
    step, file, there, instead = WRONG[name]
    path = project / file
    if there is None:
        path.unlink()
    else:
        text = path.read_text(encoding="utf-8")
        assert there in text
        path.write_text(text.replace(there, instead), encoding="utf-8")
    result = grade(project, *FIRST_FIVE if step in STEPS[:4] else FROM_FOUR_ON)
    lost = {name for name, got in points(result).items() if got < POINTS[name]}
    assert lost == {step}, missing(result)


ALTERNATIVES = sorted(path.name for path in (ROOT / "tests/alternatives").iterdir())


@pytest.mark.parametrize("name", ALTERNATIVES)
def test_a_different_solution_gets_all_points(editions, project, grade, name):
    solve_differently(project, editions["assignment"], name)
    result = grade(project, *FROM_FOUR_ON)
    assert result["points"] == result["of"], missing(result)


# For the steps before the app: the file, the text in it, and an equivalent.
SAME = {
    "another command that uses the lock file": (
        "Dockerfile",
        INSTALLATION,
        "pipenv install --deploy",
    ),
    "the command of the hint": ("Dockerfile", INSTALLATION, "pipenv sync"),
    "a pattern": ("Dockerfile", "COPY Pipfile Pipfile.lock ./", "COPY Pipfile* ./"),
    "requirements": (
        "Dockerfile",
        INSTALLATION,
        "pipenv requirements --hash > r.txt && python -m pip install -r r.txt",
    ),
    "two lines": (
        "Dockerfile",
        "COPY Pipfile Pipfile.lock ./",
        'COPY Pipfile /code/\nCOPY ["Pipfile.lock", "./"]',
    ),
    "the long form": (
        "compose.yaml",
        "- postgres18:/var/lib/postgresql\n",
        "- type: volume\n        source: postgres18\n        target: /var/lib/postgresql/\n",
    ),
    "another name": ("compose.yaml", "postgres18:", "the_books:"),
    "a path": ("grading/answers.toml", '"urls.py"', '"django_project/urls.py"'),
    "the app's configuration": (
        "django_project/settings.py",
        '"reviews",',
        '"reviews.apps.ReviewsConfig",',
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_a_different_solution_of_the_first_steps_gets_all_points(project, grade, name):
    file, there, instead = SAME[name]
    path = project / file
    assert there in path.read_text(encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8").replace(there, instead), encoding="utf-8")
    result = grade(project, *(f"--step={number}" for number in range(1, 5)))
    assert result["points"] == result["of"], missing(result)


def test_a_failed_check_prints_a_sentence(project, grade):
    path = project / "reviews/views.py"
    path.write_text(path.read_text().replace("get_object_or_404(Book", "Book.objects.get(Book"))
    result = grade(project, "--step", "6")
    assert [step["name"] for step in result["steps"]] == ["website"]
    found = missing(result)["website.page"]
    assert re.fullmatch(r"TypeError: .* \(reviews/views.py, line \d+\)", found)
    assert found in result["said"]
    assert "site-packages" not in result["said"]
    assert "site-packages" in grade(project, "--step", "6", "--trace")["said"]


def test_a_failed_check_prints_what_it_expected_and_found(project, grade):
    template = project / "reviews/templates/reviews/slots/book_links.html"
    template.write_text(template.read_text().replace("{% url 'book_reviews' book.pk %}", "#"))
    assert """
Step 6, link: 0 of 2
Expected: The page of a book links to its reviews.
Found:    /books/1/ has no link to /books/1/reviews/
""" in grade(project, "--step", "6")["said"]


BROKEN = {
    "a syntax error": ("def", r"SyntaxError: .* \(reviews/models.py, line 1\)"),
    "an error": ("1 / 0", r"ZeroDivisionError: .* \(reviews/models.py, line 1\)"),
    "an end": ("import os; os._exit(0)", "the process exited without a message"),
    "another end": ("raise SystemExit('bye')", ""),
    "noise": (
        "import sys\nwhile True: sys.stdout.buffer.write(bytes(range(256)) * 9999)",
        "File too large|the process exited without a message",
    ),
}


SYNTAX = {
    "reviews/models.py": {5, 6, 7, 8, 9, 10, 11},
    "reviews/api/views.py": {6, 7, 8, 9, 11},
    "django_project/settings.py": {4, 5, 6, 7, 8, 9, 10, 11},
}


@pytest.mark.parametrize("name", SYNTAX)
def test_a_syntax_error_is_printed_once_at_the_top(project, grade, name):
    path = project / name
    path.write_text(path.read_text(encoding="utf-8") + "\nvalue = (1,\n", encoding="utf-8")
    line = len(path.read_text(encoding="utf-8").splitlines())
    result = grade(project, *FROM_FOUR_ON, "--step=11")
    error = f"SyntaxError: '(' was never closed ({name}, line {line})"
    [cause] = result["causes"]
    assert cause["found"] == error
    assert SYNTAX[name] <= {*cause["steps"]}
    lost = [
        check["of"]
        for step in result["steps"]
        for check in step["checks"]
        if not step["bonus"] and check["found"].endswith(error)
    ]
    steps = ", ".join(map(str, cause["steps"]))
    sentence = f"{sum(lost)} points depend on this line (steps {steps}): {error}"
    assert result["said"].count(error) == 1
    assert sentence in result["said"].partition("Expected:")[0]
    escaped = sentence.replace("_", r"\_")
    assert (result["reports"] / "summary.md").read_text().count(escaped) == 1
    gradescope = json.loads((result["reports"] / "results.json").read_text())
    assert gradescope["output"].endswith(sentence)


def test_an_import_error_is_one_cause_in_every_step(project, grade):
    replace_in(project / "reviews/api/views.py", "class ReviewViewSet", "class OpinionViewSet")
    result = grade(project, "--step=6", "--step=7")
    [cause] = result["causes"]
    assert cause["steps"] == [6, 7]
    assert re.search(r"^ImportError: .* \(django_project/urls.py, line \d+\)$", cause["found"])


def test_a_failed_check_says_on_which_earlier_steps_it_depends(project, grade):
    replace_in(project / "reviews/models.py", 'ordering = ["-pk"]', 'ordering = ["pk"]')
    replace_in(project / "reviews/api/serializers.py", '"text", ', "")
    result = grade(project, *FROM_FOUR_ON)
    depends = {
        f"{step['name']}.{check['name']}": check["needs"]
        for step in result["steps"]
        for check in step["checks"]
        if check["found"]
    }
    assert depends["serializer.reading"] == [5]
    assert depends["api.list"] == [5, 7]
    assert depends["model.newest_first"] == []
    assert "It depends on steps 5 and 7: begin there." in result["said"]


def test_a_link_to_the_user_is_explained(project, grade):
    serializer = project / "reviews/api/serializers.py"
    text = serializer.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("    reviewer = ")]
    serializer.write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = grade(project, "--step=7")
    assert "`reviewer` is a link, but users have no URL" in result["said"]


@pytest.mark.parametrize("name", BROKEN)
def test_a_project_that_does_not_start_keeps_the_points_of_the_other_steps(project, grade, name):
    code, said = BROKEN[name]
    (project / "reviews/models.py").write_text(code + "\n", encoding="utf-8")
    result = grade(project, *(f"--step={number}" for number in (2, 4, 5, 9)))
    steps = points(result)
    # The written answers count nevertheless.
    assert 3 <= steps.pop("project") < POINTS["project"]
    assert steps == {"dockerfile": POINTS["dockerfile"], "model": 0, "permissions": 0}
    for found in missing(result).values():
        assert re.search(said, found), found
        assert "\n" not in found


def test_an_incomplete_result_does_not_count_and_the_report_is_written(project, grade):
    models = project / "reviews/models.py"
    # As if a check were killed while it reports its result.
    cut = 'import os\n\nopen(os.environ["GRADING_RESULTS"], "a").write(\'{"check": "fie\\n\')\n\n'
    models.write_text(models.read_text().replace("from django.conf", cut + "from django.conf", 1))
    assert grade(project, "--step=5")["points"] == POINTS["model"]


def test_a_step_that_hangs_costs_only_its_own_points(project, grade):
    look = "self.book = get_object_or_404("
    replace_in(project / "reviews/views.py", look, f"while True: pass\n        {look}")
    # The other steps keep their limits.
    limit = 'A page of the website"\nlimit = 60'
    replace_in(project / "grading/points.toml", limit, limit.removesuffix("0"))
    checksums = project / "grading/checksums.json"
    checksums.write_text(json.dumps({}), encoding="utf-8")
    result = grade(project, *(f"--step={number}" for number in (5, 6, 7)))
    assert points(result) == {"model": 15, "website": 0, "serializer": 10}
    assert missing(result)["website.page"] == "timed out after 6 seconds"


def test_the_temporary_folder_is_empty_afterwards(project, grade, tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setenv("TEMP", str(folder))
    monkeypatch.delenv("TMPDIR", raising=False)
    assert points(grade(project, "--step=10")) == {"tests": POINTS["tests"]}
    assert list(folder.iterdir()) == []


def test_a_changed_check_is_reported_and_gives_no_points(project, grade):
    check = project / "grading/check_permissions.py"
    check.write_text(check.read_text() + "\n# easier\n", encoding="utf-8")
    result = grade(project, "--step=9", "--step=8")
    assert result["changed_files"] == ["grading/check_permissions.py"]
    assert points(result) == {"api": POINTS["api"], "permissions": 0}
    assert "git checkout -- grading/check_permissions.py" in result["said"]
    points_table = project / "grading/points.toml"
    points_table.write_text(points_table.read_text().replace("= 3", "= 30"), encoding="utf-8")
    assert grade(project, "--step=8")["points"] == 0


def test_windows_line_endings_do_not_count_as_a_change(project, grade):
    for path in [project / "grade.py", *(project / "grading").glob("*")]:
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert grade(project, "--step=1", "--step=5")["points"] == POINTS["machine"] + POINTS["model"]


def test_hints_come_in_three_levels(editions, django_python):
    project = editions["assignment"]

    def hint(*numbers):
        return run(django_python, "grade.py", "--hint", *numbers, cwd=project)

    for number in range(1, 12):
        first, second, third = (hint(str(number), str(level)) for level in (1, 2, 3))
        assert hint(str(number)) == first
        assert f"python grade.py --hint {number} 2" in first
        assert len(first) < len(second) < len(third)
    process = subprocess.run(
        [django_python, "grade.py", "--hint", "12"], cwd=project, capture_output=True, check=False
    )
    assert process.returncode == 2
    assert b"There is no hint 1 for step 12" in process.stdout


@pytest.mark.parametrize("option", ["--hint 1", "--no-docker --step 1"])
def test_the_grader_is_silent_if_nobody_reads_its_output(project, django_python, option):
    command = f"{django_python} grade.py {option}"
    for line, statuses in {
        f"{command} >&-": (0, 1),
        f"{command} | true; exit ${{PIPESTATUS[0]}}": (2,),
    }.items():
        process = subprocess.run(
            ["bash", "-c", line], cwd=project, capture_output=True, check=False, timeout=120
        )
        assert process.stdout + process.stderr == b""
        assert process.returncode in statuses


@pytest.mark.parametrize("kind", ["device", "pipe"])
def test_the_grader_does_not_read_an_env_file_that_never_ends(project, django_python, kind):
    (project / ".env").unlink()
    os.mkfifo(project / ".env") if kind == "pipe" else (project / ".env").symlink_to("/dev/zero")
    process = subprocess.run(
        ["bash", "-c", f"ulimit -v 4000000; {django_python} grade.py --no-docker --step 5"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert (process.returncode, process.stderr) == (2, "")
    assert process.stdout == (
        ".env is not a file, so nothing can be graded. Remove it:\n  rm -r .env\n"
    )


def test_without_packages_the_grader_says_what_to_install(editions, tmp_path):
    bare = tmp_path / "bare"
    run("python3", "-m", "venv", "--without-pip", str(bare), cwd=tmp_path)
    process = subprocess.run(
        [str(bare / "bin/python3"), "grade.py"],
        cwd=editions["complete"],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert process.returncode == 2
    assert "pipenv sync --dev" in process.stdout
    assert "Traceback" not in process.stderr


def test_the_commands_of_the_ci_job_grade_and_another_run_gives_the_same_bytes(
    bake, editions, django_python, grade, tmp_path
):
    workflow = yaml.safe_load((editions["assignment"] / ".github/workflows/grade.yml").read_text())
    steps = workflow["jobs"]["grade"]["steps"]
    commands = [line for step in steps for line in step.get("run", "").splitlines()]
    gitlab = yaml.safe_load(
        (bake(edition="assignment", ci="gitlab") / ".gitlab-ci.yml").read_text()
    )
    assert gitlab["grade"]["script"] == commands
    install, *commands = commands
    assert install.removeprefix("pip install ") in (PROJECT / "Dockerfile").read_text()
    project = shutil.copytree(editions["complete"], tmp_path / "project")
    # The fixture has installed the packages with the same command.
    (project / ".venv").symlink_to(Path(django_python).parent.parent)
    page = tmp_path / "page.md"
    env = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PIPENV_IGNORE_VIRTUALENVS": "1",
        "GITHUB_STEP_SUMMARY": str(page),
        # The tests that need an engine are elsewhere.
        "DOCKER_HOST": "tcp://127.0.0.1:1",
    }
    for command in commands:
        run("sh", "-c", command, cwd=project, env=env)
    assert (project / gitlab["grade"]["artifacts"]["reports"]["junit"]).is_file()
    assert page.read_text().startswith("## 100 of 100 points, and 10 bonus points")
    again = grade(editions["complete"])["reports"]
    names = ["grade.json", "junit.xml", "result.json", "results.json", "summary.md"]
    assert sorted(path.name for path in again.iterdir()) == names
    for name in names:
        assert (again / name).read_bytes() == (project / "reports" / name).read_bytes(), name


def test_every_step_has_a_section_in_the_assignment(editions):
    text = (editions["assignment"] / "ASSIGNMENT.md").read_text(encoding="utf-8")
    for step in TABLE:
        heading = f"## Step {step['number']}: {step['title']}\n"
        section = text.partition(heading)[2].partition("\n## ")[0]
        assert f"| {POINTS[step['name']]} |" in text
        for part in ("**Goal.**", "**Read.**", "**Do.**", "**See it work.**", "**Check.**"):
            assert part in section, (heading, part)
        assert 2 <= len(re.findall(r"\]\(https://", section.partition("**Do.**")[0])) <= 3
        assert f"grade.py --step {step['number']}`" in section

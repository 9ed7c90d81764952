"""The command that writes an app, in a folder that has the files that it changes."""

import subprocess
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

SETTINGS = 'INSTALLED_APPS = [\n    "accounts",\n    "api",\n]\n'
URLS = """from api.routers import DefaultRouter

router = DefaultRouter()

urlpatterns = [
    path("", include(router.urls)),
]
"""


@pytest.fixture
def project(tmp_path, settings):
    """Return the folder of a project without a resource."""
    (tmp_path / "django_project").mkdir()
    (tmp_path / "django_project/settings.py").write_text(SETTINGS)
    (tmp_path / "django_project/urls.py").write_text(URLS)
    settings.BASE_DIR = tmp_path
    return tmp_path


@pytest.fixture
def commands(monkeypatch):
    """Return the list of the commands that would run, the output and the errors of each."""
    commands = []

    def run(command, **options):
        commands.append(command[1:] if command[0] != "git" else command)
        return subprocess.CompletedProcess(command, 0, stdout=b"", stderr=b"")

    monkeypatch.setattr("api.management.commands.startresource.subprocess.run", run)
    return commands


def get_files(folder):
    """Return the text of each file in the folder, by relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


def start(*arguments):
    """Run the command and return its output."""
    output = StringIO()
    call_command("startresource", *arguments, stdout=output, stderr=output)
    return output.getvalue()


def test_the_app_is_written_and_installed(project, commands):
    output = start("field_trips", "FieldTrip")
    files = get_files(project)
    for name in ("models.py", "migrations/0001_initial.py", "api/views.py", "tests/test_api.py"):
        assert f"field_trips/{name}" in files
        assert f"  field_trips/{name}\n" in output
    assert "field_trips/templates/field_trips/fieldtrip_list.html" in files
    assert "class FieldTrip(models.Model):" in files["field_trips/models.py"]
    assert "Add a field trip" in files["field_trips/templates/field_trips/fieldtrip_list.html"]
    assert not any("$" in text for text in files.values())
    assert '    "accounts",\n    "field_trips",\n' in files["django_project/settings.py"]
    urls = files["django_project/urls.py"]
    assert "from field_trips.api.views import FieldTripViewSet\n" in urls
    assert 'DefaultRouter()\nrouter.register("field_trips", FieldTripViewSet)\n' in urls
    assert 'urlpatterns = [\n    path("field_trips/", include("field_trips.urls")),\n' in urls
    assert commands[-1] == ["manage.py", "spectacular", "--file", "openapi.yaml"]


def test_a_dry_run_writes_nothing(project, commands):
    before = get_files(project)
    assert "  field_trips/models.py\n" in start("field_trips", "FieldTrip", "--dry-run")
    assert (get_files(project), commands) == (before, [])


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((), "Name an app and a model"),
        (("field_trips",), "Name an app and a model"),
        (("Field_trips", "FieldTrip"), "is not a name for an app"),
        (("field-trips", "FieldTrip"), "is not a name for an app"),
        (("field_trips", "fieldtrip"), "is not a name for a model"),
        (("field_trips", "Field_Trip"), "is not a name for a model"),
        (("f" * 31, "FieldTrip"), "at most 30 characters"),
        (("class", "FieldTrip"), "'class' is a Python keyword"),
        (("list", "FieldTrip"), "'list' is a Python keyword"),
        (("field_trips", "None"), "'None' is a Python keyword"),
        (("field_trips", "Request"), "is a variable in every template"),
        (("accounts", "FieldTrip"), "There is an app 'accounts' already"),
        (("taken", "FieldTrip"), "There is an app 'taken' already"),
        (("field_trips", "User"), "There is a model accounts.User already"),
        (("field_trips", "USER"), "There is a model accounts.User already"),
        (("pytest", "FieldTrip"), "is an installed module"),
        (("token", "FieldTrip"), "The URL /api/v1/token/ is taken"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused(project, commands, monkeypatch, names, message):
    monkeypatch.setattr(
        "api.management.commands.startresource.find_spec", lambda name: name == "pytest"
    )
    (project / "taken").mkdir()
    before = get_files(project)
    with pytest.raises(CommandError, match=message):
        start(*names)
    assert (get_files(project), commands) == (before, [])


@pytest.mark.parametrize(
    ("name", "line"),
    [("settings.py", '    "accounts",\n'), ("urls.py", "router = DefaultRouter()\n")],
)
def test_a_missing_mark_is_named_with_the_lines_to_add(project, commands, name, line):
    path = project / "django_project" / name
    path.write_text(path.read_text().replace(line, ""))
    before = get_files(project)
    with pytest.raises(CommandError) as error:
        start("field_trips", "FieldTrip")
    assert f"django_project/{name} must have exactly one line" in str(error.value)
    assert "field_trips" in str(error.value).splitlines()[-1]
    assert (get_files(project), commands) == (before, [])


def test_nothing_is_left_of_an_app_whose_schema_cannot_be_written(project, monkeypatch):
    def fail(command, **options):
        if "spectacular" in command:
            raise subprocess.CalledProcessError(1, command, stderr="Traceback\nNo such table.")
        return subprocess.CompletedProcess(command, 0, stdout=b"?? a file\n", stderr=b"")

    monkeypatch.setattr("api.management.commands.startresource.subprocess.run", fail)
    before = get_files(project)
    with pytest.raises(CommandError, match=r"^Nothing was written\. No such table\.$"):
        start("field_trips", "FieldTrip")
    assert get_files(project) == before
    assert not (project / "field_trips").exists()


def test_nothing_is_left_of_an_app_that_cannot_be_installed(project, commands, monkeypatch):
    write_text = Path.write_text

    def refuse(path, *args, **kwargs):
        if path.name == "urls.py" and path.parent.name == "django_project":
            raise PermissionError(13, "Permission denied", str(path))
        return write_text(path, *args, **kwargs)

    before = get_files(project)
    monkeypatch.setattr(Path, "write_text", refuse)
    with pytest.raises(
        CommandError, match=r"^Nothing was written\. /.*urls\.py: Permission denied\.$"
    ):
        start("field_trips", "FieldTrip")
    assert get_files(project) == before
    assert not (project / "field_trips").exists()


def test_uncommitted_changes_are_mentioned(project, monkeypatch):
    monkeypatch.setattr(
        "api.management.commands.startresource.subprocess.run",
        lambda command, **options: subprocess.CompletedProcess(command, 0, stdout=b"?? a\n"),
    )
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    assert "There were uncommitted changes" in start("field_trips", "FieldTrip")

"""The roster, the deadline, the adjustments and the exports of a class, without grading."""

import csv
import os
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from classroom.deadline import lateness, read_deadline, read_policy
from classroom.exports import write_exports
from classroom.gradebook import Gradebook
from classroom.roster import Student, match, read_adjustments, read_roster
from classroom.sandbox import StopError
from classroom.submissions import LATEST, read_all, submitted
from helpers import ROOT, commit, run

ADA = Student("ada", "Ada Lee", "1")
ZOE = Student("zoe", "Zoë Müller", "2")
CLASS = [ADA, ZOE, Student("ann-lee", "Ann Lee", "1"), Student("lee", "Li Lee", "1")]
DEADLINE = read_deadline("2026-12-01T23:59+01:00")


@pytest.fixture
def table(tmp_path):
    """Return a function that writes a CSV file and returns its path."""

    def write(text, encoding="utf-8"):
        path = tmp_path / "table.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_roster_is_read_as_spreadsheets_write_it(table, encoding, delimiter, end):
    lines = ["Group,Login , NAME", "1,ada,Ada Lee", "", ",,", '2,zoe,"Zoë Müller"', ""]
    text = end.join(lines).replace(",", delimiter)
    assert read_roster(table(text, encoding)) == [ADA, ZOE]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has the columns (none). It needs these, in the first line: login, name, group."),
        ("login,name\nada,Ada\n", "has the columns login, name. It needs"),
        ("login,name,group,grade\n", "has the columns login, name, group, grade. It needs"),
        ("login,name,group\n", "contains no students."),
        ("login,name,group\nada,Ada,1\nADA,Ada,1\n", "line 3: the login ADA is there twice."),
        ("login,name,group\n,Ada,1\n", "line 2: there is no login."),
        ("login,name,group\nada,Lee, Ada,1\n", "line 2: there are 4 cells for 3 columns."),
        ('login,name,group\nada,"Ada" Lee,1\n', "line 2, is not CSV"),
    ],
)
def test_an_invalid_roster_gets_one_clear_sentence(table, text, message):
    with pytest.raises(StopError) as stopped:
        read_roster(table(text))
    assert message in str(stopped.value)


def test_an_unknown_encoding_is_not_guessed(table):
    with pytest.raises(StopError, match="Save it in your spreadsheet as CSV UTF-8"):
        read_roster(table("login,name,group\nzoe,Zoë,1\n", "cp1252"))


def test_a_roster_that_is_not_there(tmp_path):
    with pytest.raises(StopError, match="cannot be read: No such file"):
        read_roster(tmp_path / "roster.csv")


@pytest.mark.parametrize(
    ("names", "owners"),
    [
        (["ada", "ZOE"], ["ada", "zoe"]),
        (["Ada  lee", "zoe\u0308 mu\u0308ller"], ["ada", "zoe"]),
        (["Ada Lee_12_assignsubmission_file_", "2-Zoë Müller_9_assignsubmission_file"],
         ["ada", "zoe"]),
        # "lee" is also the end of another login, and of a student's who is not on the roster.
        (["web-ada", "web-ann-lee", "web-mary-lee", "web-lee"], ["ada", "ann-lee", None, "lee"]),
        (["web-lee", "web-ann-lee"], ["lee", "ann-lee"]),
        (["ada", "zoe", "mary-lee"], ["ada", "zoe", None]),
        (["web-ann-lee"], ["ann-lee"]),
        (["Anna-Ada Lee", "adalee", "someone"], [None, None, None]),
    ],
)  # fmt: skip
def test_submissions_are_matched_by_login_or_name(names, owners):
    found = match(names, CLASS)
    assert [found[name] and found[name].login for name in names] == owners


def test_namesakes_need_logins():
    namesakes = [Student("ada1", "Ada Lee"), Student("ada2", "ada lee")]
    assert match(["ada1", "ada2"], namesakes)["ada2"] == namesakes[1]
    with pytest.raises(StopError, match="may be that of ada1 or of ada2, who have the same name"):
        match(["Ada Lee"], namesakes)


def test_two_submissions_of_one_student_are_an_error():
    with pytest.raises(StopError, match="'ada' and 'Ada Lee' both belong to ada"):
        match(["ada", "Ada Lee"], CLASS)


def test_adjustments_are_read(table):
    text = "login;points;reason\nADA;-5;Late demo\nada;+3;Found a mistake\nzoe;0;Talked\n"
    assert read_adjustments(table(text), CLASS) == {
        "ada": [(-5, "Late demo"), (3, "Found a mistake")],
        "zoe": [(0, "Talked")],
    }


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("bob,1,Good", "line 2: there is no student 'bob'. Write a login from the roster"),
        ("ada,1,", "line 2: there is no reason. Write one: ada will read it."),
        ("ada,1.5,Good", "line 2: the points are '1.5'. Write a whole number"),
        ("ada,,Good", "line 2: the points are ''. Write a whole number"),
    ],
)
def test_an_invalid_adjustment_gets_one_clear_sentence(table, line, message):
    with pytest.raises(StopError) as stopped:
        read_adjustments(table(f"login,points,reason\n{line}\n"), CLASS)
    assert message in str(stopped.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2026-12-01T23:59", "has no time zone. Write it like 2026-12-01T23:59+01:00."),
        ("2026-12-01", "has no time zone"),
        ("tomorrow", "'tomorrow' is not a date and a time."),
    ],
)
def test_a_deadline_needs_a_time_zone(text, message):
    with pytest.raises(StopError) as stopped:
        read_deadline(text)
    assert message in str(stopped.value)


@pytest.mark.parametrize(
    "text", ["", "10", "10 % a day", "-5 per day", "10% per week", "10% per day, at most 3"]
)
def test_an_unknown_late_policy_is_rejected_with_examples(text):
    with pytest.raises(StopError, match="Write one like these: 10 per day;"):
        read_policy(text)


@pytest.mark.parametrize(
    ("policy", "hours", "left"),
    [
        ("10 per day", 0, 87),
        ("10 per day", 1, 77),
        ("10 per day", 24, 77),
        ("10 per day", 25, 67),
        ("10 per day", 24 * 30, 0),
        ("10% per day", 1, 79),
        ("10% per day", 49, 61),
        ("10% per day, at most 3 days", 72, 61),
        ("10% per day, at most 3 days", 73, 0),
        ("2 per hour, at most 1 day", 3, 81),
        ("refuse", 0, 87),
        ("refuse", 0.01, 0),
    ],
)
def test_a_late_submission_loses_points(policy, hours, left):
    moment = DEADLINE + timedelta(hours=hours)
    changes = lateness(87, moment, DEADLINE, read_policy(policy))
    assert 87 + sum(points for points, _ in changes) == left
    assert bool(changes) == (hours > 0)


def test_the_reason_of_a_late_submission():
    policy = read_policy("10%  per day, at most 3 days")
    moment = datetime(2026, 12, 3, 0, 0, tzinfo=UTC)
    assert lateness(50, moment, DEADLINE, policy) == [
        (-10, "2 days late: 10% per day, at most 3 days")
    ]


def moment_of(source):
    """Return when a submission was made, as a timestamp."""
    return submitted(source, read_all(source)).timestamp()


def test_the_newest_file_or_the_zip_file_tells_the_time_of_a_submission(tmp_path):
    project = tmp_path / "ada"
    project.mkdir()
    for name, moment in (("manage.py", 1_000), ("notes.txt", 3_000), ("db.sqlite3", 9_000)):
        (project / name).write_text("")
        os.utime(project / name, (moment, moment))
    with zipfile.ZipFile(tmp_path / "bob.zip", "w") as archive:
        archive.writestr("manage.py", "")
    os.utime(tmp_path / "bob.zip", (4_000, 4_000))
    assert moment_of(project) == 3_000
    assert moment_of(tmp_path / "bob.zip") == 4_000


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Return a repository whose last commit was made an hour after the beginning of 1970."""
    project = tmp_path / "ada/project"
    project.mkdir(parents=True)
    (project / "manage.py").write_text("")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "1970-01-01T01:00:00+00:00")
    commit(project, "Work")
    return project


def test_in_a_repository_the_last_commit_tells_the_time(repository, monkeypatch):
    for source in (repository, repository.parent, repository.as_uri()):
        assert moment_of(source) == 3_600
    monkeypatch.setenv("GIT_COMMITTER_DATE", f"@{2**62} +0000")
    commit(repository, "In the distant future")
    assert moment_of(repository) == LATEST


def test_a_command_in_the_configuration_of_a_repository_is_not_run(repository, tmp_path):
    for name in ("core.fsmonitor", "core.pager", "core.sshCommand", "uploadpack.packObjectsHook"):
        run("git", "config", name, f"touch {tmp_path}/run", cwd=repository)
    assert moment_of(repository) == 3_600
    assert not (tmp_path / "run").exists()


def row(name, points, submitted=None, **values):
    """Return a graded row without a student."""
    result = {"points": points, "of": 100}
    return {"name": name, "note": "", "result": result, "submitted": submitted,
            "remarks": [], "is_absent": False, **values}  # fmt: skip


@pytest.fixture
def graded(tmp_path):
    """Return the rows of a class with a late, an absent and an unknown student."""
    (tmp_path / "roster.csv").write_text(
        "login,name,group\nada,Ada Lee,1\nzoe,Zoë Müller,2\nbob,=1+1,2\n"
    )
    (tmp_path / "adjustments.csv").write_text(
        "login,points,reason\nada,+3,Found a mistake\nbob,5,Explained it in class\n"
    )
    options = SimpleNamespace(
        roster=tmp_path / "roster.csv",
        adjustments=tmp_path / "adjustments.csv",
        deadline="2026-12-01T23:59+01:00",
        late="10% per day",
    )
    gradebook = Gradebook(options, [("web-ada", "a"), ("web-zoe", "z"), ("web-eve", "e")])
    assert gradebook.submissions == [("ada", "a"), ("zoe", "z"), ("web-eve", "e")]
    moment = datetime(2026, 12, 2, tzinfo=UTC)
    return gradebook.grades(
        [row("web-eve", 90), row("zoe", 70, moment - timedelta(days=1)), row("ada", 87, moment)],
        lambda login: row(login, 0, note="there is no submission", is_absent=True),
    )


def test_grades_are_in_the_order_of_the_roster_with_their_changes(graded):
    assert [(row["name"], row["total"]) for row in graded] == [
        ("ada", 82), ("zoe", 70), ("bob", 5), ("web-eve", 90)
    ]  # fmt: skip
    assert graded[0]["changes"] == [(-8, "1 day late: 10% per day"), (3, "Found a mistake")]
    assert [row["remarks"] for row in graded] == [[], [], [], ["not on the roster"]]


def exported(folder, name):
    """Return the rows of an export."""
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_the_exports_have_the_documented_columns(graded, tmp_path):
    write_exports(tmp_path / "exports", graded)
    header, ada, zoe, bob = exported(tmp_path / "exports", "moodle")
    assert header == ["Username", "Full name", "Group", "Assignment", "Feedback comments"]
    assert ada[:4] == ["ada", "Ada Lee", "1", "82"]
    assert ada[4] == "1 day late: 10% per day (-8); Found a mistake (+3)"
    assert (zoe[3:], bob[1]) == (["70", ""], "'=1+1")
    assert bob[3:] == ["5", "there is no submission; Explained it in class (+5)"]

    header, possible, ada, *_ = exported(tmp_path / "exports", "canvas")
    assert header == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Assignment"]
    assert possible == ["Points Possible", "", "", "", "", "100"]
    assert ada == ["Ada Lee", "", "", "ada", "1", "82"]

    table = exported(tmp_path / "exports", "classroom50")
    assert ",".join(table[0]) == (
        "username,first_name,last_name,email,section,score,max_score,datetime,submission_tag,"
        "submitted_by,review_url,late,override"
    )
    ada, zoe, bob = (dict(zip(table[0], cells, strict=True)) for cells in table[1:])
    assert (ada["first_name"], ada["last_name"], ada["section"]) == ("Ada", "Lee", "1")
    assert (ada["score"], ada["max_score"], ada["override"]) == ("82", "100", "true")
    assert (ada["datetime"], ada["late"]) == ("2026-12-02T00:00:00Z", "true")
    assert (zoe["score"], zoe["late"], zoe["override"]) == ("70", "false", "")
    assert (bob["username"], bob["score"], bob["max_score"]) == ("bob", "", "")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--deadline=2026-12-01"], "has no time zone"),
        (["--late=refuse"], "A late policy needs a deadline"),
        (["--roster=nowhere.csv"], "nowhere.csv cannot be read"),
        (["--student=bob"], "There is no submission of 'bob'."),
    ],
)
def test_a_mistake_changes_no_earlier_grades(tmp_path, options, message):
    (tmp_path / "in/ada").mkdir(parents=True)
    (tmp_path / "out/state").mkdir(parents=True)
    (tmp_path / "out/index.html").write_text("earlier")
    command = [sys.executable, str(ROOT / "classroom/grade_class.py"), "in", "out", *options]
    process = subprocess.run(
        command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False
    )
    assert (process.returncode, len(process.stderr.splitlines())) == (2, 1), process.stderr
    assert message in process.stderr
    assert Path(tmp_path / "out/index.html").read_text() == "earlier"

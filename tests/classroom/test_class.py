"""A class of good, bad and hostile submissions, graded with a real Docker engine.

CLASS_STEPS="1 2 3 4 5 6 7 8 9 10" grades all steps, which takes some minutes.
"""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from html.parser import HTMLParser

import pytest

from classroom.bake import add_grader
from helpers import ROOT, images_of, run

IMAGE = f"cls_{os.getpid()}"
STEPS = os.environ.get("CLASS_STEPS", "6").split()
# Less than a step's own limit of 60 seconds; starting and stopping a container counts too.
LIMIT = 45 if len(STEPS) == 1 else 100
# The fixture grades more than thirty submissions.
pytestmark = [pytest.mark.usefixtures("docker"), pytest.mark.timeout(20 * LIMIT)]
GRADE = [sys.executable, str(ROOT / "classroom/grade_class.py")]

# Code inserted before the model, in an otherwise complete project.
HOSTILE = {
    "does not parse": "this is no Python\n",
    "loops at import": "while True: pass\n",
    "forks without end": "import os\nwhile True:\n    if not os.fork(): os.setsid()\n",
    "takes all memory in many": (
        "import os, time\nfor n in range(5): os.fork()\nx = bytearray(b'1') * 400_000_000\n"
        "time.sleep(1)\n"
    ),
    "writes 10 GB": (
        "import itertools\nfor n in itertools.count():\n"
        "    with open(f'/tmp/{n}', 'wb') as f: f.write(bytes(40_000_000))\n"
    ),
    "writes one file of 10 GB": "open('/tmp/large', 'wb').write(bytes(10_000_000_000))\n",
    "prints too much": (
        "import sys\nwhile True: sys.stdout.buffer.write(bytes(range(256)) * 4000)\n"
    ),
    "prints past the grader": (
        "while True:\n    with open('/proc/1/fd/1', 'wb') as f: f.write(bytes(range(256)) * 4000)\n"
    ),
    "takes all memory": "x = bytearray(30_000_000_000)\n",
    "takes all memory slowly": "x = []\nwhile True: x.append(bytearray(10_000_000))\n",
    "deletes files": (
        "import shutil\nfor folder in ('/code', '/out', '/opt/venv', '/'):\n"
        "    shutil.rmtree(folder, ignore_errors=True)\n"
    ),
    "leaves": "import os\nos._exit(0)\n",
    "leaves politely": "import sys\nsys.exit()\n",
    "ends the grader": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n",
    "ends everything": "import os, signal\nos.kill(-1, signal.SIGKILL)\n",
    "pretends": (
        "import os\nos.makedirs('/out/reports', exist_ok=True)\n"
        "open('/out/reports/grade.json', 'w').write('{\\n\"points\": 100, \"of\": 100}')\n"
        "os.kill(os.getppid(), 9)\n"
    ),
    "links the result": (
        "import os\nos.makedirs('/out/reports', exist_ok=True)\n"
        "os.symlink('/etc/passwd', '/out/reports/grade.json')\nos.kill(os.getppid(), 9)\n"
    ),
}
# These try, fail and continue, and lose no points.
HARMLESS = {
    "opens sockets": (
        "import socket\nfor host in ('1.1.1.1', '172.17.0.1', '127.0.0.1'):\n"
        "    for port in (22, 53, 80, 443, 2375):\n"
        "        try:\n            socket.create_connection((host, port), 0.2)\n"
        "        except OSError: continue\n"
        "        raise RuntimeError(f'{host} port {port} answers')\n"
        "from pathlib import Path\n"
        "if Path('/var/run/docker.sock').exists(): raise RuntimeError('there is the engine')\n"
    ),
    "becomes root": (
        "import os\nassert os.getuid() == 65534\ntry: os.setuid(0)\nexcept PermissionError: pass\n"
        "else: raise RuntimeError('root')\n"
        "assert 'NoNewPrivs:\\t1' in open('/proc/self/status').read()\n"
        "assert 'CapEff:\\t0000000000000000' in open('/proc/self/status').read()\n"
        "for place in ('/code/x', '/opt/venv/x', '/etc/x'):\n"
        "    try: open(place, 'w')\n    except OSError: continue\n"
        "    raise RuntimeError(f'{place} can be written')\n"
    ),
}
RENAMED = {
    "BookReviewsView": "Opinions",
    "paginate_by = 20": "paginate_by = 25",
}


@pytest.fixture(scope="module", autouse=True)
def no_image_stays():
    """Remove the image of the grader."""
    yield
    if images := images_of(IMAGE):
        run("docker", "rmi", *images, cwd=ROOT)


def put_before(path, code):
    """Insert the code at the beginning of the file."""
    path.write_text(code + path.read_text())


@pytest.fixture(scope="module")
def editions(bake):
    """Return the complete project with the grader, and the assignment."""
    complete = bake(database="sqlite", edition="complete")
    add_grader(complete)
    return complete, bake(database="sqlite", edition="assignment")


def zipped(path, files):
    """Write a zip file with `files`, content by name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def texts_of(project, prefix=""):
    """Return the files of a project by name, as they go into a zip."""
    return {
        f"{prefix}{path.relative_to(project)}": path.read_bytes()
        for path in project.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def handed_in(editions, tmp_path_factory):
    """Return a folder with the submissions of a class."""
    complete, starter = editions
    folder = tmp_path_factory.mktemp("class") / "submissions"
    folder.mkdir()

    def copy(name, source=complete):
        return shutil.copytree(source, folder / name)

    copy("complete")
    copy("starter", starter)
    copy("zzz the last one")
    copy('Zoë O\'Brien "图书" & <b>co')
    copy("=1+1")
    for name, code in {**HOSTILE, **HARMLESS}.items():
        put_before(copy(name) / "reviews/models.py", code)
    put_before(copy("loops in a view") / "reviews/views.py", "")
    view = folder / "loops in a view/reviews/views.py"
    view.write_text(
        view.read_text().replace("self.book = ", "while True: pass\n        self.book = ")
    )
    (copy("no page") / "reviews/urls.py").write_text("urlpatterns = []\n")
    renamed = copy("renamed")
    for path in renamed.rglob("reviews/**/*.py"):
        for old, new in RENAMED.items():
            path.write_text(path.read_text().replace(old, new))
    zipped(folder / "in a zip.zip", {"__MACOSX/._x": b"", **texts_of(complete, "my work/here/")})
    (folder / "from a platform_123_file_").mkdir()
    zipped(folder / "from a platform_123_file_/work.zip", texts_of(complete))

    copy("edits the checks", starter)
    checks = folder / "edits the checks/grading"
    (checks / "check_website.py").write_text("def check_page():\n    '''Yes.'''\n")
    (checks / "points.toml").unlink()
    (checks / "plugin.py").write_text("")
    forged = copy("brings a grader of its own", starter)
    (forged / "grade.py").write_text("print('100 of 100')\n")
    (copy("brings a plugin", starter) / "conftest.py").write_text(
        "import os\nos.environ['GRADING_RESULTS']\n"
    )

    (folder / "empty").mkdir()
    (folder / "no zip.zip").write_bytes(b"PK\x03\x04 but no more")
    (folder / "essay.docx").write_text("My essay")
    zipped(folder / "climbs.zip", {"manage.py": b"", "../../climbed.py": b"x"})
    zipped(folder / "absolute.zip", {"manage.py": b"", "/tmp/cls_absolute.py": b"x"})
    zipped(folder / "bomb.zip", {"manage.py": b"", "zeros": bytes(300_000_000)})
    (copy("links") / "reviews/secret.txt").symlink_to("/etc/passwd")
    return folder


def grade(submissions, out, *options):
    """Run grade_class.py; return the finished process."""
    return subprocess.run(
        [*GRADE, str(submissions), str(out), f"--image={IMAGE}", *options],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture(scope="module")
def graded(handed_in, tmp_path_factory):
    """Return the folder with the results of the class."""
    out = tmp_path_factory.mktemp("graded") / "out"
    process = grade(handed_in, out, f"--limit={LIMIT}", *(f"--step={step}" for step in STEPS))
    assert process.returncode == 0, process.stderr
    assert process.stderr.count("Warning") == 0
    return out


@pytest.fixture(scope="module")
def rows(graded):
    """Return the table of the grades, a dictionary for each name."""
    with (graded / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


def test_each_submission_has_a_grade(handed_in, rows):
    assert len(rows) == len(list(handed_in.iterdir())) >= 30


@pytest.mark.parametrize(
    "name",
    [
        "complete",
        "zzz the last one",
        'Zoë O\'Brien "图书" & <b>co',
        "'=1+1",
        "renamed",
        "in a zip",
        "from a platform_123_file_",
        *HARMLESS,
    ],
)
def test_a_good_submission_gets_all_points_whatever_the_others_do(rows, name):
    assert int(rows[name]["total"]) >= 15
    assert rows[name]["total"] == rows["complete"]["total"]
    assert rows[name]["note"].removeprefix("mentions the grader: reviews/models.py") == ""


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("loops at import", f"timed out after {LIMIT} seconds"),
        ("loops in a view", f"timed out after {LIMIT} seconds"),
        ("deletes files", "killed the grader"),
        ("ends the grader", "killed the grader"),
        ("ends everything", "killed the grader"),
        ("pretends", "killed the grader"),
        ("links the result", "killed the grader"),
        ("prints past the grader", "prints too much"),
        ("empty", "it is empty"),
        ("no zip", "not a zip file, or it is broken"),
        ("essay.docx", "not a zip file, or it is broken"),
        ("climbs", "a path outside of it"),
        ("absolute", "a path outside of it"),
        ("bomb", "too large"),
        ("links", "a link"),
    ],
)
def test_an_ungradable_submission_gets_no_points_and_a_reason(rows, name, note):
    assert rows[name]["total"] == "0"
    assert note in rows[name]["note"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_submission_gets_a_reason(graded, rows, name):
    # The steps that do not start the project may give points.
    assert int(rows[name]["total"]) <= 30
    page = (graded / "reports" / f"{name.replace(' ', '_')}.html").read_text(encoding="utf-8")
    assert rows[name]["note"] or "<dt>Found</dt>" in page


def test_the_starter_gets_no_points_and_no_note(rows):
    assert (rows["starter"]["total"], rows["starter"]["note"]) == ("0", "")
    assert int(rows["no page"]["total"]) < int(rows["complete"]["total"])


def test_changed_checks_are_restored_and_reported(rows):
    assert rows["edits the checks"]["total"] == "0"
    assert rows["edits the checks"]["changed files"] == (
        "changed: grading/check_website.py; missing: grading/points.toml; added: grading/plugin.py"
    )
    assert rows["brings a grader of its own"]["total"] == "0"
    assert rows["brings a grader of its own"]["changed files"] == "changed: grade.py"
    assert rows["brings a plugin"]["note"] == (
        "changed: conftest.py; mentions the grader: conftest.py"
    )


def test_nothing_escapes_from_the_containers(handed_in, graded):
    assert not (handed_in.parent / "climbed.py").exists()
    assert not os.path.exists("/tmp/cls_absolute.py")
    assert run("docker", "ps", "--all", "--quiet", f"--filter=name={IMAGE}", cwd=graded) == ""
    assert "root:x" not in "".join(
        path.read_text(encoding="utf-8") for path in graded.rglob("*") if path.is_file()
    )


class Page(HTMLParser):
    """Collects the tags, links and resources of a page."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.links, self.loads = set(), [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        """Collect the tag."""
        self.tags.add(tag)
        self.links += [value for name, value in attributes if name == "href"]
        self.loads += [value for name, value in attributes if name == "src"]


def test_the_pages_load_nothing_and_have_no_broken_links(graded):
    from urllib.parse import unquote

    for path in [graded / "index.html", *(graded / "reports").glob("*.html")]:
        page = Page(path)
        assert not {"script", "b", "link", "img"} & page.tags, path
        assert page.loads == []
        for link in page.links:
            assert (path.parent / unquote(link)).is_file(), link
    assert "<svg" in (graded / "index.html").read_text(encoding="utf-8")


def test_the_page_of_a_student_names_no_other_student(graded):
    page = (graded / "reports/renamed.html").read_text(encoding="utf-8")
    assert "complete" not in page
    assert "zzz" not in page


def test_the_page_of_a_student_does_not_link_to_that_of_the_class(graded):
    for path in (graded / "reports").glob("*.html"):
        assert not [link for link in Page(path).links if link.endswith("index.html")]


def test_a_syntax_error_is_one_sentence_everywhere(graded, rows):
    sentence = (
        r"\d+ points depend on this line \(step.*?\): SyntaxError: .*?\(reviews/models.py, line 1\)"
    )
    for text in (
        (graded / "reports/does_not_parse.html").read_text(encoding="utf-8"),
        rows["does not parse"]["note"],
        (graded / "index.html")
        .read_text(encoding="utf-8")
        .partition(">does not parse<")[2]
        .partition("</tr>")[0],
    ):
        assert len(re.findall(sentence, text)) == 1, text
        assert text.count("SyntaxError") == 1, text


def test_the_page_of_the_class_lists_each_step_below_missed_by_most(graded, rows):
    missed = (graded / "index.html").read_text(encoding="utf-8").partition("Missed by most")[2]
    table = missed.partition("</table>")[0]
    result = json.loads((graded / "reports/does_not_parse.json").read_text(encoding="utf-8"))
    for step in result["steps"]:
        assert f"<td>{step['number']}. {step['title']}</td>" in table


def test_each_student_has_the_grade_as_json(graded, rows):
    for name in rows:
        if re.fullmatch(r"[\w ]+", name, re.ASCII):
            result = json.loads(
                (graded / f"reports/{name.replace(' ', '_').strip('_')}.json").read_text()
            )
            assert result["points"] == int(rows[name]["total"])


def test_copies_are_found(graded):
    with (graded / "similar.csv").open(encoding="utf-8-sig", newline="") as file:
        pairs = {(row["one"], row["other"]): int(row["percent"]) for row in csv.DictReader(file)}
    assert pairs["complete", "zzz the last one"] == 100
    assert pairs["complete", "renamed"] >= 90
    assert not [pair for pair in pairs if "starter" in pair or "edits the checks" in pair]


def test_a_second_run_grades_nothing_and_writes_the_same_bytes(handed_in, graded):
    before = {path: path.read_bytes() for path in graded.rglob("*") if path.is_file()}
    process = grade(handed_in, graded, f"--limit={LIMIT}", *(f"--step={step}" for step in STEPS))
    assert process.returncode == 0, process.stderr
    again = process.stdout.count("(as before)")
    refused = sum("it " in line for line in process.stdout.splitlines() if "as before" not in line)
    assert again >= 25, process.stdout
    assert again + refused >= len(list(handed_in.iterdir()))
    assert before == {path: path.read_bytes() for path in graded.rglob("*") if path.is_file()}


def test_all_steps_from_a_list_of_repositories(editions, tmp_path):
    lines = ["# name and URL"]
    for name, project in zip(("ann", "bob"), editions, strict=True):
        repository = shutil.copytree(project, tmp_path / name)
        run("git", "init", "--quiet", cwd=repository)
        run("git", "add", "--all", cwd=repository)
        identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
        run("git", *identity, "commit", "--quiet", "--message=Work", cwd=repository)
        lines.append(f"{name.title()} Lee file://{repository}")
    (tmp_path / "list.txt").write_text("\n".join([*lines, f"{tmp_path}/nobody"]) + "\n")
    process = grade(tmp_path / "list.txt", tmp_path / "out")
    assert process.returncode == 0, process.stderr
    with (tmp_path / "out/grades.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    assert [rows[name]["total"] for name in ("Ann Lee", "Bob Lee", "nobody")] == ["100", "0", "0"]
    assert "git cannot clone it" in rows["nobody"]["note"]


def test_a_stopped_run_continues_where_it_was(editions, tmp_path):
    for name in ("ann", "bob"):
        shutil.copytree(editions[0], tmp_path / "in" / name)
        (tmp_path / "in" / name / "notes.txt").write_text(name)
    options = (f"--image={IMAGE}", "--step=6", "--jobs=1")
    command = [*GRADE, str(tmp_path / "in"), str(tmp_path / "out"), *options]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    with subprocess.Popen(command, **pipes) as process:
        assert process.stdout.readline() == " 15 of 15  ann\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=180)
    assert process.returncode == 130
    assert "The same command continues with the rest." in said
    assert "Traceback" not in said
    assert run("docker", "ps", "--quiet", f"--filter=name={IMAGE}-{process.pid}", cwd=ROOT) == ""
    process = grade(tmp_path / "in", tmp_path / "out", *options)
    assert process.stdout.splitlines()[0] == " 15 of 15  ann (as before)"
    assert process.stdout.count("as before") == 1

    def results():
        files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
        return {path: path.read_bytes() for path in files}

    before = results()
    assert grade(tmp_path / "in", tmp_path / "out", *options, "--again").returncode == 0
    assert results() == before

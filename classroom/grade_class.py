"""Grades the submissions of a class, each in its own container.

    .venv/bin/python classroom/grade_class.py SUBMISSIONS OUT
    make grade SUBMISSIONS=… OUT=…

SUBMISSIONS is a folder of folders or zip files, or a text file with a repository on each
line: a URL, or a name and a URL. OUT gets grades.csv, index.html, similar.csv, and in
reports/ a page for each student, with the grade as JSON and as JUnit XML. In exports/ are
tables for Moodle, Canvas and Classroom 50.

A submission is graded again only if it, or the checks, have changed. After Ctrl-C, the same
command continues with the rest. The exit status is 0 if every submission has a grade, even if
it is 0, and 2 if the class could not be graded.
"""

import argparse
import json
import os
import re
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor, as_completed
from hashlib import sha256
from pathlib import Path
from runpy import run_path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

try:
    from rich.console import Console
    from rich.progress import Progress

    from classroom.exports import write_exports
    from classroom.report import write_reports
except ModuleNotFoundError as error:
    print(
        f"The package {error.name} is missing: this is not the template's Python. Run:\n"
        "  make grade SUBMISSIONS=… OUT=…",
        file=sys.stderr,
    )
    sys.exit(2)
from classroom.bake import ROOT, BakeError, bake
from classroom.gradebook import Gradebook
from classroom.sandbox import DOCKER_FAILED, INSIDE, MAX_OUTPUT, Sandbox, StopError, missing_limits
from classroom.similar import pairs
from classroom.submissions import SubmissionError, project, read_all, submissions, submitted

# The only file in grading/ that belongs to the student.
ANSWERS = "grading/answers.toml"


def answers_of(path):
    """Return the options that the grade depends on, from an .answers.json."""
    if not path:
        made = sorted(ROOT.glob("class/assignment/*/.answers.json"))
        path = made[0] if len(made) == 1 else None
    if not path:
        return {}
    try:
        answers = json.loads(path.read_text(encoding="utf-8"))["cookiecutter"]
        return {name: answers[name] for name in ("django_version", "database")}
    except (OSError, ValueError, KeyError, TypeError):
        raise StopError(
            f"{path} is not the .answers.json of a project from this template."
        ) from None


def files_of(project):
    """Return the files of a baked project as bytes by path."""
    return {
        path.relative_to(project).as_posix(): path.read_bytes()
        for path in sorted(project.rglob("*"))
        if path.is_file() and path.name != ".env"
    }


class Grader:
    """Grades submissions with the checks of the assignment, in a sandbox."""

    def __init__(self, options, folder):
        answers = answers_of(options.answers)
        self.options = options
        values = [f"{name}={value}" for name, value in answers.items()]
        try:
            starter = bake(folder / "assignment", [*values, "edition=assignment"])
            self.complete = bake(folder / "complete", [*values, "edition=complete"])
        except BakeError as error:
            raise StopError(f"The template cannot be baked:\n{error}") from None
        self.starter = files_of(starter)
        # A student may begin with another edition.
        self.given = {**files_of(self.complete), **self.starter}
        self.grade_py = run_path(str(starter / "grade.py"))
        names = [*json.loads(self.starter["grading/checksums.json"]), "grading/checksums.json"]
        self.checks = {name: self.starter[name] for name in names}
        steps = tomllib.loads(self.starter["grading/points.toml"].decode())["step"]
        self.steps = [step for step in steps if step["number"] in (options.step or range(1, 100))]
        if not self.steps:
            raise StopError(f"The steps are 1 to {len(steps)}.")
        arguments = [f"--step={number}" for number in sorted(set(options.step or []))]
        recipe = [self.starter[name] for name in ("Pipfile", "Pipfile.lock")]
        recipe.append((self.complete / "Dockerfile").read_bytes())
        image = f"{options.image}:{sha256(b''.join(recipe)).hexdigest()[:12]}"
        self.sandbox = Sandbox(image, arguments, options.limit, options.trust)
        limits = f"{image} {arguments} {options.limit} {options.trust} {INSIDE}"
        self.version = digest({**self.checks, "": limits.encode()})

    def grade(self, files):
        """Return the grade of a submission's files; raise SubmissionError if there is none."""
        work = {
            name: content for name, content in files.items() if not self.belongs_to_grader(name)
        }
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            project = Path(folder, "project")
            for name, content in {**work, **self.checks}.items():
                path = project / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            for path in [project, *project.rglob("*")]:
                path.chmod(0o755 if path.is_dir() else 0o644)
            status, output, seconds = self.sandbox.grade(project)
        if status == DOCKER_FAILED and not self.options.trust:
            # If the engine has stopped, this is not the submission's fault.
            missing_limits()
        text = output.decode(errors="replace")
        if len(output) >= MAX_OUTPUT:
            raise SubmissionError("it prints too much")
        # A grader that exits by itself was in time, however long Docker took to start and stop it.
        if status not in (0, 1):
            if seconds >= self.options.limit:
                raise SubmissionError(f"it timed out after {self.options.limit} seconds")
            if status == DOCKER_FAILED and not self.options.trust:
                raise SubmissionError(
                    f"Docker cannot start its container: {steady(' '.join(text.split())[:300])}"
                )
            raise SubmissionError(
                "its code killed the grader, by using too much memory or on purpose "
                f"(exit status {status})"
            )
        return self.validated(text, status)

    def belongs_to_grader(self, name):
        """Return whether a file with this name is part of the grader."""
        return name in self.checks or (name.startswith("grading/") and name != ANSWERS)

    def validated(self, text, status):
        """Return the grade in `text`, rebuilt from the table of points; reject a forged one."""
        try:
            reported = json.loads(text[text.index("{\n") :])
            result = {"format": 1, "points": 0, "of": 0, "steps": []}
            for step, expected in zip(reported["steps"], self.steps, strict=True):
                checks = []
                for check, (name, of) in zip(
                    step["checks"], expected["points"].items(), strict=True
                ):
                    found, points = str(check["found"])[:2000], 0 if check["found"] else of
                    same = (check["name"], check["of"], check["points"]) == (name, of, points)
                    if not same or type(check["points"]) is not int:
                        raise ValueError(name)
                    wanted = str(check["expected"])[:2000]
                    checks.append(
                        {
                            "name": name,
                            "points": points,
                            "of": of,
                            "expected": steady(wanted),
                            "found": steady(found),
                        }
                    )
                result["steps"].append(step_of(expected, checks))
            result = self.grade_py["explained"](summed(result), self.steps)
            sums = [(each["number"], each["points"], each["of"]) for each in result["steps"]]
            if sums != [(s["number"], s["points"], s["of"]) for s in reported["steps"]]:
                raise ValueError("sums")
            if any(reported[key] != result[key] for key in ("points", "of", "bonus")):
                raise ValueError("sum")
            if status != (0 if result["points"] == result["of"] else 1):
                raise ValueError("exit status")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            if text.strip() and "{\n" not in text:
                last = " ".join(text.split())[-200:]
                raise SubmissionError(
                    f"the grader wrote no grade; its last output was: {steady(last)}"
                ) from None
            raise SubmissionError("the grade is invalid, or was tampered with") from None
        return result

    def summary(self, row):
        """Return the grade in words, for a line of the output."""
        return f"{row['result']['points']:>3} of {row['result']['of']}"

    def nothing(self, why):
        """Return the grade of a submission that could not be graded."""
        lost = {"points": 0, "expected": "The check runs.", "found": why}
        steps = [
            step_of(step, [{"name": n, "of": of, **lost} for n, of in step["points"].items()])
            for step in self.steps
        ]
        result = summed({"format": 1, "points": 0, "of": 0, "steps": steps})
        return self.grade_py["explained"](result, self.steps)

    def written(self, files):
        """Return the files that differ from the assignment, without those of the grader."""
        return {
            name: content
            for name, content in files.items()
            if not self.belongs_to_grader(name) and unix(content) != unix(self.starter.get(name))
        }

    def row(self, name):
        """Return a row without a grade."""
        return {
            "name": name,
            "note": "",
            "submitted": None,
            "changed": [],
            "missing": [],
            "added": [],
            "written": {},
            "remarks": [],
            "is_cached": False,
            "is_absent": False,
        }

    def absent(self, login):
        """Return the row of a student without a submission."""
        why = "there is no submission"
        return self.row(login) | {"note": why, "result": self.nothing(why), "is_absent": True}

    def submission(self, name, source, state):
        """Return the row of a submission, graded now or earlier."""
        row = self.row(name)
        try:
            found = read_all(source)
            if self.options.deadline:
                row["submitted"] = submitted(source, found)
            files = project(found)
            row["changed"] = [
                check
                for check, content in self.checks.items()
                if check in files and unix(files[check]) != unix(content)
            ]
            row["missing"] = [check for check in self.checks if check not in files]
            row["added"] = [
                file for file in files if self.belongs_to_grader(file) and file not in self.checks
            ]
            written = self.written(files)
            row["remarks"] = remarks(written, self.given)
            row["written"] = {name: code for name, code in written.items() if name.endswith(".py")}
            known = state / f"{digest({**files, '': self.version.encode()})}.json"
            again = self.options.again or self.options.student == name
            if known.is_file() and not again:
                kept = json.loads(known.read_text(encoding="utf-8"))
                row["is_cached"] = True
            elif self.options.student not in (None, name):
                raise StopError(
                    f"The submission of {name} has no grade yet, or it has changed since. "
                    "Grade the class first, without a student."
                )
            else:
                try:
                    kept = {"note": "", "result": self.grade(files)}
                except SubmissionError as why:
                    kept = {"note": str(why), "result": self.nothing(str(why))}
                if self.sandbox.stopped:
                    raise StopError("")
                # Atomic: a program that is killed here must not leave half a grade.
                new = known.with_suffix(f".{next(self.sandbox.numbers)}")
                new.write_text(json.dumps(kept), encoding="utf-8")
                new.replace(known)
            row |= kept
        except (SubmissionError, OSError) as why:
            row |= {"note": str(why), "result": self.nothing(str(why))}
        return row


def digest(files):
    """Return a hash of the names and contents of `files`."""
    parts = sorted((name, sha256(content).hexdigest()) for name, content in files.items())
    return sha256(json.dumps(parts).encode()).hexdigest()


def unix(content):
    """Return the content with Unix line endings, or None for None."""
    return content if content is None else content.replace(b"\r\n", b"\n")


def steady(text):
    """Return `text` without control characters and without details that change between runs."""
    text = re.sub(r"[^\n\x20-\x7e\xa0-\ud7ff\ue000-\U0010ffff]", "\ufffd", text)
    text = re.sub(r"\b0x[0-9a-f]{6,}\b", "0x…", text)
    return re.sub(r"/(?:tmp|out)/\S*?tmp\w{8}\b", "/tmp/…", text)


def step_of(step, checks):
    """Return a graded step, from the table and its checks."""
    named = {name: step[name] for name in ("number", "name", "title")}
    return summed(named | {"bonus": step.get("bonus", False), "checks": checks}, "checks")


def summed(result, parts="steps"):
    """Return `result` with the points of its parts added up, and of bonus steps separately."""
    counted = [part for part in result[parts] if not part.get("bonus")]
    sums = {key: sum(part[key] for part in counted) for key in ("points", "of")}
    if parts == "steps":
        sums["bonus"] = sum(part["points"] for part in result[parts] if part["bonus"])
    return {**{k: v for k, v in result.items() if k != parts}, **sums, parts: result[parts]}


def remarks(written, template):
    """Return remarks for the teacher on the changed files; `template` has those of the template."""
    found = []
    loaded = (".py", ".pth", ".ini", ".cfg", ".toml")
    new = [
        name
        for name in written
        if name.endswith(loaded) and name not in template and not name.startswith("reviews/")
    ]
    if new:
        found.append(f"new outside of reviews/: {', '.join(new)}")
    # pytest loads it, in the checks as well.
    if "conftest.py" in written and "conftest.py" in template:
        found.append("changed: conftest.py")
    for name, content in written.items():
        given = set(template.get(name, b"").splitlines())
        own = b"\n".join(line for line in content.splitlines() if line.strip() not in given)
        if name.endswith(".py") and re.search(rb"GRADING|grading\b|grade\.(py|json)|/proc/", own):
            found.append(f"mentions the grader: {name}")
    return found


def checked(options):
    """Return the submissions to grade; raise StopError for invalid arguments."""
    # The shell does not expand a ~ after SUBMISSIONS=.
    options.submissions, options.out = options.submissions.expanduser(), options.out.expanduser()
    source, out = options.submissions.resolve(), options.out.resolve()
    if not source.exists():
        raise StopError(f"There is no {options.submissions}.")
    if out.exists() and not out.is_dir():
        raise StopError(f"{options.out} is a file. Choose a folder for the results.")
    if out == source or source in out.parents or out in source.parents:
        raise StopError(f"{options.out} and {options.submissions} must not contain each other.")
    if out.is_dir() and any(out.iterdir()) and not (out / "state").is_dir():
        raise StopError(f"{options.out} contains other files. Choose a new folder for the results.")
    try:
        found = submissions(source)
    except SubmissionError as why:
        raise StopError(f"In {options.submissions}, {why}.") from None
    except UnicodeDecodeError:
        raise StopError(
            f"{options.submissions} is neither a folder nor a text file. "
            "Put the submissions into a folder, each as a folder or a zip file."
        ) from None
    if not found:
        raise StopError(f"{options.submissions} is empty: there is nothing to grade.")
    if options.trust and not Path(options.trust).is_file():
        raise StopError(
            f"There is no {options.trust}. Use the Python of a project: …/.venv/bin/python"
        )
    # Absolute, because the working directory changes; not resolved, because a virtual
    # environment needs the link to its interpreter.
    options.trust = options.trust and os.path.abspath(options.trust)
    if options.limit < 1 or options.jobs < 1:
        raise StopError("--limit and --jobs must be at least 1.")
    return found


def grade_all(grader, found, out, jobs):
    """Return the row of each submission, sorted by name, and show a progress bar."""
    state, rows = out / "state", {}
    state.mkdir(parents=True, exist_ok=True)
    with Progress(console=Console(stderr=True)) as progress, ThreadPoolExecutor(jobs) as pool:
        bar = progress.add_task("Submissions", total=len(found))
        waiting = [pool.submit(grader.submission, *each, state) for each in found]
        try:
            for done in as_completed(waiting):
                row = done.result()
                rows[row["name"]] = row
                progress.advance(bar)
                known = " (as before)" if row["is_cached"] else ""
                words = f"{grader.summary(row)}  {row['name']}{known}  {row['note']}"
                print(words.rstrip(), flush=True)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            grader.sandbox.stop()
            raise
    return [rows[name] for name, _ in found]


def command_line(documentation):
    """Return a parser with what grading and examining a class have in common."""
    summary, _, rest = documentation.partition("\n")
    parser = argparse.ArgumentParser(
        description=summary, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("submissions", type=Path, metavar="SUBMISSIONS")
    add("out", type=Path, metavar="OUT")
    add("--answers", type=Path, metavar="FILE", help=".answers.json of the assignment")
    add(
        "--jobs",
        type=int,
        default=os.cpu_count() or 1,
        metavar="N",
        help="number of submissions at a time",
    )
    add("--limit", type=int, default=600, metavar="SECONDS", help="time limit for each submission")
    add("--again", action="store_true", help="do everything again")
    add("--image", default="drf-docker-grading", metavar="NAME", help="name of the image")
    return parser


def arguments():
    """Return the parsed arguments."""
    parser = command_line(__doc__)
    add = parser.add_argument
    add("--roster", type=Path, metavar="FILE", help="CSV file: login, name, group")
    add("--deadline", metavar="TIME", help="with a time zone: 2026-12-01T23:59+01:00")
    add("--late", metavar="POLICY", help='for example "10%% per day" or "refuse"')
    add("--adjustments", type=Path, metavar="FILE", help="CSV file: login, points, reason")
    add("--student", metavar="LOGIN", help="grade this student again, and keep the other grades")
    add("--step", type=int, action="append", metavar="N", help="grade this step only; repeatable")
    add(
        "--trust",
        metavar="PYTHON",
        help="DANGEROUS: no container. The students' code runs with your permissions. "
        "PYTHON is the interpreter of a project with its packages",
    )
    return parser.parse_args()


def main():
    """Grade the class; return the exit status."""
    options = arguments()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")
    try:
        gradebook = Gradebook(options, checked(options))
        options.student = options.student and gradebook.named(options.student)
        with tempfile.TemporaryDirectory() as folder:
            grader = Grader(options, Path(folder).resolve())
            if not options.trust:
                grader.sandbox.build(grader.complete)
            rows = grade_all(grader, gradebook.submissions, options.out, options.jobs)
            rows = gradebook.grades(rows, grader.absent)
            similar = pairs({row["name"]: row["written"] for row in rows}, grader.starter)
            write_reports(options.out, rows, similar, grader.grade_py)
            write_exports(options.out / "exports", rows)
    except StopError as why:
        print(why, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. The same command continues with the rest.", file=sys.stderr)
        return 130
    print(f"{len(rows)} graded. Open {options.out / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

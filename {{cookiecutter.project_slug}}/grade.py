"""Grades the assignment step by step, and prints what is missing.

    python grade.py             all steps
    python grade.py --step 5    one step
    python grade.py --hint 5    a hint; --hint 5 2 and --hint 5 3 say more

Needs the project's packages (pipenv sync --dev), but no Docker. If a Docker engine is
running, steps 2 and 3 also build and run the project, except with --no-docker.

Each step runs in its own process, with a time limit and its own database. The steps and
their points are in grading/points.toml, next to the checks. The reports are written to
the folder reports/: grade.json, junit.xml, summary.md, result.json (Classroom 50) and
results.json (Gradescope).

Step 11 is a bonus: its points are shown separately, and do not count for the others. An
error that several checks have in common, such as a syntax error, is printed once, at the top.

The exit status is 0 for all points, 1 for fewer, and 2 if nothing could be graded.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent
GRADING = ROOT / "grading"
# The limit for the output of a step, and for each file that it writes, in bytes.
MAX_FILE = 50_000_000
# An error in the code with the line that raised it, at the end of what a check has found.
ERROR = re.compile(r"\w+(?:Error|Exception|Exit|Configured)\b[^;]* \([^()]+, line \d+\)$")
NOT_STARTED = "the project does not start: "


def changed_files():
    """Return the names of the grader's files that differ from the template."""
    changed = []
    for name, checksum in json.loads((GRADING / "checksums.json").read_text()).items():
        path = ROOT / name
        content = path.read_bytes().replace(b"\r\n", b"\n") if path.is_file() else b""
        if sha256(content).hexdigest() != checksum:
            changed.append(name)
    return changed


def project_python():
    """Return a Python with the project's packages; exit with a message if there is none."""
    candidates = [sys.executable, *map(str, ROOT.glob(".venv/[bS]*/python*"))]
    for python in candidates:
        if python.endswith(("python", "python3", "python.exe")):
            command = [python, "-c", "import django, pytest_django, rest_framework"]
            if not subprocess.run(command, capture_output=True, check=False).returncode:
                return python
    print(
        "The project's packages are not installed, so nothing can be graded. Install them:\n"
        "  pipenv sync --dev\n"
        "or run the grader in a container:\n"
        "  docker compose run --rm web python grade.py"
    )
    sys.exit(2)


def is_docker_running():
    """Return whether a Docker engine with Compose is available."""
    if not shutil.which("docker"):
        return False
    for command in (["docker", "info"], ["docker", "compose", "version"]):
        try:
            if subprocess.run(command, capture_output=True, timeout=15, check=False).returncode:
                return False
        except subprocess.TimeoutExpired:
            return False
    return True


def end(process):
    """Kill `process` and all processes that it has started."""
    if os.name == "nt":
        command = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
        subprocess.run(command, capture_output=True, check=False)
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def limit_files():
    """Limit the size of each file that this process writes to MAX_FILE."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_FILE, MAX_FILE))


def reason(output):
    """Return why a step did not reach its checks, in a sentence, from the output of pytest."""
    names = "Error|Exception|Exit|ImproperlyConfigured"
    errors = re.findall(rf"^(?:E +)?([\w.]*(?:{names})\b.*)", output, re.MULTILINE)
    root = re.escape(str(ROOT))
    locations = re.findall(rf'File "{root}.(?!\.venv|grading)(.+?)", line (\d+)', output)
    # pytest shows the frames of an exception that is no SyntaxError in its own way.
    frames = r"^(?!\.venv|grading)([\w/]+\.py):(\d+): in "
    locations = locations or re.findall(frames, output, re.MULTILINE)
    where = f" ({locations[-1][0]}, line {locations[-1][1]})" if locations else ""
    said = errors[-1].strip()[:300] if errors else "the process exited without a message"
    return f"{NOT_STARTED}{said}{where}"


def run_step(step, python, docker, lost, faults):
    """Run the checks of a step; return the result of each by name, why it ended, and the output."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        results, output = Path(folder, "results"), Path(folder, "output")
        kept = ("PATH", "HOME", "SYSTEMROOT", "TEMP", "TMP", "LANG", "DOCKER_HOST", "USERPROFILE")
        environment = {name: os.environ[name] for name in kept if name in os.environ} | {
            # These variables override .env.
            "CACHE_URL": "",
            "DATABASE_URL": "sqlite://:memory:",
            "DEBUG": "true",
            "GRADING_DOCKER": "1" if docker else "",
            "GRADING_FAULTS": ",".join(faults),
            "GRADING_LOST": "1" if lost else "",
            "GRADING_RESULTS": str(results),
            # Otherwise pytest would keep its folders, and delete those of other projects.
            "PYTEST_DEBUG_TEMPROOT": folder,
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            "PYTHONUTF8": "1",
            **dict.fromkeys(("THROTTLE_ANONYMOUS", "THROTTLE_LOGIN", "THROTTLE_USER"), ""),
            "THROTTLE_LOGIN_ACCOUNT": "",
        }
        command = [python, "-m", "pytest", "-c", "grading/pytest.ini", "--rootdir=."]
        # The first four steps need no database. The others create the tables from the models,
        # so that a missing migration costs the points of one check only.
        command += ["-p", "no:django"] if step["number"] <= 4 else ["--no-migrations"]
        limit = step.get("limit_docker", step["limit"]) if docker else step["limit"]
        with output.open("wb") as printed:
            process = subprocess.Popen(
                [*command, f"grading/check_{step['name']}.py"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                # This does not limit a build, which runs in Docker's own processes.
                **({} if os.name == "nt" else {"preexec_fn": limit_files}),
                start_new_session=True,
            )
            try:
                was_killed = process.wait(limit) == -signal.SIGKILL if os.name != "nt" else False
                ended = (
                    "it was killed, probably because it used too much memory" if was_killed else ""
                )
            except subprocess.TimeoutExpired:
                ended = f"timed out after {limit} seconds"
            finally:
                end(process)
        text = output.read_bytes()[-200_000:].decode(errors="replace")
        lines = results.read_text(encoding="utf-8", errors="replace") if results.exists() else ""
    reported = {}
    for line in lines.splitlines():
        # A killed step may leave an incomplete line.
        with suppress(ValueError):
            result = json.loads(line)
            reported.setdefault(result["check"], result)
    return reported, ended or reason(text), text


def grade_step(step, python, docker, used_checks, changed):
    """Return the graded step: its checks with their points and, if they failed, the reason."""
    lost = [check for check in used_checks if check["found"]]
    faults = sorted({check["fault"] for check in lost} - {""})
    reported, ended, output = run_step(step, python, docker, lost, faults)
    checks = []
    for name, points in step["points"].items():
        unreached = {"expected": "The check runs.", "found": ended, "trace": output}
        result = {"fault": ""} | reported.get(name, unreached)
        found = result["found"]
        if changed:
            found = f"{', '.join(changed)} was changed, so this check gives no points"
        checks.append(
            {
                "name": name,
                "points": 0 if found else points,
                "of": points,
                "expected": result["expected"],
                "found": found,
                "trace": result["trace"],
                "fault": result["fault"],
            }
        )
    return {
        "number": step["number"],
        "name": step["name"],
        "title": step["title"],
        "bonus": step.get("bonus", False),
        "points": sum(check["points"] for check in checks),
        "of": sum(check["of"] for check in checks),
        "checks": checks,
    }


def grade(steps, python, docker):
    """Grade the `steps`, printing the points of each when it ends; return the grade."""
    table = tomllib.loads((GRADING / "points.toml").read_text(encoding="utf-8"))["step"]
    changed, graded = changed_files(), {}
    own = {f"grading/check_{step['name']}.py" for step in table}
    shared = [name for name in changed if name not in own]
    used = {name for step in table if step["number"] in steps for name in step.get("uses", [])}
    for step in table:
        if step["number"] not in steps and step["name"] not in used:
            continue
        mine = [name for name in changed if name == f"grading/check_{step['name']}.py"]
        used_checks = [check for name in step.get("uses", []) for check in graded[name]["checks"]]
        result = grade_step(step, python, docker, used_checks, shared + mine)
        graded[step["name"]] = result
        if step["number"] in steps:
            line = f"{step['number']:>2}  {step['title']:<26}"
            bonus = " (bonus)" if result["bonus"] else ""
            print(f"{line} {result['points']:>3} of {result['of']:>3}{bonus}", flush=True)
    chosen = [step for step in graded.values() if step["number"] in steps]
    counted = [step for step in chosen if not step["bonus"]]
    result = {
        "format": 1,
        "points": sum(step["points"] for step in counted),
        "of": sum(step["of"] for step in counted),
        "bonus": sum(step["points"] for step in chosen if step["bonus"]),
        "changed_files": changed,
        "proven_with_docker": docker,
        "steps": chosen,
    }
    return explained(result, table)


def explained(result, table):
    """Return the grade with the reasons that lie outside of a single check.

    `causes` are the errors that several checks have in common: what was found, the points
    that depend on it, and the numbers of the steps. `needs` of a failed check are the
    numbers of earlier steps that it depends on and that have lost points. `table` has the
    steps of points.toml.
    """
    lost = {step["name"]: step["number"] for step in result["steps"] if step["points"] < step["of"]}
    needs = {step["name"]: step.get("needs", {}) for step in table}
    common = {}
    for step, check in checks_of(result):
        check["needs"] = [
            lost[name]
            for name, checks in needs[step["name"]].items()
            if check["found"] and {"*", check["name"]} & {*checks} and name in lost
        ]
        if found := common_error(check):
            common.setdefault(found, []).append((step, check))
    result["causes"] = [
        {
            "found": found,
            "points": sum(check["of"] for step, check in failed if not step["bonus"]),
            "steps": sorted({step["number"] for step, _ in failed}),
        }
        for found, failed in common.items()
        if len(failed) > 1
    ]
    return result


def common_error(check):
    """Return the part of what a check has found that other checks may find too, or ""."""
    if error := ERROR.search(check["found"]):
        return error[0]
    return check["found"] if check["found"].startswith(NOT_STARTED) else ""


def cause_in_words(cause):
    """Return a cause as a sentence."""
    steps = f"step{'s' * (len(cause['steps']) > 1)} {', '.join(map(str, cause['steps']))}"
    this = "this line" if ERROR.search(cause["found"]) else "this"
    return f"{cause['points']} points depend on {this} ({steps}): {cause['found']}"


def needs_in_words(check):
    """Return which earlier steps a failed check depends on, as a sentence."""
    steps = " and ".join(map(str, check["needs"]))
    return f"It depends on step{'s' * (len(check['needs']) > 1)} {steps}: begin there."


def own_failures(result):
    """Return the failed checks that no cause explains, as pairs of step and check."""
    causes = {cause["found"] for cause in result["causes"]}
    failed = [(step, check) for step, check in checks_of(result) if check["found"]]
    return [(step, check) for step, check in failed if common_error(check) not in causes]


def total(result):
    """Return the points of a grade in words."""
    bonus = f", and {result['bonus']} bonus points" if result["bonus"] else ""
    return f"{result['points']} of {result['of']} points{bonus}"


def checks_of(result):
    """Return the checks of a grade as pairs of step and check."""
    return [(step, check) for step in result["steps"] for check in step["checks"]]


def explanation(check):
    """Return what a failed check expected, found and depends on, or an empty string."""
    if not check["found"]:
        return ""
    needs = f"\n{needs_in_words(check)}" if check["needs"] else ""
    return f"Expected: {check['expected']}\nFound:    {check['found']}{needs}"


def junit(result):
    """Return the grade as JUnit XML, with a test case for each check."""
    suites = ElementTree.Element("testsuites")
    for step in result["steps"]:
        failed = [check for check in step["checks"] if check["found"]]
        counts = {"tests": str(len(step["checks"])), "failures": str(len(failed)), "errors": "0"}
        suite = ElementTree.SubElement(suites, "testsuite", name=step["name"], **counts)
        for check in step["checks"]:
            names = {"classname": step["name"], "name": check["name"]}
            case = ElementTree.SubElement(suite, "testcase", **names)
            if check["found"]:
                failure = ElementTree.SubElement(case, "failure", message=printable(check["found"]))
                failure.text = printable(explanation(check))
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def printable(text):
    """Return `text` without characters that XML does not allow."""
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)


def escaped(text):
    """Return `text` escaped, so that Markdown shows exactly this text."""
    return re.sub(r"([\\`*_{}\[\]<>#|~&])", r"\\\1", text)


def summary(result):
    """Return the grade as Markdown, for the summary of a CI job."""
    lines = [f"## {total(result)}", "", "| step | points |", "|---|---|"]
    for step in result["steps"]:
        title = f"{step['number']}. {step['title']}{' (bonus)' if step['bonus'] else ''}"
        lines.append(f"| {title} | {step['points']} of {step['of']} |")
    lines += [line for cause in result["causes"] for line in ("", escaped(cause_in_words(cause)))]
    for step, check in own_failures(result):
        lines += ["", f"**{step['number']}. {check['name']}**: {check['expected']}  "]
        lines += [escaped(check["found"])]
        lines += [needs_in_words(check)] if check["needs"] else []
    return "\n".join(lines) + "\n"


def classroom50(result):
    """Return the grade in the format of Classroom 50, which sets the environment variables.

    https://github.com/foundation50/classroom50/blob/main/schemas/result-v1.schema.json
    """
    about = {
        "classroom": ("CLASSROOM", "none"),
        "assignment": ("ASSIGNMENT", "none"),
        "submission": ("SUBMISSION_TAG", "submit/none"),
        "commit": ("COMMIT_URL", "http://localhost/"),
        "release": ("RELEASE_URL", "http://localhost/"),
        "review": ("REVIEW_URL", "http://localhost/"),
    }
    return {
        "schema": "classroom50/result/v1",
        **{key: os.environ.get(name) or default for key, (name, default) in about.items()},
        "score": result["points"],
        "max-score": result["of"],
        "tests": [
            {
                "test-name": f"{step['number']}. {step['title']}: {check['name']}",
                "passed": not check["found"],
                "score": check["points"],
                "max-score": check["of"],
            }
            for step, check in checks_of(result)
            if not step["bonus"]
        ],
    }


def gradescope(result):
    """Return the grade in the format of Gradescope.

    https://gradescope-autograders.readthedocs.io/en/latest/specs/
    """
    return {
        "score": result["points"],
        "output": "\n".join([total(result), *map(cause_in_words, result["causes"])]),
        "tests": [
            {
                "number": f"{step['number']}.{number}",
                "name": f"{step['title']}: {check['name']}",
                "score": check["points"],
                "max_score": check["of"],
                "status": "failed" if check["found"] else "passed",
                "output": explanation(check),
            }
            for step in result["steps"]
            for number, check in enumerate(step["checks"], start=1)
        ],
    }


def write_reports(result, folder):
    """Write the grade to `folder` in each format, and to the summary of a job on GitHub."""
    for _, check in checks_of(result):
        del check["trace"], check["fault"]
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "grade.json": json.dumps(result, indent=2) + "\n",
        "junit.xml": junit(result),
        "summary.md": summary(result),
        "result.json": json.dumps(classroom50(result), indent=2) + "\n",
        "results.json": json.dumps(gradescope(result), indent=2) + "\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    if job := os.environ.get("GITHUB_STEP_SUMMARY"):
        with open(job, "a", encoding="utf-8") as page:
            # GitHub rejects more than a megabyte.
            page.write(texts["summary.md"][:200_000])


def print_failures(result, trace):
    """Print the causes, then what each other failed check expected and found."""
    for cause in result["causes"]:
        print(f"\n{cause_in_words(cause)}")
        if trace:
            checks = [check for _, check in checks_of(result)]
            print(next(each["trace"] for each in checks if common_error(each) == cause["found"]))
    own = own_failures(result)
    for step in result["steps"]:
        failed = [check for each, check in own if each is step]
        for found in dict.fromkeys(check["found"] for check in failed):
            checks = [check for check in failed if check["found"] == found]
            # One reason for many checks: the step is not started, or raises an exception.
            is_one = len(checks) == len(step["checks"]) or re.match(r"\w+Error\b", found)
            if is_one and len(checks) > 1:
                names = ", ".join(check["name"] for check in checks)
                print(f"\nStep {step['number']}, {names}\nFound:    {found}")
            else:
                for check in checks:
                    print(f"\nStep {step['number']}, {check['name']}: 0 of {check['of']}")
                    print(explanation(check))
            if trace:
                print(checks[0]["trace"])
    if result["changed_files"]:
        print(
            f"\nChanged: {', '.join(result['changed_files'])}. Changed checks give no points. "
            "To restore the files:\n  git checkout -- " + " ".join(result["changed_files"])
        )
    print(f"\n{total(result)}")


def hint(number, level=1):
    """Print the hints for a step, up to `level`; return the exit status."""
    hints = tomllib.loads((GRADING / "hints.toml").read_text(encoding="utf-8"))
    texts = hints.get(f"step{number}", [])
    if not 1 <= level <= len(texts):
        print(f"There is no hint {level} for step {number}: there are 11 steps with 3 hints each.")
        return 2
    print("\n\n".join(text.strip() for text in texts[:level]))
    if level < len(texts):
        print(f"\nFor the next hint, run: python grade.py --hint {number} {level + 1}")
    return 0


def main():
    """Grade, or print a hint; return the exit status."""
    summary_line, _, rest = __doc__.partition("\n")
    parser = argparse.ArgumentParser(
        description=summary_line, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    numbers = range(1, 12)
    parser.add_argument("--step", type=int, action="append", choices=numbers, metavar="1..11")
    parser.add_argument("--hint", type=int, nargs="+", metavar=("STEP", "LEVEL"))
    parser.add_argument("--trace", action="store_true", help="show tracebacks")
    parser.add_argument("--no-docker", action="store_true", help="do not build or run images")
    parser.add_argument("--reports", type=Path, default=ROOT / "reports", metavar="FOLDER")
    options = parser.parse_args()
    sys.stdout.reconfigure(errors="replace")
    if options.hint:
        return hint(*options.hint[:2])
    if (ROOT / ".env").exists() and not (ROOT / ".env").is_file():
        print(".env is not a file, so nothing can be graded. Remove it:\n  rm -r .env")
        return 2
    python = project_python()
    docker = not options.no_docker and is_docker_running()
    result = grade(options.step or numbers, python, docker)
    print_failures(result, options.trace)
    write_reports(result, options.reports)
    return 0 if result["points"] == result["of"] else 1


if __name__ == "__main__":
    # It is None if it is closed (>&-).
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115
    try:
        try:
            sys.exit(main())
        finally:
            sys.stdout.flush()
    except (KeyboardInterrupt, OSError) as stopped:
        # Otherwise Python prints the rest at its exit, and fails again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(stopped, BrokenPipeError):
            print(f"Stopped: {stopped or 'interrupted'}", file=sys.stderr)
        sys.exit(2)

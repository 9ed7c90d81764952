"""Step 10: the student's own tests, against this project and against projects with a fault."""

import json
import os
import subprocess
import sys
from collections import defaultdict

import pytest

from grading.faults import FAULTS

# Where the project keeps a promise badly itself, a test that fails already may be right:
# for each fault, the steps whose points are lost then.
STEPS = {
    "anonymous_writes": {"permissions"},
    "others_change": {"permissions"},
    "others_delete": {"permissions"},
    "any_rating": {"model", "serializer"},
    "reviews_twice": {"model", "serializer", "api"},
    "reviewer_from_body": {"serializer", "api"},
    "book_is_ignored": {"api"},
    "page_of_all": {"website"},
}
LOST = set(filter(None, os.environ.get("GRADING_LOST", "").split(",")))


@pytest.fixture(scope="session")
def failures(tmp_path_factory):
    """Return for each test the faults with which it fails; None stands for no fault."""
    results = tmp_path_factory.mktemp("tests") / "results"
    command = ["-m", "pytest", "-c", "grading/pytest.ini", "--rootdir=.", "-p", "grading.faults"]
    command += ["--no-migrations"]
    command += ["-o", "python_files=test*.py", "-o", "python_functions=test*", "reviews"]
    process = subprocess.run(
        [sys.executable, *command],
        env={**os.environ, "GRADING_TESTS": str(results)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    found = defaultdict(set)
    for line in results.read_text(encoding="utf-8").splitlines() if results.exists() else []:
        result = json.loads(line)
        found[result["test"]] |= {result["fault"]} if result["failed"] else set()
    if not found:
        errors = [line for line in process.stdout.splitlines() if line.startswith("E  ")]
        told = errors[-1].removeprefix("E").strip() if errors else "there is no test in reviews/"
        raise AssertionError(told)
    return found


def wrong(failures):
    """Return the names of the tests that fail without a fault."""
    return sorted(test for test, faults in failures.items() if None in faults)


def noticed(failures, fault):
    """Return whether a test fails with the fault that passes without it; see STEPS for others."""
    if STEPS[fault] & LOST and wrong(failures):
        return True
    return any(fault in faults and None not in faults for faults in failures.values())


def check_the_right_project_passes(failures):
    """All tests pass with a project that keeps the promises, and fail with one that does not."""
    assert any(noticed(failures, fault) for fault in FAULTS), "no fault makes a test fail"
    # Where the project itself has lost points, a test that fails may be right.
    if not LOST:
        assert not wrong(failures), f"{', '.join(wrong(failures))}: fails with the right project"


def check_for(fault):
    """Return the check that the tests notice `fault`."""

    def check(failures):
        if not noticed(failures, fault):
            useless = sorted(test for test in wrong(failures) if fault in failures[test])
            told = f"; {', '.join(useless)}: not counted, fails with the right project, too"
            raise AssertionError(
                f"none of the {len(failures)} tests fails{told if useless else ''}"
            )

    check.__doc__ = f"A test fails with this project: {FAULTS[fault].__doc__}"
    return check


globals().update({f"check_{fault}": check_for(fault) for fault in FAULTS})

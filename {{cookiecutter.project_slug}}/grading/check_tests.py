"""Step 10: the student's own tests, against this project and against projects with a fault."""

import json
import os
import subprocess
import sys
from collections import defaultdict

import pytest

from grading.faults import FAULTS

# The faults that the project has itself, and whether a step before has lost points: a
# test that fails already may be right, then.
OWN_FAULTS = set(filter(None, os.environ["GRADING_FAULTS"].split(",")))
LOST = os.environ["GRADING_LOST"]


@pytest.fixture(scope="session")
def failures(tmp_path_factory):
    """Return for each test the faults with which it fails; None stands for no fault."""
    results = tmp_path_factory.mktemp("tests") / "results"
    command = ["-m", "pytest", "-c", "grading/pytest.ini", "--rootdir=.", "-p", "grading.faults"]
    # The fixtures of the project's conftest.py; pytest would look no higher than grading/.
    command += ["--no-migrations", "--confcutdir=."]
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
    """Return the names of the tests that fail with the project as it is."""
    return sorted(test for test, faults in failures.items() if None in faults)


def noticed(failures, fault):
    """Return whether a test that passes with the project as it is fails with the fault."""
    if fault in OWN_FAULTS and wrong(failures):
        return True
    return any(fault in faults and None not in faults for faults in failures.values())


def check_the_right_project_passes(failures):
    """The tests pass with your project as it is, and at least one fails with a fault."""
    failing = wrong(failures)
    if failing and not (LOST and len(failing) <= len(failures) / 2):
        raise AssertionError(f"these fail already: {', '.join(failing)}")
    assert any(noticed(failures, fault) for fault in FAULTS), "no fault makes a test fail"


def check_for(fault):
    """Return the check that the tests notice `fault`."""

    def check(failures):
        if not noticed(failures, fault):
            useless = [test for test in wrong(failures) if fault in failures[test]]
            told = f" ({', '.join(useless)} fails already without it)" if useless else ""
            raise AssertionError(f"no test that passes with your project fails with it{told}")

    check.__doc__ = f"A test fails where this is wrong: {FAULTS[fault].__doc__}"
    return check


globals().update({f"check_{fault}": check_for(fault) for fault in FAULTS})

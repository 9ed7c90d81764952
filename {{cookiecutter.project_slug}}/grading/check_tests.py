"""Step 10: the student's tests, with this project and with one fault after the other."""

import json
import os
import subprocess
import sys
from collections import defaultdict

import pytest

from grading.faults import FAULTS

# The faults of the project itself, and whether an earlier step has lost points: in both
# cases a test that fails without a fault may be right.
OWN_FAULTS = set(filter(None, os.environ["GRADING_FAULTS"].split(",")))
LOST = os.environ["GRADING_LOST"]


@pytest.fixture(scope="session")
def failures(tmp_path_factory):
    """Return for each test the faults with which it fails; None means without a fault."""
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
        why = errors[-1].removeprefix("E").strip() if errors else "there is no test in reviews/"
        raise AssertionError(why)
    return found


def failing_tests(failures):
    """Return the names of the tests that fail without a fault."""
    return sorted(test for test, faults in failures.items() if None in faults)


def is_detected(failures, fault):
    """Return whether a test fails with the fault and passes without it."""
    if fault in OWN_FAULTS and failing_tests(failures):
        return True
    return any(fault in faults and None not in faults for faults in failures.values())


def check_the_right_project_passes(failures):
    """All tests pass with your project, and at least one fails with a fault."""
    failing = failing_tests(failures)
    if failing and not (LOST and len(failing) <= len(failures) / 2):
        raise AssertionError(f"these tests fail without a fault: {', '.join(failing)}")
    assert any(is_detected(failures, fault) for fault in FAULTS), "no test fails with any fault"


def check_for(fault):
    """Return the check that the tests detect `fault`."""

    def check(failures):
        if not is_detected(failures, fault):
            useless = [test for test in failing_tests(failures) if fault in failures[test]]
            also = f" (fails without it too: {', '.join(useless)})" if useless else ""
            raise AssertionError(
                f"no test that passes with your project fails with this fault{also}"
            )

    check.__doc__ = f"A test detects this fault: {FAULTS[fault].__doc__}"
    return check


globals().update({f"check_{fault}": check_for(fault) for fault in FAULTS})

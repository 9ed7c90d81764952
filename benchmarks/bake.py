"""Measure the time of a bake, as a ratio to an empty template in the same run.

    .venv/bin/python benchmarks/bake.py [RUNS]

Bakes both in turn, RUNS times (default: 7), each in its own process, and prints
the medians and their ratio. Exits with status 1 if the ratio is above the limit.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 1.4


def seconds(template, home):
    """Return the seconds that a bake of `template` with its defaults takes."""
    with tempfile.TemporaryDirectory() as output:
        command = [sys.executable, "-m", "cookiecutter", str(template), "--no-input", "-o", output]
        start = time.perf_counter()
        environment = {**os.environ, "HOME": home}
        subprocess.run(command, check=True, capture_output=True, env=environment)
        return time.perf_counter() - start


def main(runs=7):
    """Measure and print, and exit with status 1 if the ratio is above the limit."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder, "empty")
        (empty / "{{cookiecutter.slug}}").mkdir(parents=True)
        (empty / "cookiecutter.json").write_text('{"slug": "empty"}')
        (empty / "{{cookiecutter.slug}}/file").write_text("")
        times = [(seconds(empty, folder), seconds(ROOT, folder)) for _ in range(runs)]
    nothing, ours = map(statistics.median, zip(*times, strict=True))
    print(f"empty template  {nothing:.3f} s\nthis template   {ours:.3f} s")
    print(f"ratio           {ours / nothing:.2f} (at most {LIMIT})")
    sys.exit(ours / nothing > LIMIT)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

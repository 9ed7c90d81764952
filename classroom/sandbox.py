"""Runs the grader over students' code, which is not trusted: in a container, with limits."""

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from time import monotonic

# Limits for each submission. The memory includes the container's temporary folders.
MEMORY = "1g"
ADDRESS_SPACE = 1_500_000_000
PROCESSES = 200
MAX_OUTPUT = 5_000_000
MAX_FILE = 50_000_000
NOBODY = "65534:65534"
# The exit status of `docker run` if Docker itself has failed.
DOCKER_FAILED = 125

GRADE = "python grade.py --no-docker --reports /out/reports"
# The shell limits the memory of each process. So Python raises a MemoryError, which names the
# line, before the kernel kills the process without a message.
INSIDE = f"""
ulimit -v {ADDRESS_SPACE // 1000}
{GRADE} $STEPS >/out/log 2>&1
status=$?
cat /out/reports/grade.json 2>/dev/null || tail -n 1 /out/log 2>/dev/null
exit $status
"""


class StopError(Exception):
    """The class cannot be graded; the message says why."""


def docker(*arguments, **options):
    """Run docker, and return the finished process."""
    options = {"capture_output": True, "encoding": "utf-8", "errors": "replace"} | options
    try:
        return subprocess.run(["docker", *arguments], check=False, timeout=1800, **options)
    except FileNotFoundError:
        raise StopError(
            "There is no Docker on this machine. Without it, the students' code could access "
            "your files. Install Docker, or see --trust in --help."
        ) from None


def missing_limits():
    """Return what the Docker engine cannot limit; raise StopError if there is no engine."""
    process = docker("info", "--format", "{{json .}}")
    about = json.loads(process.stdout) if process.stdout.startswith("{") else {}
    if process.returncode or about.get("ServerErrors"):
        raise StopError("The Docker engine is not running. Start it and try again: docker info")
    limits = {"MemoryLimit": "memory", "PidsLimit": "processes", "CpuCfsQuota": "processor time"}
    return [words for name, words in limits.items() if not about.get(name)]


class Sandbox:
    """Runs the grader on a submission: in a container, or with the interpreter `python`.

    In a container, that is the shell script `inside`.
    """

    def __init__(self, image, arguments, limit, python=None):
        self.image, self.arguments, self.limit, self.python = image, arguments, limit, python
        self.inside = INSIDE
        self.numbers = iter(range(1_000_000))
        self.running, self.stopped = set(), False

    def build(self, project):
        """Build the image from the project's Dockerfile unless it exists."""
        if missing := missing_limits():
            print(
                f"Warning: this Docker engine cannot limit {' and '.join(missing)}. "
                "A submission could slow this machine down or stop it.",
                file=sys.stderr,
            )
        if docker("image", "inspect", self.image).returncode:
            print(f"Building the image {self.image} ...", file=sys.stderr, flush=True)
            # A mirror of Docker Hub, if the environment sets one.
            registry = ["--build-arg", "REGISTRY"] if os.environ.get("REGISTRY") else []
            command = ["build", "--quiet", "--target=dev", f"--tag={self.image}", *registry, "."]
            process = docker(*command, cwd=project)
            if process.returncode:
                raise StopError(f"The image cannot be built:\n{process.stderr.strip()}")

    def grade(self, project):
        """Grade the folder; return the exit status, the output and the duration in seconds."""
        return self.without_container(project) if self.python else self.in_container(project)

    def in_container(self, project):
        """Grade the folder in a container; see grade."""
        name = (
            f"{self.image.partition(':')[0].replace('/', '-')}-{os.getpid()}-{next(self.numbers)}"
        )
        tmpfs = "rw,nosuid,nodev,noexec,mode=1777,size"
        command = [
            *("docker", "run", "--rm", f"--name={name}", "--log-driver=none", "--pull=never"),
            *("--network=none", "--read-only", f"--user={NOBODY}"),
            *("--cap-drop=ALL", "--security-opt=no-new-privileges"),
            *(f"--memory={MEMORY}", f"--memory-swap={MEMORY}", f"--pids-limit={PROCESSES}"),
            *("--cpus=1", f"--ulimit=fsize={MAX_FILE}", "--ulimit=core=0", "--shm-size=16m"),
            # grade.py writes to /out, where students' code cannot use up its space through /tmp.
            *(f"--tmpfs=/tmp:{tmpfs}=128m", f"--tmpfs=/out:{tmpfs}=256m", "--env=TMPDIR=/out"),
            *(f"--env=STEPS={' '.join(self.arguments)}", "--workdir=/code"),
            f"--mount=type=bind,source={project},target=/code,readonly",
            *(self.image, "dumb-init", "--", "timeout", "--signal=KILL", str(self.limit)),
            *("sh", "-c", self.inside),
        ]
        return self.run(command, lambda: docker("rm", "--force", name), self.limit + 10)

    def without_container(self, project):
        """Grade the folder in a process on this machine, with fewer limits; see grade."""
        out = project.parent / "reports"
        command = [self.python, "grade.py", "--no-docker", f"--reports={out}"]

        def limits():
            import resource

            resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
            resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_FILE, MAX_FILE))

        options = {"cwd": project} | ({} if os.name == "nt" else {"preexec_fn": limits})
        status, output, seconds = self.run([*command, *self.arguments], None, self.limit, **options)
        report = out / "grade.json"
        if report.is_file() and not report.is_symlink() and report.stat().st_size < MAX_OUTPUT:
            output = report.read_bytes()
        return status, output, seconds

    def run(self, command, end, limit, **options):
        """Run a command until it ends, prints too much or times out; see grade."""
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # Ctrl-C must only reach this program.
            start_new_session=True,
            **options,
        )

        def stop():
            # The client first: it may wait for a reader, and the engine for the client.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL) if os.name != "nt" else process.kill()
            if end:
                end()

        self.running.add(stop)
        if self.stopped:
            stop()
        timer = threading.Timer(limit, stop)
        timer.start()
        started = monotonic()
        try:
            output = process.stdout.read(MAX_OUTPUT)
            if len(output) == MAX_OUTPUT:
                stop()
            process.wait()
        finally:
            timer.cancel()
            self.running.discard(stop)
            process.stdout.close()
        return process.returncode, output, monotonic() - started

    def stop(self):
        """Stop all running submissions."""
        self.stopped = True
        for end in list(self.running):
            end()

"""Chromium, and baked projects served as in production: for pictures and for the tests."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

from playwright.sync_api import sync_playwright


def find_chromium():
    """Return the path of Chromium or Chrome, or None."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next(filter(None, map(shutil.which, names)), None)


@contextmanager
def chromium():
    """Yield this machine's Chromium or Chrome, driven by Playwright; exit if there is none."""
    path = find_chromium()
    if not path:
        sys.exit("Neither Chromium nor Chrome was found on the PATH. Install one of them.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


class Site:
    """A baked project, served as in production, but with SQLite and without HTTPS.

    `folder` is the path of the project, `python` an interpreter with its packages.
    """

    def __init__(self, folder, python, **environment):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder, self.python = folder, str(python)
        self.environment = {
            **os.environ,
            "ALLOWED_HOSTS": "127.0.0.1",
            "DATABASE_URL": "",
            "DEBUG": "false",
            "SECRET_KEY": secrets.token_hex(32),
            **environment,
        }

    def manage(self, *command):
        """Run a command of manage.py, and return its output. Exit if it fails, and show that."""
        process = subprocess.run(
            [self.python, "manage.py", *command],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        if process.returncode:
            sys.exit(f"{process.stdout}\nmanage.py {command[0]} failed.")
        return process.stdout

    def create(self, books):
        """Create the database with `books` sample books, and collect the static files."""
        self.manage("migrate")
        if (self.folder / "library").exists():
            self.manage("seed_library", f"--books={books}")
        self.manage("collectstatic", "--no-input")

    @contextmanager
    def served(self):
        """Serve the site at `url` with gunicorn until the end of the block."""
        options = f"--bind=127.0.0.1:{self.port} --workers=1"
        command = "-m gunicorn --config=deploy/gunicorn.conf.py django_project.wsgi"
        log = self.folder / "server.log"
        with log.open("w") as output:
            server = subprocess.Popen(
                [self.python, *command.split(), *options.split()],
                cwd=self.folder,
                env=self.environment,
                stdout=output,
                stderr=output,
            )
        try:
            for _ in range(150):
                try:
                    urllib.request.urlopen(f"{self.url}/readyz", timeout=5)
                    break
                except OSError:
                    time.sleep(0.2)
            else:
                sys.exit(f"{log.read_text()}\n{self.folder.name} is not ready.")
            yield
        finally:
            server.terminate()
            server.wait()

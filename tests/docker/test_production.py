"""Production on a real Docker engine: started, attacked, killed, updated, restored."""

import gzip
import io
import json
import operator
import os
import re
import secrets
import subprocess
import sys
import tarfile
import threading
import time
from functools import partial
from pathlib import Path

import pytest
import requests

from helpers import (
    STACKS,
    Stack,
    at_once,
    commands_of,
    free_port,
    name_of,
    remove_example,
    run,
    slug,
    until,
)

pytestmark = pytest.mark.usefixtures("docker")

BACKUP = ("exec", "-T", "backup", "python3", "deploy/backup.py")
MANAGE = ("exec", "-T", "web", "python", "manage.py")
PASSWORD = "correct horse battery"

AUTHORS = """
from library.models import Author
print(*(author.name for author in Author.objects.all()), sep=";")
"""

# What is in the database: each table's rows, and where its numbers go on.
FINGERPRINT = """
import hashlib, json
from django.db import connection
with connection.cursor() as cursor:
    def rows(sql):
        cursor.execute(sql)
        return sorted(map(repr, cursor.fetchall()))
    tables = connection.introspection.table_names(cursor)
    found = {table: rows(f'SELECT * FROM "{table}"') for table in tables}
    if connection.vendor == "postgresql":
        found["sequences"] = rows("SELECT sequencename, last_value FROM pg_sequences")
    else:
        found["sequences"] = rows("SELECT name, seq FROM sqlite_sequence")
digest = lambda rows: hashlib.sha256(repr(rows).encode()).hexdigest()
print(json.dumps({name: [len(rows), digest(rows)] for name, rows in found.items()}))
"""


class Production(Stack):
    """A clone of a project, with secrets, on ports of its own, as docs/deployment.md says."""

    def __init__(self, project, clone, prepare=True):
        super().__init__(project, clone)
        self.name = clone.name
        self.secure_port = free_port()
        self.url = f"https://localhost:{self.secure_port}"
        self.environment = {
            **os.environ,
            "HTTP_PORT": str(self.port),
            "HTTPS_PORT": str(self.secure_port),
        }
        self.authority = str(clone.parent / f"{self.name}.crt")
        # For curl.
        self.environment["CURL_CA_BUNDLE"] = self.authority
        if prepare:
            self.prepare()

    def prepare(self):
        """Make the secrets and the volume of the backups, and build the images."""
        self.do(sys.executable, "deploy/make_secrets.py")
        self.do("docker", "volume", "create", f"{self.name}_backups")
        self.compose("build")

    def do(self, *command, **environment):
        """Run a command in the project's folder and return its output."""
        return run(*command, cwd=self.folder, env=self.environment | environment)

    def compose(self, *arguments, **environment):
        """Run docker compose with the file for production and return its output."""
        return self.do("docker", "compose", "-f", "compose.prod.yaml", *arguments, **environment)

    def up(self, *arguments, **environment):
        """Start what is not running, and fetch the authority of Caddy."""
        wait = ("--wait", "--wait-timeout", "120")
        self.compose("up", "--detach", *wait, *arguments, **environment)
        self.trust(self.compose("ps", "--quiet", "caddy").strip())

    def trust(self, caddy):
        """Take over the authority of the Caddy in the container `caddy`."""
        authority = f"{caddy}:/tmp/data/caddy/pki/authorities/local/root.crt"
        for _ in range(300):
            copy = subprocess.run(["docker", "cp", authority, self.authority], capture_output=True)
            if copy.returncode == 0:
                break
            time.sleep(0.2)
        assert copy.returncode == 0, copy.stderr

    def get(self, path, **options):
        """Request `path` over HTTPS, trust Caddy's own authority, and return the response."""
        return super().get(path, verify=self.authority, **options)

    def documented(self, page, heading, **replaced):
        """Run the commands below a heading of a page as they stand there; return the output.

        The site's name is that of this machine; a command that asks for a password is left out.
        """
        text = (self.folder / f"docs/{page}.md").read_text()
        text = text.replace("https://www.example.com", self.url)
        text = text.replace("DOMAIN=www.example.com", "DOMAIN=localhost")
        for name, value in replaced.items():
            text = re.sub(rf'"{name}=\w+"', f'"{name}={value}"', text)
        commands = commands_of(text, heading)
        assert commands, heading
        # The clone is there, and this is its folder.
        left_out = ("git clone", f"cd {self.name}")
        commands = [
            command
            for command in commands
            if not command.startswith(left_out) and not command.endswith("createsuperuser")
        ]
        return self.do("sh", "-ec", "\n".join(commands))

    def token(self, container=None):
        """Make a superuser and return the headers that sign in with its token."""
        code = (
            "from accounts.models import User; from rest_framework.authtoken.models import Token;"
            f"u, _ = User.objects.get_or_create(username='ada', is_superuser=True, is_staff=True);"
            f"u.set_password('{PASSWORD}'); u.save();"
            "print('token', Token.objects.get_or_create(user=u)[0].key)"
        )
        (key,) = re.findall(r"token (\w+)", self.shell(code, container))
        return {"Authorization": f"Token {key}"}

    def shell(self, code, container=None):
        """Run Python code in a `web` container and return what it prints."""
        shell = ("python", "manage.py", "shell", "-v0", "-c", code)
        if container:
            return self.do("docker", "exec", container, *shell)
        return self.compose("exec", "-T", "web", *shell)

    def fingerprint(self):
        """Return what is in the database, as a dictionary of tables."""
        return json.loads(self.shell(FINGERPRINT))

    def containers(self, *services):
        """Return the ids of the containers of `services`, or of all."""
        return self.compose("ps", "--all", "--quiet", *services).split()

    def remove(self):
        """Leave nothing behind."""
        self.compose("down", "--volumes")
        self.do("docker", "volume", "rm", f"{self.name}_backups")
        self.remove_images()

    def remove_images(self):
        """Remove the images of all versions."""
        names = [f"{self.name}{part}:{version}" for part in ("", "-backup") for version in "123"]
        self.do("docker", "image", "rm", "--force", *names)


def browser_of(stack):
    """Return a session that trusts the stack's authority, whatever the machine trusts."""
    session = requests.Session()
    session.trust_env = False
    session.verify = stack.authority
    return session


class Load:
    """Clients that read and write without a pause until the block ends.

    Afterwards, `written` has the names of the authors whose making was
    acknowledged, `failed` the requests with another status than expected, each with
    the second at which it began.
    """

    def __init__(self, stack, headers, clients=8, per_second=80):
        self.stack, self.headers = stack, headers
        self.clients, self.pause = clients, clients / per_second
        self.written, self.failed, self.count = [], [], 0
        self.stopped = threading.Event()
        self.name = secrets.token_hex(4)

    def client(self, number):
        """Read the site and the API, and write each fifth time."""
        session = browser_of(self.stack)
        turn = 0
        while not self.stopped.wait(self.pause):
            turn += 1
            began = time.monotonic() - self.start
            name = f"Author {self.name}-{number}-{turn}"
            try:
                if turn % 5:
                    path = ("/", "/api/v1/books/")[turn % 2]
                    response = session.get(self.stack.url + path, timeout=60)
                else:
                    path = "/api/v1/authors/"
                    options = {"json": {"name": name}, "headers": self.headers, "timeout": 60}
                    response = session.post(self.stack.url + path, **options)
                status = response.status_code
            except requests.RequestException as error:
                status = repr(error)
            self.count += 1
            if status == 201:
                self.written.append(name)
            elif status != 200:
                self.failed.append((began, path, status))

    def __enter__(self):
        self.start = time.monotonic()
        self.threads = [
            threading.Thread(target=self.client, args=[number]) for number in range(self.clients)
        ]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self.stopped.set()
        for thread in self.threads:
            thread.join()


def kill(stack, pid):
    """Send SIGKILL to the process that is `pid` for the engine, as no container could."""
    host = ("docker", "run", "--rm", "--privileged", "--pid=host", "python:3.14-slim")
    stack.do(*host, "python", "-c", f"import os; os.kill({pid}, 9)")


@pytest.fixture(scope="module")
def production(request, bake, tmp_path_factory):
    """Return a production stack that is up, for the answers in the parameter."""
    project = bake(
        **request.param,
        project_slug=slug(f"prod_{'_'.join(request.param.values())}".replace(".", "")),
    )
    production = Production(project, tmp_path_factory.mktemp("clone") / project.name)
    production.environment |= {
        "CORS_ALLOWED_ORIGINS": "https://app.example.com",
        "EMAIL_URL": "filemail:////tmp",
        "TASK_WORKERS": "1",
    }
    try:
        production.up()
        yield production
    finally:
        production.remove()


every = pytest.mark.parametrize("production", STACKS, ids=name_of, indirect=True)
both_databases = pytest.mark.parametrize("production", STACKS, ids=name_of, indirect=True)
postgresql = pytest.mark.parametrize("production", STACKS[:1], ids=name_of, indirect=True)

HEADERS = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@every
def test_pages_and_api_over_https_with_their_headers(production):
    for path in ("/", "/api/v1/", "/api/docs/", "/api/redoc/", "/admin/login/"):
        response = production.get(path, headers={"Accept": "text/html"})
        assert response.status_code == 200, path
        assert HEADERS.items() <= response.headers.items(), path
        policy = dict(
            part.split(" ", 1) for part in response.headers["Content-Security-Policy"].split("; ")
        )
        assert policy["script-src"] == policy["default-src"] == "'self'", path
        assert "camera=()" in response.headers["Permissions-Policy"]
        assert "Server" not in response.headers
        assert "h3=" in response.headers["Alt-Svc"]
    page = production.get("/", headers={"Accept-Encoding": "gzip"})
    assert page.headers["Content-Encoding"] == "gzip"
    style = re.search(r'rel="stylesheet" href="([^"]+)"', page.text)[1]
    assert "immutable" in production.get(style).headers["Cache-Control"]
    login = production.get("/admin/login/").headers["Set-Cookie"]
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax"):
        assert attribute in login


@every
def test_http_is_redirected(production):
    plain = f"http://localhost:{production.port}/books/1/"
    response = requests.get(plain, timeout=60, allow_redirects=False)
    assert response.status_code == 308
    assert response.headers["Location"] == "https://localhost/books/1/"


@every
def test_the_deployment_check_is_clean_inside(production):
    # The tests write emails into files, which Django 6.1 reports.
    server = "--env=EMAIL_URL=smtp+tls://user:password@mail.example.com:587"
    check = ("manage.py", "check", "--deploy", "--fail-level=WARNING")
    output = production.compose("exec", "-T", server, "web", "python", *check)
    assert "no issues (0 silenced)" in output


@every
def test_another_origin_that_is_allowed_reads_the_api(production):
    for origin, allowed in (("https://app.example.com", True), ("https://evil.example", False)):
        response = production.get("/api/v1/books/", headers={"Origin": origin})
        assert (response.headers.get("Access-Control-Allow-Origin") == origin) is allowed


OVERDUE = """
from datetime import date
from accounts.models import User
from library.models import Author, Book, Loan
from library.tasks import send_reminder
book = Book.objects.create(title="The Dispossessed", isbn="9780060512750")
ada = User.objects.create(username="late", email="late@example.com")
loan = Loan.objects.create(book=book, borrower=ada, due=date(2020, 1, 1))
send_reminder.enqueue(loan.pk)
send_reminder.enqueue()
"""
RESULTS = """
from django_tasks_db.models import DBTaskResult
print(*DBTaskResult.objects.order_by("status").values_list("status", flat=True))
"""


@every
def test_a_worker_runs_background_tasks(production):
    production.shell(OVERDUE)
    shell = partial(production.shell, RESULTS)
    until(shell, lambda statuses: statuses.split() == ["FAILED", "SUCCESSFUL"])
    emails = production.compose("exec", "-T", "worker", "sh", "-c", "cat /tmp/*.log")
    assert "To: late@example.com" in emails
    failure = production.compose("logs", "--no-log-prefix", "worker")
    assert "missing 1 required positional argument: 'loan_id'" in failure
    production.shell("from library.models import Loan; Loan.objects.all().delete()")
    production.shell("from library.models import Book; Book.objects.all().delete()")


@every
def test_every_container_is_hardened(production):
    services = production.compose("config", "--services").split()
    containers = production.containers()
    # With PostgreSQL, there are two of `web`.
    assert len(containers) == len(services) + ("db" in services)
    for inspected in json.loads(production.do("docker", "inspect", *containers)):
        name, host = inspected["Name"], inspected["HostConfig"]
        assert inspected["Config"]["User"] not in ("", "0", "root"), name
        assert host["ReadonlyRootfs"], name
        assert host["CapDrop"] == ["ALL"], name
        allowed = ["NET_BIND_SERVICE"] if "caddy" in name else []
        assert [added.removeprefix("CAP_") for added in host["CapAdd"] or []] == allowed, name
        assert host["SecurityOpt"] == ["no-new-privileges:true"], name
        assert host["Memory"] > 0, name
        assert host["PidsLimit"] > 0, name
        assert host["LogConfig"]["Config"]["max-size"] == "10m", name
        assert not host["Privileged"], name
        assert inspected["RestartCount"] == 0, name
        ids = production.do("docker", "top", inspected["Id"], "-o", "pid,uid")
        assert not re.search(r"\s0$", ids, re.MULTILINE), name


def first_process(stack, container):
    return stack.do("docker", "inspect", "--format={{.State.Pid}}", container).strip()


def processes(stack, container):
    """Return the numbers of gunicorn's processes in the container, the newest last."""
    top = stack.do("docker", "top", container, "-o", "pid,args")
    return sorted(re.findall(r"^\s*(\d+) .*bin/gunicorn", top, re.MULTILINE), key=int)


@postgresql
@pytest.mark.parametrize("service", ["worker", "web", "db", "redis"])
def test_acknowledged_writes_survive_a_kill(production, service):
    headers = production.token()
    container, *_ = production.containers("web" if service == "worker" else service)
    if service == "worker":
        *_, victim = processes(production, container)
    else:
        victim = first_process(production, container)
    with Load(production, headers, per_second=40) as load:
        time.sleep(1.5)
        kill(production, victim)
        killed = time.monotonic()
        production.until("/readyz", lambda response: response.ok)
        recovered = time.monotonic() - killed
        health = "--format={{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{end}}"
        states = ("docker", "inspect", health, *production.containers())
        good = {"running", "healthy"}
        until(partial(production.do, *states), lambda output: set(output.split()) == good)
        assert time.monotonic() - killed < 20
        time.sleep(1)
    if service == "worker":
        after = processes(production, container)
        assert (victim in after, len(after)) == (False, 3)
    else:
        restarts = ("docker", "inspect", "--format={{.RestartCount}}", container)
        assert production.do(*restarts).strip() != "0"
    names = production.shell(AUTHORS).strip().split(";")
    assert load.written
    assert set(load.written) <= set(names)
    if service == "redis":
        assert load.failed == []
    if service == "db":
        # A request from before may still time out. A later one gets no dead connection.
        ready = killed - load.start + recovered
        assert [failure for failure in load.failed if failure[0] > ready] == []
    production.shell("from library.models import Author; Author.objects.all().delete()")


@postgresql
def test_requests_succeed_as_soon_as_the_database_is_back(production):
    (db,) = production.containers("db")
    production.compose("stop", "db")
    try:
        # The longer it is away, the longer the pool would pause between two attempts.
        for path in ("/", "/api/v1/books/") * 7:
            response = production.get(path)
            assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
            time.sleep(1)
    finally:
        production.compose("start", "db")
    production.until_healthy(db)
    # Each worker process connects on its own.
    until(
        lambda: [production.get("/api/v1/books/").status_code for _ in range(12)],
        lambda statuses: statuses == [200] * 12,
        seconds=20,
    )


ROLLED_BACK = """
from django.db import transaction
from library.models import Author
with transaction.atomic():
    Author.objects.create(name="Rolled back")
    transaction.set_rollback(True)
"""


@postgresql
def test_a_read_sees_the_write_before_it_after_a_rollback_and_a_crash(production):
    # PostgreSQL assigns the ID of the transaction that was rolled back a second time.
    headers = production.token()
    created = browser_of(production).post(
        f"{production.url}/api/v1/authors/", json={"name": "Ada"}, headers=headers, timeout=60
    )
    url = created.json()["url"]
    (db,) = production.containers("db")
    started = ("docker", "inspect", "--format={{.State.StartedAt}}", db)
    for name in ("Grace", "Mary", "Ada"):
        for _ in range(8):
            browser_of(production).get(url, timeout=60)
        production.shell(ROLLED_BACK)
        # Docker calls the container healthy until it notices that its process has died.
        before = production.do(*started)
        kill(production, first_process(production, db))
        until(partial(production.do, *started), partial(operator.ne, before))
        production.until_healthy(db)
        production.until("/readyz", lambda response: response.ok)
        change = {"json": {"name": name}, "headers": headers, "timeout": 60}
        # A worker process may still be connecting, and then responds with 503.
        until(partial(browser_of(production).patch, url, **change), lambda response: response.ok)
        reads = [browser_of(production).get(url, timeout=60) for _ in range(36)]
        assert {read.json()["name"] for read in reads if read.status_code != 503} == {name}
    delete = partial(browser_of(production).delete, url, headers=headers, timeout=60)
    until(delete, lambda response: response.status_code == 204)


@postgresql
def test_without_redis_reads_succeed_and_sessions_last(production):
    browser = get_logged_in_browser(production)
    production.compose("stop", "redis")
    try:
        for path in ("/", "/api/v1/books/", "/api/docs/", "/readyz", "/admin/") * 3:
            assert browser.get(production.url + path, timeout=60).status_code == 200, path
        assert "Log out" in browser.get(f"{production.url}/admin/").text
    finally:
        production.compose("start", "redis")


@postgresql
def test_a_logout_while_redis_hangs_is_final(production):
    browser = get_logged_in_browser(production)
    cookie = browser.cookies["sessionid"]
    production.compose("pause", "redis")
    try:
        page = browser.get(f"{production.url}/admin/", timeout=60)
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
        form = {"data": {"csrfmiddlewaretoken": token}, "headers": {"Referer": production.url}}
        assert browser.post(f"{production.url}/admin/logout/", **form, timeout=60).ok
    finally:
        production.compose("unpause", "redis")
    (redis,) = production.containers("redis")
    production.until_healthy(redis)
    stolen = {"cookies": {"sessionid": cookie}, "allow_redirects": False}
    assert production.get("/admin/", **stolen).status_code == 302


def get_logged_in_browser(stack, container=None):
    """Return a browser's session that is signed in to the admin."""
    stack.token(container)
    browser = browser_of(stack)
    login = f"{stack.url}/admin/login/?next=/admin/"
    page = browser.get(login, timeout=60).text
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    form = {"username": "ada", "password": PASSWORD, "csrfmiddlewaretoken": token}
    response = browser.post(login, data=form, headers={"Referer": login}, timeout=60)
    assert "Log out" in response.text, response.text
    return browser


@postgresql
def test_rotating_the_secret_key_ends_no_session(production):
    browser = get_logged_in_browser(production)
    secret = production.folder / "secrets/secret_key"
    before = secret.read_text()
    production.do(sys.executable, "deploy/make_secrets.py", "--rotate")
    assert secret.read_text() != before
    production.up("--force-recreate", "web", "migrate")
    key = production.shell("from django.conf import settings; print(settings.SECRET_KEY)")
    assert key.strip() == secret.read_text()
    response = browser.get(f"{production.url}/admin/", allow_redirects=False, timeout=60)
    assert (response.status_code, "Log out" in response.text) == (200, True)


def refused(stack, *command):
    """Run a command that has to fail, and return what it says."""
    process = subprocess.run(
        ["docker", "compose", "-f", "compose.prod.yaml", *command],
        cwd=stack.folder,
        env=stack.environment,
        capture_output=True,
        text=True,
        input="no\n",
    )
    assert process.returncode != 0
    return process.stderr


@both_databases
def test_a_backup_restores_everything(production):
    production.token()
    production.compose(*MANAGE, "seed_library", "--books", "50")
    before = production.fingerprint()
    assert before["library_book"][0] == 50
    production.compose(*BACKUP, "now")
    newest = production.compose(*BACKUP, "list").split()[-1]

    # What follows must change nothing: no is said, a file is missing or damaged.
    assert "Nothing was changed." in refused(production, *BACKUP, "restore")
    assert "There is no backup none" in refused(production, *BACKUP, "restore", "--yes", "none")
    cut = (
        "import hashlib, pathlib; p = pathlib.Path('/backups');"
        f"data = (p / '{newest}').read_bytes(); data = data[:len(data) * 2 // 3];"
        "sums = (hashlib.sha256(b'other').hexdigest(), hashlib.sha256(data).hexdigest());"
        "[((p / name).write_bytes(data), (p / (name + '.sha256')).write_text(s + '  ' + name))"
        " for name, s in zip(('cut', 'cut-with-its-own-sum'), sums)]"
    )
    production.compose("exec", "-T", "backup", "python3", "-c", cut)
    assert "cut is damaged" in refused(production, *BACKUP, "restore", "--yes", "cut")
    half = refused(production, *BACKUP, "restore", "--yes", "cut-with-its-own-sum")
    assert "Nothing was changed." in half
    assert production.fingerprint() == before

    # Into a living stack, which has gone on since.
    production.compose(*MANAGE, "seed_library", "--books", "60")
    production.compose(*BACKUP, "restore", "--yes", newest)
    assert production.fingerprint() == before
    assert production.get("/").status_code == 200
    # Into an empty one.
    production.compose("down", "--volumes")
    production.up()
    assert production.fingerprint() != before
    production.compose(*BACKUP, "restore", "--yes", newest)
    assert production.fingerprint() == before
    assert "50 books" in production.get("/").text


def hidden_in(stack, data, where):
    """Fail where one of the stack's secrets is in the bytes `data`."""
    for secret in (stack.folder / "secrets").iterdir():
        for word in re.findall(rb"[A-Za-z0-9_-]{40,}", secret.read_bytes()):
            assert word not in data, f"{secret.name} is in {where}"


@postgresql
def test_no_secret_is_in_an_image_in_git_or_in_a_log(production):
    assert len(list((production.folder / "secrets").iterdir())) >= 4
    output = {"cwd": production.folder, "check": True, "capture_output": True}

    def bytes_of(*command, **options):
        return subprocess.run(command, **output | options).stdout

    for image in production.compose("config", "--images").split():
        if image.startswith(production.name):
            with tarfile.open(fileobj=io.BytesIO(bytes_of("docker", "save", image))) as archive:
                for member in archive:
                    data = archive.extractfile(member).read() if member.isfile() else b""
                    # Some engines keep their layers compressed.
                    data = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
                    hidden_in(production, data, image)
            history = ("docker", "history", "--no-trunc", "--format={{json .}}", image)
            hidden_in(production, bytes_of(*history), f"the history of {image}")
    hidden_in(production, bytes_of("docker", "inspect", *production.containers()), "docker inspect")
    logs = ("docker", "compose", "-f", "compose.prod.yaml", "logs")
    hidden_in(production, bytes_of(*logs, env=production.environment), "a log")
    run("git", "add", "--all", cwd=production.folder)
    objects = bytes_of("git", "cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
    hidden_in(production, bytes_of("git", "cat-file", "--batch", input=objects), "git")


@postgresql
def test_the_request_id_is_in_the_response_and_in_both_logs(production):
    response = production.get("/nothing/", headers={"X-Request-ID": "chosen-by-the-client"})
    name = response.headers["X-Request-ID"]
    assert name != "chosen-by-the-client"
    for service in ("caddy", "web"):
        ask = partial(production.compose, "logs", "--no-log-prefix", service)
        log = until(ask, lambda log: name in log)
        lines = [json.loads(line) for line in log.splitlines() if name in line]
        assert {line["request_id"] for line in lines} == {name}


@postgresql
def test_metrics_and_details_are_for_operators_alone(production):
    assert production.get("/metrics").status_code == 404
    assert production.get("/readyz").json() == {"healthy": True}
    ask = "import urllib.request as u; print(u.urlopen('http://localhost:9000{}').read().decode())"
    inside = ("exec", "-T", "web", "python", "-c")
    details = json.loads(production.compose(*inside, ask.format("/readyz")))
    assert details == {"healthy": True, "errors": [], "cache": True}
    metrics = production.compose(*inside, ask.format("/metrics"))
    for name in (
        "http_request_seconds_count",
        "http_request_seconds_bucket",
        "database_query_seconds_count",
        "cache_gets_total",
        "cache_errors_total",
    ):
        assert name in metrics
    published = production.do("docker", "ps", "--format={{.Names}} {{.Ports}}")
    for line in published.splitlines():
        if line.startswith(f"{production.name}-web"):
            assert "->" not in line


@postgresql
def test_only_the_proxy_is_trusted(production):
    said = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http"}
    assert production.get("/", headers=said, allow_redirects=False).status_code == 200
    logged = production.compose("logs", "--no-log-prefix", "--tail=20", "caddy")
    assert '"client_ip":"203.0.113.9"' not in logged
    # Another container says that HTTPS was spoken: it is sent to speak it.
    ask = (
        "import http.client as h; c = h.HTTPConnection('web', 8000);"
        "c.request('GET', '/', headers={'Host': 'localhost', 'X-Forwarded-Proto': 'https'});"
        "print(c.getresponse().status)"
    )
    status = production.compose("exec", "-T", "backup", "python3", "-c", ask)
    assert status.strip() == "301"


@postgresql
def test_the_proxy_refuses_a_body_that_is_too_large(production):
    large = requests.post(
        f"{production.url}/api/v1/authors/",
        json={"name": "x" * 150_000},
        headers=production.token(),
        verify=production.authority,
        timeout=60,
    )
    assert large.status_code == 413
    assert production.get("/", headers={"X-Large": "x" * 40_000}).status_code == 431


def read(production, count, pause=0.0):
    """Return the status codes of `count` requests, and the seconds that the slowest one took."""
    session = browser_of(production)
    statuses, slowest = set(), 0
    for number in range(count):
        began = time.monotonic()
        path = ("/livez", "/api/v1/books/", "/")[number % 3]
        statuses.add(session.get(production.url + path, timeout=20).status_code)
        slowest = max(slowest, time.monotonic() - began)
        time.sleep(pause)
    return statuses, slowest


@postgresql
def test_slow_clients_hold_up_no_other(production):
    script = Path(__file__).parent.parent / "slow_clients.py"
    numbers = (production.secure_port, 60, 400, 500)
    command = [sys.executable, str(script), *map(str, numbers)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as attack:
        ready, opened = attack.stdout.readline().split()
        statuses, slowest = read(production, 12)
        (caddy,) = production.containers("caddy")
        memory = production.do("docker", "stats", "--no-stream", "--format={{.MemPerc}}", caddy)
        attack.stdin.close()
    assert (ready, int(opened) >= 900) == (b"ready", True), opened
    assert (statuses, slowest < 2) == ({200}, True), slowest
    assert float(memory.strip().rstrip("%")) < 50


@postgresql
@pytest.mark.parametrize("items", [33_000, 873_000])
def test_large_json_bodies_are_refused_before_they_are_parsed(production, items):
    before = [processes(production, web) for web in production.containers("web")]
    body = b"[" + b",".join([b"{}"] * items) + b"]"
    headers = {"Content-Type": "application/json", **production.token()}
    options = {"headers": headers, "verify": production.authority, "timeout": 60}
    post = partial(requests.post, f"{production.url}/api/v1/authors/", body, **options)
    *responses, (statuses, _) = at_once([post] * 20 + [partial(read, production, 12)])
    assert {response.status_code for response in responses} == {413}
    assert statuses == {200}
    assert [processes(production, web) for web in production.containers("web")] == before


@postgresql
def test_reads_go_to_the_other_container_when_one_is_killed(production):
    web, *_ = production.containers("web")
    victim = first_process(production, web)
    readers = [partial(read, production, 60, pause=0.1)] * 4
    *found, _ = at_once([*readers, partial(kill, production, victim)])
    assert [statuses for statuses, _ in found] == [{200}] * 4
    assert max(slowest for _, slowest in found) < 3
    production.until_healthy(web)


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": "only-for-development-and-known-to-everyone"}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": "x", "DEBUG": "true"}, "DEBUG is on in the image for production"),
        ({"SECRET_KEY": "x"}, "ALLOWED_HOSTS is empty"),
        (
            {"SECRET_KEY": "x", "ALLOWED_HOSTS": "localhost", "REPLICAS": "2"},
            "REPLICAS is more than 1, and the database is SQLite",
        ),
    ],
)
@postgresql
def test_a_bad_configuration_is_refused_with_a_sentence(production, environment, sentence):
    options = [f"--env={name}={value}" for name, value in environment.items()]
    process = subprocess.run(
        ["docker", "run", "--rm", *options, f"{production.name}:1"], capture_output=True, text=True
    )
    assert process.returncode != 0
    assert process.stderr.startswith("Not started. ")
    assert sentence in process.stderr
    assert "Traceback" not in process.stderr


@postgresql
def test_only_the_variables_of_env_example_reach_the_site(production):
    code = "import os; print(*(f'{k}={v}' for k, v in os.environ.items() if k.startswith('THR')))"
    command = ("run", "--rm", "--no-deps", "web", "python", "-c", code)
    seen = production.compose(*command, THROTTLE_ANONYMOUS="5/day", THROTTLE_USER="")
    assert sorted(seen.split()) == ["THROTTLE_ANONYMOUS=5/day", "THROTTLE_USER="]


@pytest.mark.parametrize("production", STACKS[1:], ids=name_of, indirect=True)
def test_two_replicas_on_sqlite_are_refused(production):
    run_web = ("run", "--rm", "--no-deps", "web")
    process = subprocess.run(
        ["docker", "compose", "-f", "compose.prod.yaml", *run_web],
        cwd=production.folder,
        env=production.environment | {"WEB_REPLICAS": "2"},
        capture_output=True,
        text=True,
    )
    assert process.returncode != 0
    assert "REPLICAS is more than 1, and the database is SQLite" in process.stdout + process.stderr


# tests/project/test_project.py runs the tests of such a project.
def test_the_project_runs_without_the_example(bake, tmp_path):
    project = bake(project_slug=slug("without_example"))
    write_schema = remove_example(project)
    production = Production(project, tmp_path / project.name, prepare=False)
    # New files belong to the user of this process, as they do for a user of the project.
    user = {"UID": str(os.getuid()), "GID": str(os.getgid()), "WEB_PORT": str(production.port)}
    development = partial(Stack.compose, production, **user)
    try:
        production.do("sh", "-ec", write_schema, **user)
        development("up", "--wait", "--wait-timeout", "120")
        home = requests.get(f"http://localhost:{production.port}/", timeout=60)
        assert (home.status_code, "It works" in home.text) == (200, True)
        root = requests.get(f"http://localhost:{production.port}/api/v1/", timeout=60)
        assert root.json() == {}
    finally:
        development("down", "--volumes", "--rmi", "local")
    try:
        production.prepare()
        production.up()
        assert "It works" in production.get("/").text
        assert production.get("/api/v1/").json() == {}
    finally:
        production.remove()


# tests/docker/test_editions.py starts the two other pairs in development.
@pytest.mark.parametrize(("django", "database"), [("5.2", "postgresql"), ("6.1", "sqlite")])
def test_the_blank_edition_runs_in_production(bake, tmp_path, django, database):
    answers = {"edition": "blank", "django_version": django, "database": database}
    project = bake(project_slug=slug(f"blank_{database}"), **answers)
    production = Production(project, tmp_path / project.name)
    try:
        production.up()
        assert "startresource" in production.get("/").text
        assert production.get("/api/v1/").json() == {}
        production.token()
        production.compose(*BACKUP, "now")
    finally:
        production.remove()


def test_the_documented_commands_for_one_machine(bake, tmp_path):
    project = bake(project_slug=slug("prod_docs"))
    stack = Production(project, tmp_path / project.name, prepare=False)
    try:
        # Caddy has a new authority. The next requests need its certificate.
        curl = "curl https"
        page = stack.folder / "docs/deployment.md"
        before, after = page.read_text().split(curl)
        page.write_text(before)
        started = stack.documented("deployment", "One machine")
        for words in ("Created in secrets/", f"{stack.name}_backups", "Built", "Healthy"):
            assert words in started
        stack.up()
        page.write_text(f"# x\n\n## One machine\n\n```shell\n{curl}{after}")
        output = stack.documented("deployment", "One machine")
        assert '{"healthy": true}' in output
        assert "no issues (0 silenced)" in output

        stack.documented("operations", "Update")
        stack.up()
        stack.token()
        before = stack.fingerprint()
        assert "Saved " in stack.documented("operations", "Back up")
        copies = list((stack.folder / "backups").glob("*.dump*"))
        assert copies
        assert "Restored " in stack.documented("operations", "Restore")
        # On a new machine, the database is empty, and so is its first backup.
        stack.compose("down", "--volumes")
        for command in ("rm", "create"):
            stack.do("docker", "volume", command, f"{stack.name}_backups")
        stack.up()
        if os.getuid() == 0:
            # The copies belong to whoever made them.
            for copy in copies:
                os.chown(copy, 1001, 1001)
        assert "Restored " in stack.documented("operations", "Restore, on a new machine")
        assert stack.fingerprint() == before
        stack.documented("operations", "Scale")
        assert len(stack.containers("web")) == 3
        assert "SECRET_KEY is changed" in stack.documented("operations", "Rotate the secret key")
        stack.documented("operations", "Roll back")
        images = stack.compose("ps", "--format={{.Image}}", "web").split()
        assert set(images) == {f"{stack.name}:1"}
        assert '"request_id"' in stack.documented("operations", "Read the logs")
        health = stack.documented("operations", "Health and metrics")
        assert '{"healthy": true, "errors": [], "cache": true}' in health
        stack.documented("operations", "Background tasks")
        assert len(stack.containers("worker")) == 1
        packages = stack.documented("operations", "Check for known vulnerabilities")
        for package in (r"Django==\d", r"gunicorn==\d", r"libc6\S*\t\d"):
            assert re.search(rf"^{package}", packages, re.MULTILINE | re.IGNORECASE), package
        assert stack.get("/").status_code == 200
        stack.documented("operations", "Stop")
        assert stack.containers() == []
    finally:
        stack.remove()


class Swarm(Production):
    """The same file on a swarm of this one machine."""

    def ended(self, service="web", seconds=300):
        """Wait until an update of the service has ended; return how."""
        state = "{{with .UpdateStatus}}{{.State}}{{end}}"
        inspect = ("docker", "service", "inspect", f"--format={state}", f"{self.name}_{service}")
        ends = ("completed\n", "rollback_completed\n")
        return until(partial(self.do, *inspect), ends.__contains__, seconds).strip()

    def healthy(self, number, service="web", seconds=300):
        """Wait until exactly `number` containers of the service are healthy; return their ids."""
        deadline = time.monotonic() + seconds
        names = ("docker", "ps", "--quiet", f"--filter=name={self.name}_{service}.")
        while True:
            running = self.do(*names).split()
            healthy = self.do(*names, "--filter=health=healthy").split()
            if len(running) == len(healthy) == number:
                return healthy
            assert time.monotonic() < deadline, self.do("docker", "stack", "ps", self.name)
            time.sleep(0.5)

    def image(self):
        """Return the name of the image that `web` is to run."""
        image = "--format={{.Spec.TaskTemplate.ContainerSpec.Image}}"
        return self.do("docker", "service", "inspect", image, f"{self.name}_web").strip()

    def remove(self):
        """Leave nothing behind."""
        self.do("docker", "stack", "rm", self.name)
        everything = ("docker", "ps", "--all", "--quiet", f"--filter=name={self.name}_")
        deadline = time.monotonic() + 120
        while left := self.do(*everything).split():
            # The swarm may be removing one of them at this moment.
            subprocess.run(["docker", "rm", "--force", *left], capture_output=True, timeout=60)
            assert time.monotonic() < deadline, left
            time.sleep(0.5)
        for volume in ("backups", "caddy", "postgres18"):
            self.do("docker", "volume", "rm", "--force", f"{self.name}_{volume}")
        self.remove_images()


@pytest.fixture(scope="module")
def swarm(bake, tmp_path_factory):
    """Return the stack on a swarm of this machine, deployed as the documentation says."""
    here = tmp_path_factory.mktemp("swarm")
    state = run("docker", "info", "--format={{.Swarm.LocalNodeState}}", cwd=here).strip()
    project = bake(project_slug=slug("swarm"))
    swarm = Swarm(project, here / project.name)
    (swarm.folder / ".env").write_text("DOMAIN=localhost\n")
    page = swarm.folder / "docs/deployment.md"
    init = "docker swarm init"
    # A machine may have several addresses, or be in a swarm already.
    now = f"{init} --advertise-addr=127.0.0.1" if state == "inactive" else "docker info"
    page.write_text(page.read_text().replace(f"{init}\n", f"{now}\n"))
    try:
        swarm.documented("deployment", "Many machines")
        swarm.healthy(2)
        (caddy,) = swarm.do("docker", "ps", "-q", f"--filter=name={swarm.name}_caddy.").split()
        swarm.trust(caddy)
        yield swarm
    finally:
        swarm.remove()
        if state == "inactive":
            run("docker", "swarm", "leave", "--force", cwd=here)


def test_a_swarm_grows_and_shrinks_and_migrates_once(swarm):
    headers = swarm.token(swarm.healthy(2)[0])
    with Load(swarm, headers) as load:
        for replicas in (4, 2):
            web = f"{swarm.name}_web"
            swarm.do("docker", "service", "scale", "--detach", f"{web}={replicas}")
            swarm.healthy(replicas)
            time.sleep(2)
    assert load.failed == []
    logs = [swarm.do("docker", "logs", container) for container in swarm.healthy(2)]
    (migrate,) = swarm.healthy(1, "migrate")
    logs.append(swarm.do("docker", "logs", migrate))
    assert sum(log.count("Applying library.0001_initial") for log in logs) == 1


def test_an_update_under_load_fails_no_request(swarm):
    template = swarm.folder / "library/templates/library/book_list.html"
    template.write_text(template.read_text().replace("<h1>Books</h1>", "<h1>Second version</h1>"))
    headers = swarm.token(swarm.healthy(2)[0])
    browser = get_logged_in_browser(swarm, swarm.healthy(2)[0])
    # A build leaves a small machine no processor for the load; below, it is in the cache.
    swarm.compose("build", VERSION="2")
    with Load(swarm, headers) as load:
        swarm.documented("operations", "Update, Swarm")
        assert swarm.ended() == "completed"
        assert "Second version" in swarm.get("/").text
        # The secret key as well, container by container.
        swarm.documented("operations", "Rotate the secret key, Swarm")
        assert swarm.ended() == "completed"
        while time.monotonic() - load.start < 30:
            time.sleep(0.5)
    assert load.failed == []
    # As many as 50 a second for half a minute; a slow machine takes longer for the updates.
    assert load.count >= 1500
    names = swarm.shell(AUTHORS, swarm.healthy(2)[0]).strip().split(";")
    assert set(load.written) <= set(names)
    response = browser.get(f"{swarm.url}/admin/", allow_redirects=False, timeout=60)
    assert (response.status_code, "Log out" in response.text) == (200, True)


def test_an_update_that_is_not_healthy_is_rolled_back(swarm):
    views = swarm.folder / "operations/views.py"
    before = views.read_text()
    views.write_text(before.replace("200 if healthy", "503 if healthy"))
    headers = swarm.token(swarm.healthy(2)[0])
    swarm.compose("build", VERSION="3")
    with Load(swarm, headers) as load:
        swarm.documented("operations", "Update, Swarm", VERSION="3")
        assert swarm.ended() == "rollback_completed"
    views.write_text(before)
    assert load.failed == []
    assert swarm.image() == f"{swarm.name}:2"


def test_the_documented_commands_for_a_swarm(swarm):
    swarm.documented("operations", "Scale, Swarm")
    swarm.healthy(3)
    assert "Saved " in swarm.documented("operations", "Back up, Swarm")
    rolled_back = swarm.documented("operations", "Roll back, Swarm")
    assert "rollback" in rolled_back
    swarm.healthy(2)
    assert swarm.get("/readyz").status_code == 200

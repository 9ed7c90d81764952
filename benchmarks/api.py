"""How fast the web API is: with a thousand books and with a million, and beside others.

    .venv/bin/python benchmarks/api.py
    .venv/bin/python benchmarks/api.py --against http://localhost:8000

Bakes the project, starts its production image with PostgreSQL and Redis, seeds
two databases, drives each route from another process (wrk), and writes the
table and the figure of docs/performance.md. In the same run, on the same data:
servers/peer.py, what many a template gives, and servers/limit.py, the limit.
With --against, measures a server that is running, and only prints.
Needs Docker, with the base images present, and wrk.
"""

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import date
from pathlib import Path

from cookiecutter.main import cookiecutter
from images import free_port

ROOT = Path(__file__).resolve().parent.parent
SERVERS = ROOT / "benchmarks/servers"
NAME = f"api_benchmark_{os.getpid()}"
CONNECTIONS = 8
FAR = 1_000  # pages of a hundred that a deep page is away from the first one
TOKEN = "b" * 40
# What finds somewhat less than a thousand books, in the smaller library and in the larger.
HUNDREDS = {"small": "the", "large": "zoe walker"}


def docker(*arguments):
    """Run docker with `arguments` and return its output."""
    command = ["docker", *map(str, arguments)]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}\n{process.stdout}{process.stderr}")
    return process.stdout.strip()


def ask(url, **headers):
    """Return the headers and the JSON that `url` answers with."""
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=60) as response:
        return response.headers, json.load(response)


def load(url, seconds, headers=(), **environment):
    """Drive `url` for `seconds`; return what wrk has measured, as a dictionary."""
    command = ["wrk", "--threads=1", f"--connections={CONNECTIONS}", f"--duration={seconds}s"]
    command += [f"--script={SERVERS / 'wrk.lua'}", "--timeout=10s"]
    command += [part for header in headers for part in ("--header", header)]
    output = subprocess.run(
        [*command, url],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    result = json.loads(re.search(r"RESULT (.*)", output)[1])
    result["rps"] = result["requests"] / result["seconds"]
    return result


def median_of(results):
    """Return the median of each figure in the dictionaries `results`."""
    return {key: statistics.median(result[key] for result in results) for key in results[0]}


def search(words):
    """Return the part of an address that searches for `words`."""
    return f"?search={urllib.parse.quote_plus(words)}"


def routes(url, hundreds=HUNDREDS["large"]):
    """Return the routes of the server at `url`: a name to an address and headers.

    `hundreds` is what finds somewhat less than a thousand books there.
    """
    books = f"{url}/api/v1/books/"
    headers, page = ask(books)
    book = page["results"][0]
    author = re.search(r"/(\d+)/$", book["authors"][0])[1]
    deep, following = books, f"{books}?page_size=100"
    for _ in range(FAR):
        if not following:
            break
        deep, following = following, ask(following)[1]["next"]
    deep = deep.replace("page_size=100", "page_size=20")
    return {
        "list": (books, ()),
        "deep page": (deep, ()),
        "search, hundreds found": (books + search(hundreds), ()),
        "search, the same words": (books + search(HUNDREDS["large"]), ()),
        "search, most found": (books + search("the"), ()),
        "filter": (f"{books}?authors={author}", ()),
        "detail": (book["url"], ()),
        "conditional GET": (books, (f"If-None-Match: {headers['ETag']}",)),
    }


class Stack:
    """PostgreSQL, Redis and the production image, in a network of their own."""

    def __init__(self, folder):
        project = Path(
            cookiecutter(
                str(ROOT),
                no_input=True,
                extra_context={"project_slug": "api_benchmark"},
                output_dir=folder,
                default_config=True,
            )
        )
        docker("build", "--quiet", "--target", "prod", "--tag", NAME, project)
        docker("network", "create", NAME)
        self.containers = []
        self.run("redis", "redis:8")
        settings = ("-c", "shared_preload_libraries=pg_stat_statements", "-c", "shared_buffers=1GB")
        self.run("db", "--shm-size=1g", "-e", "POSTGRES_PASSWORD=b", "postgres:18", *settings)
        while subprocess.run(
            ["docker", "exec", f"{NAME}_db", "pg_isready", "-q", "-h", "127.0.0.1"], check=False
        ).returncode:
            time.sleep(0.5)
        self.sql("postgres", "CREATE EXTENSION pg_stat_statements")

    def run(self, name, *arguments):
        """Start a container and return its name."""
        container = f"{NAME}_{name}"
        self.containers.append(container)
        docker("run", "--detach", f"--name={container}", f"--network={NAME}", *arguments)
        return container

    def sql(self, database, statement):
        """Run `statement` in `database` and return what it answers."""
        psql = ("psql", "-U", "postgres", "-d", database, "-tAc", statement)
        return docker("exec", f"{NAME}_db", *psql)

    def environment(self, database):
        """Return the options of docker that set the environment of a server."""
        values = {
            "ALLOWED_HOSTS": "127.0.0.1",
            "CACHE_URL": f"redis://{NAME}_redis:6379/0",
            "DATABASE_URL": f"postgres://postgres:b@{NAME}_db:5432/{database}",
            "SECRET_KEY": "a benchmark",
            # The limits are on, and counted, but so wide that none is met.
            "THROTTLE_ANONYMOUS": "100000000/day",
            "THROTTLE_USER": "100000000/day",
        }
        return [f"--env={name}={value}" for name, value in values.items()]

    def seed(self, database, books):
        """Make a database with `books`; return the books a second and the peak in MB."""
        self.sql("postgres", f"CREATE DATABASE {database}")
        once = ("run", "--rm", f"--network={NAME}", *self.environment(database), NAME)
        docker(*once, "python", "manage.py", "migrate", "-v0")
        docker(
            *(*once, "python", "manage.py", "shell", "-v0", "-c"),
            "from accounts.models import User; from rest_framework.authtoken.models import Token;"
            f"Token.objects.create(user=User.objects.create(username='b'), key='{TOKEN}')",
        )
        code = (
            "import resource, django; django.setup()\n"
            "from django.core.management import call_command\n"
            f"call_command('seed_library', books={books})\n"
            "print('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
        )
        settings = ("--env=DJANGO_SETTINGS_MODULE=django_project.settings",)
        start = time.perf_counter()
        output = docker(*once[:-1], *settings, NAME, "python", "-c", code)
        rate = books / (time.perf_counter() - start)
        return rate, int(re.search(r"peak (\d+)", output)[1])

    def serve(self, name, database, *command, **settings):
        """Start a server on `database`; return its container and its address.

        `settings` are more variables of its environment.
        """
        port = free_port()
        # Its own health check would be counted among the queries.
        options = ["--no-healthcheck", f"--publish=127.0.0.1:{port}:8000"]
        options += self.environment(database)
        options += [f"--env={name}={value}" for name, value in settings.items()]
        if command:
            # Away from the project's gunicorn.conf.py.
            options += [f"--volume={SERVERS}:/servers:ro", "--workdir=/servers"]
        container, url = self.run(name, *options, NAME, *command), f"http://127.0.0.1:{port}"
        for _ in range(100):
            try:
                ask(f"{url}/api/v1/books/")
                return container, url
            except OSError:
                time.sleep(0.2)
        raise SystemExit(f"{name} does not answer: see docker logs {container}")

    def count(self, database):
        """Return how many queries have been made in `database` so far."""
        count = (
            "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements JOIN pg_database"
            f" ON dbid = pg_database.oid WHERE datname = '{database}'"
            " AND query ~ '^(SELECT|INSERT|UPDATE|DELETE)' AND query !~ 'pg_catalog'"
        )
        return int(self.sql("postgres", count))

    def queries(self, database, url, headers):
        """Return how many queries one request of `url` makes."""
        before = self.count(database)
        request = urllib.request.Request(url, headers=dict(h.split(": ", 1) for h in headers))
        try:
            urllib.request.urlopen(request, timeout=60).close()
        except urllib.error.HTTPError as error:
            if error.code != 304:
                raise
        return self.count(database) - before

    def close(self):
        """Throw everything away."""
        for container in self.containers:
            subprocess.run(
                ["docker", "rm", "--force", "--volumes", container],
                capture_output=True,
                check=False,
            )
        docker("network", "rm", NAME)
        docker("image", "rm", "--force", NAME)


def memory_of(container):
    """Return the most memory that the processes of `container` have had, added up, in MB."""
    status = docker("exec", container, "sh", "-c", "cat /proc/[0-9]*/status")
    return sum(map(int, re.findall(r"VmHWM:\s+(\d+) kB", status))) // 1024


def row(name, result, *more):
    """Return a row of a table of Markdown."""
    figures = [f"{result['rps']:.0f}", *(f"{result[key]:.1f}" for key in ("p50", "p95", "p99"))]
    return "| " + " | ".join([name, *figures, *map(str, more)]) + " |"


def figure(bars):
    """Return an SVG with a bar for each label and number of `bars`."""
    most = max(number for _, number in bars)
    lines = []
    for place, (label, number) in enumerate(bars):
        y, width = 20 + place * 30, 420 * number / most
        lines += [
            f'<text x="210" y="{y + 15}" text-anchor="end">{label}</text>',
            f'<rect x="220" y="{y}" width="{width:.0f}" height="20" fill="#2f6f4f"/>',
            f'<text x="{228 + width:.0f}" y="{y + 15}">{number:.0f}</text>',
        ]
    height = 30 + 30 * len(bars)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 {height}" '
        'font-family="sans-serif" font-size="14">\n'
        f'<rect width="720" height="{height}" fill="#fff"/>\n' + "\n".join(lines) + "\n</svg>\n"
    )


def against(url, seconds):
    """Measure the server at `url`, and print."""
    print("| route | requests/s | p50 ms | p95 ms | p99 ms |\n|---|---|---|---|---|")
    for name, (address, headers) in routes(url.rstrip("/")).items():
        print(row(name, load(address, seconds, headers)), flush=True)


def measure(stack, seconds, rounds, books):
    """Measure everything; return the figures as a dictionary."""
    sizes = {"small": 1_000, "large": books}
    found = {"seed": {name: stack.seed(name, size) for name, size in sizes.items()}}
    # As it comes, and with each answer made anew.
    servers = {
        (name, kept): stack.serve(f"web_{name}_{kept}", name, **settings)
        for name in sizes
        for kept, settings in (("kept", {}), ("anew", {"KEPT_ANSWERS": 0}))
    }
    addresses = {server: routes(url, HUNDREDS[server[0]]) for server, (_, url) in servers.items()}
    found["routes"] = {}
    for route in addresses["small", "anew"]:
        results = {server: [] for server in servers}
        # In turn, so that what else the machine does meets all.
        for _ in range(rounds):
            for server in servers:
                address, headers = addresses[server][route]
                results[server].append(load(address, seconds, headers))
        for server in servers:
            found["routes"][route, *server] = median_of(results[server])
            queries = stack.queries(server[0], *addresses[server][route])
            found["routes"][route, *server]["queries"] = queries
        print(route, "measured", flush=True)
    signed_in = [f"Authorization: Token {TOKEN}"]
    for name in sizes:
        first = int(stack.sql(name, "SELECT min(id) FROM library_book"))
        # Few enough for the smaller library: each book can be borrowed once.
        before = stack.count(name)
        result = load(servers[name, "kept"][1], 1, signed_in, BORROW=str(first))
        result["queries"] = f"{(stack.count(name) - before) / result['requests']:.1f}"
        found["routes"]["borrow", name, "kept"] = result
    found["memory"] = memory_of(servers["large", "kept"][0])
    workers = os.cpu_count()
    gunicorn = ("gunicorn", "--bind=0.0.0.0:8000", "--no-control-socket")
    like_ours = (f"--workers={workers}", "--threads=4", "--reuse-port", "--access-logfile=-")
    beside = {
        "this template": servers["small", "kept"],
        "this template, no answer kept": servers["small", "anew"],
        "(a) a plain ModelViewSet": stack.serve("peer", "small", *gunicorn, "peer"),
        "(b) the limit": stack.serve("limit", "small", *gunicorn, *like_ours, "limit"),
    }
    results = {name: [] for name in beside}
    for _ in range(5):
        for name, (_, url) in beside.items():
            results[name].append(load(f"{url}/api/v1/books/", seconds))
    found["beside"] = {name: median_of(result) for name, result in results.items()}
    for name, (container, _) in beside.items():
        found["beside"][name]["memory"] = memory_of(container)
    found["versions"] = docker(
        "exec", servers["small", "kept"][0], "pip", "list", "--format=freeze"
    )
    return found


def report(found, books):
    """Return the tables of docs/performance.md as Markdown."""
    packages = ("django", "djangorestframework", "gunicorn", "psycopg", "redis")
    versions = [
        line.replace("==", " ")
        for line in found["versions"].splitlines()
        if line.split("==")[0].lower() in packages
    ]
    machine = f"{os.cpu_count()} processors, {platform.system()} {platform.machine()}"
    beside = found["beside"]
    ours, anew, peer, limit = (beside[name]["rps"] for name in beside)
    rate, peak = found["seed"]["large"]
    lines = [
        f"Measured on {date.today()} on {machine}, which the server, PostgreSQL 18, Redis 8 and "
        f"wrk share; {', '.join(versions)}; {CONNECTIONS} keep-alive connections.",
        "",
        "### A list of 20 books, beside others",
        "",
        "![Requests a second](images/performance.svg)",
        "",
        "| server | requests/s | p50 ms | p95 ms | p99 ms | peak memory MB |",
        "|---|---|---|---|---|---|",
        *(row(name, result, result["memory"]) for name, result in beside.items()),
        "",
        f"{ours / peer:.1f} times (a), and {ours / limit:.2f} of (b); "
        f"{anew / peer:.1f} times and {anew / limit:.2f} where no answer is kept.",
    ]
    for kept, title in (
        ("kept", f"A thousand books, and {books:,}"),
        ("anew", "The same, with each answer made anew: `KEPT_ANSWERS=0`"),
    ):
        lines += [
            *("", f"### {title}", ""),
            "| route | books | requests/s | p50 ms | p95 ms | p99 ms | queries | p95, ratio |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for (route, size, kept_here), result in found["routes"].items():
            if kept_here == kept:
                small = found["routes"][route, "small", kept]["p95"]
                ratio = "" if size == "small" else f"{result['p95'] / small:.2f}"
                amount = f"{books:,}" if size == "large" else "1,000"
                lines.append(row(f"{route} | {amount}", result, result["queries"], ratio))
    lines += [
        "",
        f"Peak memory of the web server with {books:,} books: {found['memory']} MB. "
        f"`seed_library --books {books}`: {rate:,.0f} books/s, {peak} MB at the most.",
    ]
    return "\n".join(lines)


def main():
    """Measure, print and, unless --against is given, write docs/performance.md."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--against", metavar="URL", help="measure a server that is running")
    parser.add_argument("--books", type=int, default=1_000_000, help="the larger size (1000000)")
    parser.add_argument("--seconds", type=int, default=3, help="how long each is driven (3)")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is taken (3)")
    arguments = parser.parse_args()
    if arguments.against:
        against(arguments.against, arguments.seconds)
        return
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(folder)
        try:
            found = measure(stack, arguments.seconds, arguments.rounds, arguments.books)
        finally:
            stack.close()
    text = report(found, arguments.books)
    print(text)
    page = ROOT / "docs/performance.md"
    begin, end = "<!-- measured -->\n", "<!-- /measured -->"
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2]
    page.write_text(f"{before}{begin}\n{text}\n\n{end}{after}", encoding="utf-8")
    bars = [(name, result["rps"]) for name, result in found["beside"].items()]
    (ROOT / "docs/images/performance.svg").write_text(figure(bars), encoding="utf-8")


if __name__ == "__main__":
    main()

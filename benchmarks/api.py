"""Measure the web API: against its neighbors, and with a million books against a thousand.

    .venv/bin/python benchmarks/api.py                                   # prints
    .venv/bin/python benchmarks/api.py --rounds 1 --books 1000 --seconds 1   # in a minute
    .venv/bin/python benchmarks/api.py --write                           # docs/performance.md
    .venv/bin/python benchmarks/api.py --against http://localhost:8000

Bakes the project, starts its production image with PostgreSQL and Redis, seeds the
databases, and sends requests to each route with wrk. The neighbors run in the same
network, on the same database: servers/peer.py (plain DRF), servers/fastapi and
servers/limit.py. All servers of a comparison are measured in turn, and each ratio is
the median of the ratios of the rounds. Needs Docker, with the base images present,
and wrk. Exits with 1 if a figure misses its bound.
"""

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
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
PAGE = ROOT / "docs/performance.md"
CHART = ROOT / "docs/images/performance.svg"
NAME = f"api_benchmark_{os.getpid()}"
CONNECTIONS = 8
SMALL = 1_000  # books
PAGES = 1_000  # how many pages of 100 books the deep page is away from the first page
TOKEN = "b" * 40
# The words that find somewhat less than a thousand books in each database.
HUNDREDS = {"small": "the", "large": "zoe walker"}

OURS, LIMIT, FASTAPI, DRF = "this template", "the limit", "FastAPI", "plain DRF"
# The smallest ratio of our requests per second to those of each neighbor.
AT_LEAST = {LIMIT: 0.28, FASTAPI: 1.7, DRF: 8}
# The largest ratio of the p95 with a million books to the p95 with a thousand.
AT_MOST = {
    "list": 1.5,
    "deep page": 1.5,
    "filter": 1.5,
    "detail": 1.5,
    "search, hundreds found": 3,
    "search, most found": None,
    "conditional GET": None,
}


def docker(*arguments):
    """Run docker with `arguments` and return its output."""
    command = ["docker", *map(str, arguments)]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}\n{process.stdout}{process.stderr}")
    return process.stdout.strip()


def get(url):
    """Return the headers and the JSON of the response to a GET request."""
    with urllib.request.urlopen(url, timeout=60) as response:
        return response.headers, json.load(response)


def load(url, seconds, headers=(), **environment):
    """Send requests to `url` for `seconds` and return the results of wrk, as a dictionary."""
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


def without_errors(url, result):
    """Return `result`. Raise SystemExit if a request failed: an error response is fast."""
    if result["errors"] or not result["requests"]:
        raise SystemExit(f"{url}: {result['errors']} of {result['requests']} requests failed")
    return result


def warm_up(url, requests=400, seconds=20):
    """Send about `requests` requests, for at most `seconds` seconds.

    Each thread opens its connection with its first request, and psycopg prepares a query
    when a connection repeats it.
    """
    deadline = time.monotonic() + seconds
    while requests > 0 and time.monotonic() < deadline:
        requests -= load(url, 2)["requests"]


def in_turn(targets, containers, seconds, rounds):
    """Measure each target once per round, in turn, so that other load on the machine meets all.

    `targets` maps a name to a URL and its headers; `containers` maps it to its container.
    Return a list of results for each name. Their `cpu` is the processor time per request,
    in ms, of the server, PostgreSQL and Redis, which depends little on other load.
    """
    results = {name: [] for name in targets}
    for _ in range(rounds):
        for name, (url, headers) in targets.items():
            involved = (containers[name], f"{NAME}_db", f"{NAME}_redis")
            before = sum(map(processor_seconds, involved))
            result = without_errors(url, load(url, seconds, headers))
            spent = sum(map(processor_seconds, involved)) - before
            results[name].append(result | {"cpu": 1000 * spent / result["requests"]})
    return results


def median_of(results):
    """Return the median of each figure in a list of results."""
    return {key: statistics.median(result[key] for result in results) for key in results[0]}


def ratio_of(results, others, key):
    """Return the median, over the rounds, of the ratio of a figure to that of another target."""
    pairs = zip(results, others, strict=True)
    return statistics.median(result[key] / other[key] for result, other in pairs)


def search(words):
    """Return the query string that searches for `words`."""
    return f"?search={urllib.parse.quote_plus(words)}"


def routes(url, hundreds=HUNDREDS["large"]):
    """Return the URL and the headers of each route of the server at `url`, by name.

    `hundreds` are the words that find somewhat less than a thousand books there.
    """
    books = f"{url}/api/v1/books/"
    headers, page = get(books)
    book = page["results"][0]
    author = re.search(r"/(\d+)/$", book["authors"][0])[1]
    deep, following = books, f"{books}?page_size=100"
    for _ in range(PAGES):
        if not following:
            break
        deep, following = following, get(following)[1]["next"]
    deep = deep.replace("page_size=100", "page_size=20")
    return {
        "list": (books, ()),
        "deep page": (deep, ()),
        "filter": (f"{books}?authors={author}", ()),
        "detail": (book["url"], ()),
        "search, hundreds found": (books + search(hundreds), ()),
        "search, most found": (books + search("the"), ()),
        "conditional GET": (books, (f"If-None-Match: {headers['ETag']}",)),
    }


class Stack:
    """PostgreSQL, Redis and the images of the servers, in a network of their own."""

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
        docker("build", "--quiet", "--tag", f"{NAME}_fastapi", SERVERS / "fastapi")
        docker("network", "create", NAME)
        self.containers = []

    def start(self):
        """Start Redis and PostgreSQL, and wait until PostgreSQL accepts connections."""
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
        """Run `statement` in `database` and return its result as text."""
        psql = ("psql", "-U", "postgres", "-d", database, "-tAc", statement)
        return docker("exec", f"{NAME}_db", *psql)

    def environment(self, database, **settings):
        """Return the options of docker that set the environment of a server."""
        values = {
            "ALLOWED_HOSTS": "127.0.0.1",
            "CACHE_URL": f"redis://{NAME}_redis:6379/0",
            "DATABASE_URL": f"postgres://postgres:b@{NAME}_db:5432/{database}",
            "SECRET_KEY": "a benchmark",
            # Throttling is on and counts each request, but no request reaches the limit.
            "THROTTLE_ANONYMOUS": "100000000/day",
            "THROTTLE_USER": "100000000/day",
        }
        return [f"--env={name}={value}" for name, value in (values | settings).items()]

    def seed(self, database, books):
        """Create a database with `books`; return the books per second and the peak in MB."""
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

    def serve(self, name, database, *command, image=NAME, **settings):
        """Start a server on `database` and return its container and its URL.

        `settings` are added to its environment. With a `command`, it serves a module of
        servers/ instead of the code in the image.
        """
        port = free_port()
        # The queries of a health check would be counted.
        options = ["--no-healthcheck", f"--publish=127.0.0.1:{port}:8000"]
        options += self.environment(database, **settings)
        if command:
            options += [f"--volume={SERVERS}:/servers:ro", "--workdir=/servers"]
        container, url = self.run(name, *options, image, *command), f"http://127.0.0.1:{port}"
        for _ in range(100):
            try:
                get(f"{url}/api/v1/books/")
                return container, url
            except OSError:
                time.sleep(0.2)
        raise SystemExit(f"{name} does not respond: see docker logs {container}")

    def neighbors(self, database):
        """Start the servers that ours is compared with; return a container and URL by name."""
        workers = os.cpu_count()
        gunicorn = ("gunicorn", "--bind=0.0.0.0:8000", "--no-control-socket")
        like_ours = (f"--workers={workers}", "--threads=4", "--reuse-port", "--access-logfile=-")
        database_url = f"postgresql+psycopg://postgres:b@{NAME}_db:5432/{database}"
        return {
            LIMIT: self.serve("limit", database, *gunicorn, *like_ours, "limit"),
            FASTAPI: self.serve(
                "fastapi", database, image=f"{NAME}_fastapi", DATABASE_URL=database_url
            ),
            DRF: self.serve("peer", database, *gunicorn, "peer"),
        }

    def count(self, database):
        """Return the number of queries in `database` so far."""
        count = (
            "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements JOIN pg_database"
            f" ON dbid = pg_database.oid WHERE datname = '{database}'"
            " AND query ~ '^(SELECT|INSERT|UPDATE|DELETE)' AND query !~ 'pg_catalog'"
        )
        return int(self.sql("postgres", count))

    def settled(self, database):
        """Return the count as soon as no query arrives: wrk leaves requests behind."""
        count = self.count(database)
        while True:
            time.sleep(1)
            before, count = count, self.count(database)
            if before == count:
                return count

    def queries(self, database, url, headers=()):
        """Return the number of queries of one GET request."""
        before = self.settled(database)
        request = urllib.request.Request(url, headers=dict(h.split(": ", 1) for h in headers))
        try:
            urllib.request.urlopen(request, timeout=60).close()
        except urllib.error.HTTPError as error:
            if error.code != 304:
                raise
        return self.count(database) - before

    def close(self):
        """Remove the containers, the network and the images."""
        for container in self.containers:
            subprocess.run(
                ["docker", "rm", "--force", "--volumes", container],
                capture_output=True,
                check=False,
            )
        docker("network", "rm", NAME)
        docker("image", "rm", "--force", NAME, f"{NAME}_fastapi")


def processor_seconds(container):
    """Return the processor time so far of all processes in `container`, also those that ended."""
    stat = docker("exec", container, "sh", "-c", "cat /proc/[0-9]*/stat || true")
    # utime, stime, cutime and cstime: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    times = [line.rpartition(")")[2].split()[11:15] for line in stat.splitlines()]
    return sum(int(time) for process in times for time in process) / os.sysconf("SC_CLK_TCK")


def memory_of(container):
    """Return the sum of the peak memory of all processes in `container`, in MB."""
    status = docker("exec", container, "sh", "-c", "cat /proc/[0-9]*/status")
    return sum(map(int, re.findall(r"VmHWM:\s+(\d+) kB", status))) // 1024


def compare(stack, ours, seconds, rounds):
    """Measure the first page of books on each server; return the figures by name."""
    servers = {OURS: ours, **stack.neighbors("small")}
    targets = {name: (f"{url}/api/v1/books/", ()) for name, (_, url) in servers.items()}
    containers = {name: container for name, (container, _) in servers.items()}
    for url, _ in targets.values():
        warm_up(url)
    results = in_turn(targets, containers, seconds, rounds)
    return {
        name: {
            **median_of(results[name]),
            "queries": stack.queries("small", targets[name][0]),
            "memory": memory_of(container),
            "ratio": ratio_of(results[OURS], results[name], "rps"),
            "cpu_ratio": ratio_of(results[name], results[OURS], "cpu"),
        }
        for name, (container, _) in servers.items()
    }


def compare_sizes(stack, servers, seconds, rounds):
    """Measure each route with each number of books; return the figures by route and size."""
    urls = {size: routes(url, HUNDREDS[size]) for size, (_, url) in servers.items()}
    containers = {size: container for size, (container, _) in servers.items()}
    for _, url in servers.values():
        warm_up(f"{url}/api/v1/books/")
    found = {}
    for route in AT_MOST:
        targets = {size: urls[size][route] for size in servers}
        results = in_turn(targets, containers, seconds, rounds)
        for size, target in targets.items():
            found[route, size] = {
                **median_of(results[size]),
                "queries": stack.queries(size, *target),
                "ratio": ratio_of(results[size], results["small"], "p95"),
            }
        print(route, "measured", file=sys.stderr, flush=True)
    return found


def borrow(stack, size, url):
    """Borrow one book after the other and return the figures."""
    first = int(stack.sql(size, "SELECT min(id) FROM library_book"))
    before = stack.settled(size)
    # Short, because each book of the small database can be borrowed only once.
    result = load(url, 1, [f"Authorization: Token {TOKEN}"], BORROW=str(first))
    # The requests that were under way at the end count as queries, but not as requests.
    return result | {"queries": f"{(stack.count(size) - before) / result['requests']:.1f}"}


def measure(stack, seconds, rounds, books):
    """Measure everything and return the figures as a dictionary."""
    stack.start()
    sizes = {"small": SMALL} | ({"large": books} if books != SMALL else {})
    found, servers = {"seed": {}}, {}
    for size, number in sizes.items():
        found["seed"][size] = stack.seed(size, number)
        servers[size] = stack.serve(f"web_{size}", size)
        print(size, "seeded:", *found["seed"][size], file=sys.stderr, flush=True)
        if size == "small":
            found["servers"] = compare(stack, servers[size], seconds, rounds)
            print(json.dumps(found["servers"], indent=1), file=sys.stderr, flush=True)
    found["routes"] = compare_sizes(stack, servers, seconds, rounds)
    for size, (_, url) in servers.items():
        found["routes"]["borrow", size] = borrow(stack, size, url)
    found["memory"] = {size: memory_of(container) for size, (container, _) in servers.items()}
    found["versions"] = {
        container: docker("exec", container, "pip", "list", "--format=freeze")
        for container in (servers["small"][0], f"{NAME}_fastapi")
    }
    return found


def verdict(ratio, *, at_least=None, at_most=None):
    """Return a ratio beside its bound, as cells of a table in Markdown."""
    bound = f"≥ {at_least}" if at_least else f"≤ {at_most}" if at_most else ""
    return f"{ratio:.2f} | {bound}"


def missed(found):
    """Return a line for each figure that misses its bound."""
    lines = []
    for name, bound in AT_LEAST.items():
        if (ratio := found["servers"][name]["ratio"]) < bound:
            lines.append(f"missed: {ratio:.3f} of the requests per second of {name}, not {bound}")
    for (route, size), result in found["routes"].items():
        if (bound := AT_MOST.get(route)) and result["ratio"] > bound:
            lines.append(f"missed: {route}: p95 {result['ratio']:.2f} times as long, not {bound}")
        if size == "large" and route in AT_MOST:
            small = found["routes"][route, "small"]
            if result["queries"] != small["queries"]:
                lines.append(f"missed: {route}: {small['queries']} and {result['queries']} queries")
    return lines


def row(name, result, *more):
    """Return a row of a table in Markdown."""
    figures = [f"{result['rps']:.0f}", *(f"{result[key]:.1f}" for key in ("p50", "p95", "p99"))]
    return "| " + " | ".join([name, *figures, *map(str, more)]) + " |"


def versions_of(found):
    """Return the versions of the packages that decide the figures, as text."""
    names = "django djangorestframework gunicorn psycopg redis fastapi sqlmodel uvicorn".split()
    lines = {line for text in found["versions"].values() for line in text.splitlines()}
    return ", ".join(
        line.replace("==", " ")
        for line in sorted(lines, key=str.lower)
        if line.split("==")[0].lower() in names
    )


def report(found, books):
    """Return the tables of docs/performance.md as Markdown."""
    servers = found["servers"]
    size = "large" if "large" in found["seed"] else "small"
    rate, peak = found["seed"][size]
    lines = [
        f"Measured on {date.today()} with {os.cpu_count()} processors "
        f"({platform.system()} {platform.machine()}), which the servers, PostgreSQL 18, Redis 8 "
        f"and wrk share; {versions_of(found)}; {CONNECTIONS} keep-alive connections.",
        "",
        "## A list of 20 books, against the neighbors",
        "",
        "![Requests per second](images/performance.svg)",
        "",
        "| server | requests/s | p50 ms | p95 ms | p99 ms | queries | CPU ms/request "
        "| peak memory MB | CPU of this / ours | ours / this | bound |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, result in servers.items():
        more = [result["queries"], f"{result['cpu']:.2f}", result["memory"]]
        if name == OURS:
            more += ["", " | "]
        else:
            ratio = verdict(result["ratio"], at_least=AT_LEAST[name])
            more += [f"{result['cpu_ratio']:.2f}", ratio]
        lines.append(row(name, result, *more))
    lines += [
        "",
        f"## {books:,} books against {SMALL:,}",
        "",
        "| route | books | requests/s | p50 ms | p95 ms | p99 ms | queries | p95 ratio | bound |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for (route, here), result in found["routes"].items():
        amount = f"{books:,}" if here == "large" else f"{SMALL:,}"
        ratio = " | "
        if here == "large" and "ratio" in result:
            ratio = verdict(result["ratio"], at_most=AT_MOST[route])
        lines.append(row(f"{route} | {amount}", result, result["queries"], ratio))
    lines += [
        "",
        f"Peak memory of the web server with {books:,} books: {found['memory'][size]} MB. "
        f"`seed_library --books {books}`: {rate:,.0f} books/s, peak memory {peak} MB.",
    ]
    return "\n".join(lines)


def chart(bars):
    """Return an SVG with a bar for each pair of a label and a number."""
    most = max(number for _, number in bars)
    lines = []
    for position, (label, number) in enumerate(bars):
        y, width = 20 + position * 30, 420 * number / most
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


def write(text, servers):
    """Replace the tables and the chart of docs/performance.md."""
    begin, end = "<!-- measured -->\n", "<!-- /measured -->"
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2]
    PAGE.write_text(f"{before}{begin}\n{text}\n\n{end}{after}", encoding="utf-8")
    bars = [(name, result["rps"]) for name, result in servers.items()]
    CHART.write_text(chart(bars), encoding="utf-8")


def against(url, seconds):
    """Measure the server at `url` and print the figures."""
    print("| route | requests/s | p50 ms | p95 ms | p99 ms |\n|---|---|---|---|---|")
    for name, (target, headers) in routes(url.rstrip("/")).items():
        print(row(name, without_errors(target, load(target, seconds, headers))), flush=True)


def main():
    """Measure and print. Exit with 1 if a figure misses its bound."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--against", metavar="URL", help="measure a server that is running")
    parser.add_argument("--books", type=int, default=1_000_000, help="the larger size (1000000)")
    parser.add_argument("--seconds", type=int, default=3, help="per measurement (3)")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is taken (3)")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
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
    if arguments.write:
        write(text, found["servers"])
    if lines := missed(found):
        sys.exit("\n".join(["", *lines]))


if __name__ == "__main__":
    main()

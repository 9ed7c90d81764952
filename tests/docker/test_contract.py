"""What the OpenAPI schema promises, held against the running project on PostgreSQL."""

import json
import os
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path

import pytest
import requests

from helpers import ROOT, Stack, at_once, run, slug

pytestmark = pytest.mark.usefixtures("docker")

BIN = Path(sys.executable).parent
# How many cases schemathesis makes for each operation and phase, at the most.
EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "20")
DJANGO = os.environ.get("FUZZ_DJANGO", "5.2")
EDITION = os.environ.get("FUZZ_EDITION", "complete")
TOKEN = "f" * 40


@pytest.fixture(scope="module")
def production(bake, tmp_path_factory):
    """Return a stack whose web server is the image of production, and who may do everything."""
    project = bake(project_slug=slug("contract"), django_version=DJANGO, edition=EDITION)
    # `docker compose` reads this file besides the other: only the web server is another one.
    (project / "compose.override.yaml").write_text(
        json.dumps(
            {
                "services": {
                    "web": {
                        "image": f"{project.name}-contract",
                        "build": {"target": "prod"},
                        "environment": {
                            "DEBUG": "false",
                            "SECRET_KEY": "for this test alone",
                            "ALLOWED_HOSTS": "localhost",
                            "THROTTLE_ANONYMOUS": "",
                            "THROTTLE_USER": "",
                            "THROTTLE_LOGIN": "",
                            "THROTTLE_LOGIN_ACCOUNT": "",
                        },
                    }
                }
            }
        )
    )
    stack = Stack(project, tmp_path_factory.mktemp("clone") / project.name)
    # The folder is not to be mounted over the code in the image.
    compose = stack.folder / "compose.yaml"
    web = WEB.format(project.name if EDITION == "blank" else "library")
    compose.write_text(compose.read_text().replace("  web:\n    <<: *code", web, 1))
    stack.compose("up", "--wait", "--wait-timeout", "120")
    yield stack
    stack.compose("down", "--volumes", "--rmi", "local")


WEB = """  web:
    build:
      context: .
    environment:
      DATABASE_URL: postgres://{0}:{0}@db:5432/{0}"""


@pytest.fixture
def token(production):
    """Return the token of a superuser, even if the test before has revoked it."""
    code = (
        "from accounts.models import User; from rest_framework.authtoken.models import Token\n"
        "user, _ = User.objects.get_or_create(username='fuzz', is_superuser=True)\n"
        f"Token.objects.get_or_create(user=user, defaults={{'key': '{TOKEN}'}})\n"
    )
    shell = ("exec", "-T", "web", "python", "manage.py", "shell", "-v0", "-c", code)
    production.compose(*shell)
    return TOKEN


@pytest.mark.timeout(60 * int(EXAMPLES))
@pytest.mark.parametrize("operations", [["--exclude"], ["--include"]], ids=["all", "revoke"])
def test_schemathesis_finds_nothing(production, token, operations):
    # Revoking the token signs out schemathesis itself: it comes last, alone.
    process = subprocess.run(
        [
            *(str(BIN / "schemathesis"), "--no-color"),
            *("--config-file", str(ROOT / "tests/schemathesis.toml"), "run"),
            *("openapi.yaml", "--url", production.url, "--checks", "all"),
            *("--header", f"Authorization: Token {token}", "--seed", "1"),
            *("--max-examples", EXAMPLES, f"{operations[0]}-operation-id", "token_destroy"),
        ],
        cwd=production.folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert process.returncode == 0, process.stdout
    print(re.search(r"\d+ generated.*", process.stdout)[0])


CLIENT = """
import sys
from library_client import AuthenticatedClient
from library_client.api.authors import authors_create
from library_client.api.books import (
    books_borrow_create, books_create, books_retrieve, books_return_create,
)
from library_client.models import AuthorRequest, BookRequest

client = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2], prefix="Token")
author = authors_create.sync(client=client, body=AuthorRequest(name="Robert C. Martin"))
request = BookRequest(title="Clean Code", authors=[author.url], isbn="978-0-13-235088-4")
book = books_create.sync(client=client, body=request)
assert books_retrieve.sync(str(book.id), client=client).isbn == "9780132350884"
loan = books_borrow_create.sync(str(book.id), client=client)
assert (loan.borrower, loan.returned_at) == ("fuzz", None)
refused = books_borrow_create.sync(str(book.id), client=client)
assert (refused.status, refused.title) == (409, "Conflict")
back = books_return_create.sync(str(book.id), client=client)
assert back.returned_at >= loan.borrowed_at
print("done")
"""


def test_a_generated_client_makes_reads_borrows_and_returns_a_book(production, token, tmp_path):
    client = tmp_path / "library_client"
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"package_name_override": "library_client"}))
    run(
        *(str(BIN / "openapi-python-client"), "generate", "--meta=none", f"--config={config}"),
        *(f"--path={production.folder / 'openapi.yaml'}", f"--output-path={client}"),
        cwd=tmp_path,
    )
    assert run(sys.executable, "-c", CLIENT, production.url, token, cwd=tmp_path) == "done\n"


@pytest.fixture
def editor(production, token):
    """Return the session of who may do everything."""
    with requests.Session() as session:
        session.headers["Authorization"] = f"Token {token}"
        yield session


def test_concurrent_changes_of_a_title_and_a_name_are_both_searchable(production, editor):
    author = editor.post(f"{production.url}/api/v1/authors/", json={"name": "Nobody"}).json()["url"]
    book = {"title": "Nothing", "authors": [author], "isbn": "978-1-86197-271-2"}
    address = editor.post(f"{production.url}/api/v1/books/", json=book).json()["url"]
    for number in range(10):
        name, title = f"name{number}", f"title{number}"
        changed = at_once(
            [
                partial(requests.patch, author, json={"name": name}, headers=editor.headers),
                partial(requests.patch, address, json={"title": title}, headers=editor.headers),
            ]
        )
        assert [response.status_code for response in changed] == [200, 200]
        found = production.get("/api/v1/books/", params={"search": f"{name} {title}"}).json()
        assert [book["url"] for book in found["results"]] == [address]


def test_one_of_several_concurrent_creations_of_the_same_book_succeeds(production, editor):
    authors, books = (f"{production.url}/api/v1/{name}/" for name in ("authors", "books"))
    author = editor.post(authors, json={"name": "Nobody"}).json()["url"]
    book = {"title": "Nothing", "authors": [author], "isbn": "978-0-553-38016-3"}
    make = partial(requests.post, books, json=book, headers=editor.headers)
    for _ in range(5):
        made = at_once([make] * 4)
        statuses = sorted(response.status_code for response in made)
        assert statuses[0] == 201
        assert set(statuses[1:]) <= {400, 409}
        for response in made:
            if response.ok:
                editor.delete(response.json()["url"])


def test_a_book_is_created_completely_or_not_at_all_while_its_author_is_deleted(production, editor):
    authors, books = (f"{production.url}/api/v1/{name}/" for name in ("authors", "books"))
    for _ in range(5):
        author = editor.post(authors, json={"name": "Nobody"}).json()["url"]
        book = {"title": "Halfway", "authors": [author], "isbn": "978-0-441-47812-5"}
        delete = partial(requests.delete, author, headers=editor.headers)
        made, gone = at_once(
            [partial(requests.post, books, json=book, headers=editor.headers), delete]
        )
        assert gone.status_code in (204, 409)
        assert made.status_code in (201, 400, 409)
        found = production.get("/api/v1/books/", params={"search": "halfway"}).json()["results"]
        assert len(found) == (made.status_code == 201)
        for book in found:
            editor.delete(book["url"])


def test_no_response_is_older_than_the_change_before_it(production, editor):
    books = f"{production.url}/api/v1/books/"
    author = editor.post(f"{production.url}/api/v1/authors/", json={"name": "Nobody"}).json()["url"]
    book = {"title": "Overtaken", "authors": [author], "isbn": "978-1-4028-9462-6"}
    address = editor.post(books, json=book).json()["url"]
    books += "?search=overtaken"
    done = threading.Event()

    def read():
        """Read all the while, so that each process has handled the book."""
        with requests.Session() as reader:
            while not done.is_set():
                assert reader.get(books, timeout=60).ok
                assert reader.get(address, timeout=60).ok

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        try:
            for number in range(50):
                assert editor.patch(address, json={"subtitle": f"{number}"}, timeout=60).ok
                # A new connection each time: it may come to another process.
                listed = requests.get(books, timeout=60).json()["results"]
                assert [book["subtitle"] for book in listed] == [f"{number}"]
                assert requests.get(address, timeout=60).json() == listed[0]
        finally:
            done.set()
            wait(readers)
            editor.delete(address, timeout=60)
        for reader in readers:
            reader.result()


@pytest.mark.parametrize(
    "content_type",
    [
        *(f"application/json; charset={name}" for name in ("nonsense", "zlib", "idna", "utf-16")),
        "application/json; charset*=nonsense''x",
        "application/json; x*=''y; x*1*=q",
    ],
)
def test_a_malformed_charset_is_no_server_error(production, editor, content_type):
    authors = f"{production.url}/api/v1/authors/"
    headers = {"Content-Type": content_type}
    search = {"params": {"search": "é"}, "headers": headers, "timeout": 60}
    assert requests.get(authors, **search).status_code == 200
    created = editor.post(authors, data=b'{"name": "Nobody"}', headers=headers, timeout=60)
    assert created.status_code == 415


@pytest.mark.parametrize("path", ["/api/nothing/", "/api/v1/books/0/"])
def test_an_error_is_a_problem_for_programs_and_a_page_for_browsers(production, path):
    for accept, content_type in (
        ("*/*", "application/problem+json"),
        ("application/json", "application/problem+json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
    ):
        response = requests.get(production.url + path, headers={"Accept": accept}, timeout=60)
        assert (response.status_code, response.headers["Content-Type"]) == (404, content_type)

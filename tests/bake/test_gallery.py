"""Builds the gallery and the website, as `make gallery` and `make site` do."""

import json
import re
import shutil
import sys
import threading
from contextlib import contextmanager
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from runpy import run_path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from helpers import CHOICES, QUESTIONS, ROOT, copy_template, run, watched

BIN = Path(sys.executable).parent
GALLERY = run_path(str(ROOT / "scripts/gallery.py"))
PROJECTS = GALLERY["PROJECTS"]


def files_of(folder):
    """Return the bytes of each file below `folder`, by relative path."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def make(*targets, cwd):
    """Run make with the virtual environment of the tests."""
    return run("make", "-o", ".venv/ready", f"BIN={BIN}", *targets, cwd=cwd)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Return a copy of the template with a gallery without screenshots."""
    folder = tmp_path_factory.mktemp("gallery") / "template"
    copy_template(folder)
    run(sys.executable, "scripts/gallery.py", "--without-images", cwd=folder)
    return folder


@pytest.fixture(scope="module")
def site(template):
    """Return the folder of the website."""
    if not shutil.which("npm"):
        pytest.skip("there is no npm on the PATH, which downloads Mermaid for the website")
    make("site", cwd=template)
    return template / "site"


def test_the_gallery_has_the_four_stacks_and_the_other_editions():
    projects = [dict(word.split("=") for word in words.split()) for words in PROJECTS.values()]
    for version, database in product(CHOICES["django_version"], CHOICES["database"]):
        stack = {"django_version": version, "database": database, "edition": "complete"}
        assert stack in projects
    assert {answers["edition"] for answers in projects} == set(CHOICES["edition"])


@pytest.mark.parametrize("name", PROJECTS)
def test_a_project_is_what_the_command_on_the_page_generates(template, bake, name):
    page = (template / "gallery/index.md").read_text()
    section = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    (command,) = re.findall(r"^```shell\ncookiecutter gh:\S+ --no-input([^`]+)```", section, re.M)
    words = command.replace("\\\n", "").split()
    project = bake(**dict(word.split("=") for word in words))
    expected = files_of(project)
    del expected[".env"]
    assert project.name == name
    assert files_of(template / "gallery" / name) == expected
    assert f"\n{len(expected)} files;" in section
    answers = json.loads(expected[".answers.json"])["cookiecutter"]
    for question in ("django_version", "database", "edition"):
        prompt = QUESTIONS["__prompts__"][question][answers[question]]
        assert f"| `{question}` | {prompt} |" in section


def test_another_run_keeps_a_repository_and_removes_old_files(tmp_path):
    folder, project = tmp_path / "folder", tmp_path / "project"
    for path in ("folder/.git/HEAD", "folder/old/file", "folder/file", "project/new/file"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    (project / ".env").write_text("SECRET_KEY=secret")
    GALLERY["replace"](folder, project)
    assert set(files_of(folder)) == {".git/HEAD", "new/file"}


class Page(HTMLParser):
    """The IDs of a page, its links, and the URLs of what a browser loads with it."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.loaded = {""}, [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name == "id":
                self.ids.add(value)
            elif (tag, name) == ("a", "href"):
                self.links.append(value)
            elif name in ("src", "srcset", "data", "poster") or (tag, name) == ("link", "href"):
                self.loaded.append(value)


@pytest.fixture(scope="module")
def pages(site):
    """Return each page of the website, by path."""
    return {path.resolve(): Page(path) for path in site.rglob("*.html")}


def test_the_website_has_each_page(site, pages):
    assert (site / "index.html").read_text() == (site / "README.html").read_text()
    expected = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert expected == {path.stem for path in pages if path.parent == site.resolve() / "docs"}
    assert all(site.resolve() / f"gallery/{name}/README.html" in pages for name in PROJECTS)


def test_every_link_of_the_website_has_a_target(pages):
    checked = 0
    for path, page in pages.items():
        for link in page.links:
            url = urlsplit(link)
            if url.scheme:
                continue
            target = (path.parent / url.path).resolve() if url.path else path
            assert target.is_file(), f"{path}: {link}"
            if target in pages:
                assert url.fragment in pages[target].ids, f"{path}: {link}"
            checked += 1
    assert checked > 1000


def test_no_page_names_a_file_of_another_host(site, pages):
    loaded = [url for page in pages.values() for url in page.loaded]
    assert len(loaded) > 100
    assert [url for url in loaded if urlsplit(url).netloc] == []
    outside = re.compile(r"""(url\(|@import|from|import\()\s*["']?(https?:)?//""")
    for path in [*site.rglob("*.css"), *pages]:
        assert not outside.search(path.read_text(encoding="utf-8")), path


def test_a_link_without_a_target_fails_the_build(template, site, tmp_path):
    copy = shutil.copytree(template, tmp_path / "template")
    with (copy / "docs/updating.md").open("a") as page:
        page.write("\n[page](no-such-page.md), [heading](options.md#no-such-heading)\n")
    with pytest.raises(AssertionError) as error:
        make("site", cwd=copy)
    assert "no-such-page.md" in str(error.value)
    assert "no-such-heading" in str(error.value)


@pytest.fixture
def opened(site, browser):
    """Return a context manager that opens a page of the website in a browser."""
    handler = partial(SimpleHTTPRequestHandler, directory=site)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"

    @contextmanager
    def opened(path):
        viewport = {"width": 1200, "height": 5000}
        with browser.new_context(viewport=viewport) as context, watched(context, url):
            page = context.new_page()
            page.goto(f"{url}/{path}", wait_until="networkidle")
            yield page

    yield opened
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("path", ["index.html", "gallery/index.html", "docs/architecture.html"])
def test_a_browser_reports_no_error_and_requests_no_other_host(opened, path):
    with opened(path) as page:
        assert page.get_by_role("heading", level=1).is_visible()


def test_a_request_to_another_host_is_reported(site, opened):
    (site / "outside.html").write_text('<img src="https://example.com/image.png">')
    with (
        pytest.raises(AssertionError, match=r"https://example\.com/image\.png"),
        opened("outside.html"),
    ):
        pass
    (site / "outside.html").unlink()


def test_a_browser_draws_each_diagram(opened):
    diagrams = (ROOT / "docs/architecture.md").read_text().count("```mermaid\n")
    assert diagrams
    with opened("docs/architecture.html") as page:
        expect(page.locator("svg[id^=mermaid-]")).to_have_count(diagrams, timeout=30_000)
        expect(page.get_by_text("Syntax error")).to_have_count(0)

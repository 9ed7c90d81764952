"""Finds what the Content Security Policy would block in a page, for the tests of every app."""

from html.parser import HTMLParser
from urllib.parse import urlsplit


class Page(HTMLParser):
    """Collects in `blocked` what the policy of the page `text` would block."""

    def __init__(self, text):
        super().__init__()
        self.blocked, self.script = [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.blocked += [f"{tag} {name}" for name in attributes if name.startswith("on")]
        loads = tag in {"script", "img", "iframe"} or attributes.get("rel") in {
            "stylesheet",
            "icon",
        }
        for name in ("src", "href"):
            if loads and urlsplit(attributes.get(name) or "").netloc:
                self.blocked.append(f"{tag} {attributes[name]}")
        if tag == "script" and "src" not in attributes:
            # A browser does not run a script of this type.
            self.script = attributes.get("type") != "application/json"

    def handle_data(self, data):
        if self.script and data.strip():
            self.blocked.append(f"script {data.strip()[:60]}")

    def handle_endtag(self, tag):
        if tag == "script":
            self.script = None

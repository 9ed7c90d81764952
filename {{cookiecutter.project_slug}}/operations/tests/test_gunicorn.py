from types import SimpleNamespace

import pytest


@pytest.fixture
def content_type(load, monkeypatch):
    """Return a function that tells which Content-Type gunicorn passes on."""
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    gunicorn = load("gunicorn.conf")

    def content_type(value):
        req = SimpleNamespace(headers=[("HOST", "*"), ("CONTENT-TYPE", value)])
        gunicorn.pre_request(None, req)
        assert req.headers[0] == ("HOST", "*")
        return dict(req.headers).get("CONTENT-TYPE")

    return content_type


@pytest.mark.parametrize(
    "value",
    [
        "",
        "application/json",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8" ; version=1',
        "multipart/form-data; boundary=--a_(b)",
        'multipart/form-data; boundary="a;b"',
    ],
)
def test_a_usual_content_type_reaches_django(content_type, value):
    assert content_type(value) == value


@pytest.mark.parametrize(
    "value",
    [
        *(f"application/json; charset={name}" for name in ("nonsense", "zlib", "idna", "utf-16")),
        'application/json;\tCHARSET = "zlib"',
        "application/json; charset=utf-8; charset=zlib",
        "application/json; charset*=nonsense''x",
        "application/json; x*=''y; x*1*=q",
        ";charset=undefined",
    ],
)
def test_a_content_type_that_django_cannot_decode_is_dropped(content_type, value):
    assert content_type(value) is None

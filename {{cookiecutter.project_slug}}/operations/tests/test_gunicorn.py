import json
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from gunicorn.config import Config

from operations.logs import request_id


@pytest.fixture
def gunicorn(load, monkeypatch):
    """Return the configuration of gunicorn as a module."""
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    return load("gunicorn.conf")


def test_a_request_is_one_line_of_json_in_the_log(gunicorn, capsys):
    environ = {
        "REMOTE_ADDR": "10.0.0.1",
        "REQUEST_METHOD": "GET",
        "RAW_URI": '/\u00e9"',
        "SERVER_PROTOCOL": "HTTP/1.1",
    }
    response = SimpleNamespace(status="200 OK", sent=12)
    logger = gunicorn.AccessLogger(Config())
    request_id.set("12345678")
    logger.access(response, None, environ, timedelta(seconds=1.5))
    line = capsys.readouterr().out
    assert line.count("\n") == 1
    found = json.loads(line)
    assert datetime.now() - datetime.fromisoformat(found.pop("time")) < timedelta(minutes=1)
    assert found == {
        "level": "INFO",
        "logger": "gunicorn.access",
        "message": '10.0.0.1 "GET /\u00e9" HTTP/1.1" 200 12 bytes 1500 ms',
        "request_id": "12345678",
    }


@pytest.fixture
def content_type(gunicorn):
    """Return a function that tells which Content-Type gunicorn passes on."""

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

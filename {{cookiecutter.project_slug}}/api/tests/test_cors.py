"""CORS: the pages of another site use the web API from a browser.

https://fetch.spec.whatwg.org/#http-cors-protocol
"""

import pytest

ORIGIN = "https://app.example.com"
URL = "/api/v1/"


@pytest.fixture
def allowed(settings):
    settings.CORS_ALLOWED_ORIGINS = [ORIGIN]


def get_cors_headers(response):
    return {name for name in response.headers if name.startswith("Access-Control-")}


def preflight(client, method, headers, origin=ORIGIN):
    """Ask, as a browser does, whether a page of `origin` may send such a request."""
    asked = {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": headers,
    }
    return client.options(URL, headers=asked)


def test_no_origin_is_allowed_by_default(client, db):
    for response in (
        client.get(URL, headers={"origin": ORIGIN}),
        preflight(client, "PATCH", "authorization"),
    ):
        assert get_cors_headers(response) == set()


def test_a_page_of_an_allowed_origin_reads_the_response(client, db, allowed):
    response = client.get(URL, headers={"origin": ORIGIN})
    assert response.status_code == 200
    assert response["Access-Control-Allow-Origin"] == ORIGIN
    assert "origin" in response["Vary"].lower()
    exposed = response["Access-Control-Expose-Headers"].split(", ")
    assert {"ETag", "Location", "Retry-After"} <= set(exposed)


def test_a_preflight_allows_a_conditional_write_with_a_token(client, allowed):
    names = "authorization, content-type, if-match"
    response = preflight(client, "PATCH", names)
    assert response.status_code == 200
    assert response["Access-Control-Allow-Origin"] == ORIGIN
    assert "PATCH" in response["Access-Control-Allow-Methods"]
    assert set(names.split(", ")) <= set(response["Access-Control-Allow-Headers"].split(", "))


def test_an_error_can_be_read_too(client, db, allowed):
    response = client.get("/api/v1/missing/", headers={"origin": ORIGIN})
    assert response.status_code == 404
    assert response["Access-Control-Allow-Origin"] == ORIGIN


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://app.example.com", f"{ORIGIN}.evil.example", "null"]
)
def test_another_origin_is_not_allowed(client, db, allowed, origin):
    for response in (
        client.get(URL, headers={"origin": origin}),
        preflight(client, "PATCH", "authorization", origin),
    ):
        assert get_cors_headers(response) == set()


def test_cookies_are_allowed_only_where_the_setting_says_so(client, db, allowed, settings):
    header = "Access-Control-Allow-Credentials"
    assert header not in client.get(URL, headers={"origin": ORIGIN})
    settings.CORS_ALLOW_CREDENTIALS = True
    assert client.get(URL, headers={"origin": ORIGIN})[header] == "true"


@pytest.mark.parametrize("path", ["/", "/admin/login/", "/livez"])
def test_pages_are_not_shared(client, db, allowed, path):
    assert get_cors_headers(client.get(path, headers={"origin": ORIGIN})) == set()

"""Every list of the web API: a constant number of queries, and no server error."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, get_resolver, resolve, reverse

from api.tests.tables import get_permission_tables

STRINGS = ["\x00", "a\x00b", "\ud800", "9" * 30, "-1", "NaN", "1e400", "[", "' OR 1=1", "𐀀", ""]
VALUES = ["\x00", "\ud800", 10**30, -1, 1.5, True, None, {}, [[]], ["http://["], ["/"], "http://["]


def get_basenames():
    """Return the base name of each resource, from the names of its routes."""
    names = {str(name) for name in get_resolver().reverse_dict}
    names |= {
        str(name)
        for pattern in get_resolver().url_patterns
        if hasattr(pattern, "reverse_dict")
        for name in pattern.reverse_dict
    }
    return sorted(name.removesuffix("-list") for name in names if name.endswith("-list"))


BASENAMES = get_basenames()


def get_view(basename):
    """Return the view of the list of a resource, without a request."""
    match = resolve(reverse(f"{basename}-list"))
    return match.func.cls(**match.func.initkwargs)


def fill(users, count):
    """Create `count` objects of each resource, or more."""
    for _ in range(count):
        for table in get_permission_tables():
            table.create_objects(users)


def get_first_url(client, basename):
    """Return the URL of the first object in a list."""
    first = client.get(reverse(f"{basename}-list")).json()["results"][0]
    return reverse(f"{basename}-detail", args=[first["id"]])


@pytest.mark.parametrize("basename", BASENAMES)
def test_a_list_makes_as_many_queries_for_ten_rows_as_for_one(api, users, basename):
    url, client = reverse(f"{basename}-list"), api("superuser")

    def count_queries():
        with CaptureQueriesContext(connection) as context:
            response = client.get(url, {"page_size": 100})
        assert response.status_code == 200, response.content
        return len(context), len(response.json()["results"])

    client.get(url)  # the permissions of a user are queried once
    fill(users, 1)
    few, rows = count_queries()
    fill(users, 10)
    many, more_rows = count_queries()
    assert more_rows >= rows + 10
    assert many == few


@pytest.mark.parametrize("basename", BASENAMES)
def test_strange_parameters_are_no_server_error(api, users, basename):
    url, client = reverse(f"{basename}-list"), api("superuser")
    fill(users, 1)
    # The names are in the error for an unknown one.
    error = client.get(url, {"unknown": ""}).json()["errors"]["unknown"][0]
    names = error.partition("Available: ")[2].rstrip(".").split(", ")
    assert "cursor" in names
    for name in names:
        for value in STRINGS:
            response = client.get(url, {name: value.encode("utf-8", "surrogatepass")})
            assert response.status_code in (200, 400, 404), (name, value)


@pytest.mark.parametrize("basename", BASENAMES)
def test_strange_values_are_no_server_error(api, users, basename):
    try:
        fill(users, 1)
        client = api("superuser")
        url = get_first_url(client, basename)
    except NoReverseMatch:
        return
    for name in get_view(basename).serializer_class().fields:
        for value in VALUES:
            # As ASCII, because a client can send a lone surrogate only as an escape.
            body = json.dumps({name: value})
            response = client.patch(url, body, content_type="application/json")
            assert response.status_code in (200, 400, 403, 405, 409), (name, value)


@pytest.mark.parametrize("basename", BASENAMES)
@pytest.mark.parametrize("pk", ["0", "x", str(2**63), str(10**30), "%00", "1_0", "%201", "٣"])
def test_an_unknown_primary_key_is_not_found(api, users, basename, pk):
    url = f"{reverse(f'{basename}-list')}{pk}/"
    assert api("superuser").get(url).status_code == 404


@pytest.mark.parametrize("version", ["%0a", "%0d%0aX: y", "%00"])
def test_a_malformed_version_of_the_schema_is_not_acceptable(client, db, version):
    assert client.get(f"/api/schema/?version={version}").status_code == 406

"""Permissions: each route of the web API has a row in the permission table of an app."""

import re

import pytest
from django.db import transaction
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import RoutePattern

from api.tests.tables import get_permission_tables

TABLES = get_permission_tables()


def get_routes(patterns, prefix="/"):
    """Return the pairs (method, pattern) of all routes below /api/ in the URL configuration."""
    routes = set()
    for pattern in patterns:
        url = prefix + str(pattern.pattern).lstrip("^").rstrip("$")
        if not isinstance(pattern, URLPattern):
            routes |= get_routes(pattern.url_patterns, url)
        elif url.startswith("/api/"):
            view = pattern.callback
            view_class = getattr(view, "cls", None) or view.view_class
            # The methods of a view set are those of the route, of other views those of the class.
            methods = getattr(view, "actions", None) or [
                name for name in view_class.http_method_names if hasattr(view_class, name)
            ]
            routes |= {(name, url) for name in methods if name not in ("head", "options")}
    return routes


def normalize(url):
    """Return `url` with <pk> for each placeholder of a table, a router or ``path()``."""
    return re.sub(r"\(\?P<\w+>[^)]*\)|<[^>]+>|\{\w+\}", "<pk>", url)


def get_missing_rows(patterns):
    """Return the routes for which no table has a row."""
    rows = {(method, normalize(url)) for table in TABLES for method, url, *_ in table.ROWS}
    return {
        (method, url)
        for method, url in get_routes(patterns)
        if (method, normalize(url)) not in rows
    }


def test_every_route_has_a_row():
    assert get_missing_rows(get_resolver().url_patterns) == set()


def test_a_new_route_without_a_row_is_found():
    patterns = get_resolver().url_patterns
    view = next(p for p in patterns if str(p.pattern) == "api/schema/").callback
    new = URLPattern(RoutePattern("api/v1/secret/"), view)
    assert get_missing_rows([*patterns, new]) == {("get", "/api/v1/secret/")}


@pytest.mark.parametrize(
    ("table", "method", "url", "statuses"),
    [
        pytest.param(table, method, url, statuses, id=f"{method}-{url}")
        for table in TABLES
        for method, url, *statuses in table.ROWS
    ],
)
def test_status_codes(api, users, table, method, url, statuses):
    keys, body = table.create_objects(users)
    body = body if method in ("post", "put", "patch") else None
    found = {}
    for role in table.ROLES:
        # Each role finds the same objects.
        with transaction.atomic():
            found[role] = getattr(api(role), method)(url.format(**keys), body).status_code
            transaction.set_rollback(True)
    assert found == dict(zip(table.ROLES, statuses, strict=True))

"""The permission table of the routes that belong to no resource."""

ROLES = ["anonymous", "user", "superuser"]

# fmt: off
ROWS = [
    # method   URL                 anonymous user superuser
    ("get",    "/api/v1/",               200, 200, 200),
    ("post",   "/api/v1/token/",         400, 400, 400),
    ("delete", "/api/v1/token/",         401, 204, 204),
    ("get",    "/api/schema/",           200, 200, 200),
    ("get",    "/api/docs/",             200, 200, 200),
    ("get",    "/api/redoc/",            200, 200, 200),
]
# fmt: on


def create_users():
    """Return the users of the roles that only this table has, as a dictionary of roles."""
    return {}


def create_objects(users):
    """Create what the URLs name; return a dictionary of names to primary keys, and a body."""
    return {}, {}

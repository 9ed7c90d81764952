"""Finds the permission tables of all apps."""

from importlib import import_module
from pathlib import Path

from django.apps import apps


def get_permission_tables():
    """Return the module ``tests.permissions`` of each app that has one.

    Such a module says, for each route and role, which status code is expected:
    ROLES, ROWS, create_users() for its own roles, and create_objects(users).
    """
    return [
        import_module(f"{config.name}.tests.permissions")
        for config in apps.get_app_configs()
        if Path(config.path, "tests/permissions.py").exists()
    ]

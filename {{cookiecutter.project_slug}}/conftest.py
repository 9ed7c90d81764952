"""Fixtures for the tests of every app: users, and clients of the web API."""

import pytest
from django.apps import apps
from django.core.cache import cache
from model_bakery import baker
from rest_framework.test import APIClient


@pytest.fixture(autouse=True)
def empty_cache():
    """Reset the throttles between tests."""
    cache.clear()


@pytest.fixture
def users(db):
    """Return a user for each role: None for "anonymous", others by user name.

    A test package adds roles with a function `add_roles(users)` in its `permissions` module.
    """
    users = {
        "anonymous": None,
        "reader": baker.make("accounts.User", username="reader"),
        "superuser": baker.make("accounts.User", username="superuser", is_superuser=True),
    }
    return users


@pytest.fixture
def api(users):
    """Return a function that returns an API client for a role."""

    def client(role="anonymous"):
        client = APIClient()
        if users[role]:
            client.force_authenticate(users[role])
        return client

    return client

"""Fixtures for the tests of every app: users, and clients of the web API."""

import pytest
from django.core.cache import caches
from model_bakery import baker
from rest_framework.test import APIClient

from api.tests.tables import get_permission_tables


@pytest.fixture(autouse=True)
def empty_cache():
    """Reset the throttles between tests."""
    for cache in caches.all():
        cache.clear()


@pytest.fixture(autouse=True)
def fast_passwords(settings):
    """Hash passwords quickly: https://docs.djangoproject.com/en/stable/topics/testing/overview/"""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def users(db):
    """Return a user for each role of each permission table; None is the anonymous one."""
    users = {
        "anonymous": None,
        "user": baker.make("accounts.User", username="user"),
        "superuser": baker.make("accounts.User", username="superuser", is_superuser=True),
    }
    for table in get_permission_tables():
        users |= table.create_users()
    return users


@pytest.fixture
def api(users):
    """Return a function that returns an API client for a role of `users`."""

    def client(role="anonymous"):
        client = APIClient()
        if users[role]:
            client.force_authenticate(users[role])
        return client

    return client

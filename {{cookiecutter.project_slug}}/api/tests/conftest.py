import pytest
from django.db import connection
from django.urls import clear_url_caches, set_urlconf

from api.tests.models import MODELS


@pytest.fixture(scope="session")
def tables(django_db_setup, django_db_blocker):
    """Create the tables of the models of these tests, and drop them at the end."""
    with django_db_blocker.unblock():
        with connection.schema_editor() as editor:
            for model in MODELS:
                editor.create_model(model)
        yield
        with connection.schema_editor() as editor:
            for model in reversed(MODELS):
                editor.delete_model(model)


@pytest.fixture
def workshops(tables, settings, db):
    """Serve the web API of api/tests/urls.py."""
    settings.ROOT_URLCONF = "api.tests.urls"
    clear_url_caches()
    set_urlconf(None)
    yield
    clear_url_caches()

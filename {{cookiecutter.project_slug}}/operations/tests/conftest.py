import importlib.util

import pytest
from django.conf import settings


@pytest.fixture
def load():
    """Return a function that imports a script from deploy/, which is not a package."""

    def load(name):
        path = settings.BASE_DIR / "deploy" / f"{name}.py"
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load

"""The tests of this layer are about the baking itself."""

import pytest


@pytest.fixture(scope="session")
def bake(bake_anew):
    """Return a function that bakes the template and returns the path of the project."""
    return bake_anew

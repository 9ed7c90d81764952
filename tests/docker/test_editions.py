"""Boots the editions other than `complete`, each with another database and Django version."""

import re
import shutil

import pytest

from helpers import BOOTED, STACKS, Stack, name_of, slug

pytestmark = pytest.mark.usefixtures("docker")
OTHERS = [answers for answers in BOOTED if answers not in STACKS]


@pytest.fixture(scope="module", params=OTHERS, ids=name_of)
def stack(request, bake, tmp_path_factory):
    """Return a running stack."""
    answers = request.param | {"project_slug": slug(f"edition_{request.param_index}")}
    project = bake(**answers)
    if answers["edition"] == "assignment":
        # Students finish the Dockerfile and the volumes: steps 2 and 3.
        solution = bake(**answers | {"edition": "complete"})
        for name in ("Dockerfile", "compose.yaml"):
            shutil.copy(solution / name, project)
    stack = Stack(project, tmp_path_factory.mktemp("clone") / project.name)
    try:
        stack.compose("up", "--wait", "--wait-timeout", "120")
        yield stack
    finally:
        stack.compose("down", "--volumes", "--rmi", "local")


def test_the_site_and_the_api_respond(stack):
    for path in ("/", "/api/v1/", "/api/docs/", "/admin/login/", "/livez", "/readyz"):
        assert stack.get(path).status_code == 200, path
    assert stack.get("/api/v1/").headers["Content-Type"] == "application/json"


# Coverage is not complete before the assignment is.
def test_the_projects_own_tests_pass_inside(stack):
    assert re.search(r"\d{2,} passed", stack.compose("run", "--rm", "web", "pytest", "--no-cov"))

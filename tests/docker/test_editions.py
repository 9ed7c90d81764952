"""Boots the editions other than `complete`, each with another database and Django version.

The project's own tests run once for each combination that is booted: those of the first are
a command of its README, in test_docker.py.
"""

import os
import re
import shutil
from collections import Counter
from functools import partial

import pytest
import requests
import yaml

from helpers import BOOTED, Stack, at_once, follow, name_of, run, slug

pytestmark = pytest.mark.usefixtures("docker")
# By name, so that pytest runs the tests of a stack one after the other.
COMBINATIONS = {name_of(answers): answers for answers in BOOTED[1:]}
ASSIGNMENTS = [name for name in COMBINATIONS if name.endswith("assignment")]
# Their tests are the last command of a page.
FIRST_RESOURCE = [name for name in COMBINATIONS if name.endswith("postgresql-blank")]
# Their tests are a command of the CI file.
CI = [name for name in COMBINATIONS if name not in (*ASSIGNMENTS, *FIRST_RESOURCE)]


@pytest.fixture(scope="module", params=[*ASSIGNMENTS, *FIRST_RESOURCE])
def stack(request, bake, tmp_path_factory):
    """Return a running stack."""
    answers = COMBINATIONS[request.param] | {"project_slug": slug("edition")}
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


def check_site(stack):
    """Assert that the site and the API respond."""
    for path in ("/", "/api/v1/", "/api/docs/", "/admin/login/", "/livez", "/readyz"):
        assert stack.get(path).status_code == 200, path
    assert stack.get("/api/v1/").headers["Content-Type"] == "application/json"


def test_the_site_and_the_api_respond(stack):
    check_site(stack)


# Coverage is not complete before the assignment is.
@pytest.mark.parametrize("stack", ASSIGNMENTS, indirect=True)
def test_the_projects_own_tests_pass_inside(stack):
    assert re.search(r"\d{3} passed", stack.compose("run", "--rm", "web", "pytest", "--no-cov"))


@pytest.mark.parametrize(("ci", "name"), [*zip(("github", "gitlab"), CI, strict=True)])
def test_the_commands_of_the_ci_file_pass(bake, tmp_path, ci, name):
    project = bake(ci=ci, project_slug=slug(ci), **COMBINATIONS[name])
    stack = Stack(project, tmp_path / slug(ci))
    if ci == "github":
        workflow = yaml.safe_load((stack.folder / ".github/workflows/ci.yml").read_text())
        steps = workflow["jobs"]["test"]["steps"]
        commands = [step["run"] for step in steps if "run" in step]
    else:
        commands = yaml.safe_load((stack.folder / ".gitlab-ci.yml").read_text())["test"]["script"]
    assert len(commands) == 6
    env = {**os.environ, "WEB_PORT": str(stack.port)}
    try:
        for command in commands:
            output = run("sh", "-c", command, cwd=stack.folder, env=env)
            if "pytest" in command:
                assert re.search(r"\d{2,} passed", output), output
        check_site(stack)
    finally:
        stack.compose("down", "--volumes", "--rmi", "local")


@pytest.mark.parametrize("stack", FIRST_RESOURCE, indirect=True)
def test_the_page_about_the_first_resource_can_be_followed(stack):
    page = (stack.folder / "docs/first-resource.md").read_text()
    # New files belong to the user of this process, as they do for a user of the project.
    user = {"UID": str(os.getuid()), "GID": str(os.getgid())}
    environment = {**os.environ, **user, "WEB_PORT": str(stack.port)}

    output = []

    def run_command(command):
        output.append(run("sh", "-ec", command, cwd=stack.folder, env=environment))

    follow(stack.folder, page, run_command)
    assert re.search(r"\d{2,} passed", output[-1]), output[-1]
    stack.until("/workshops/", lambda response: response.ok)
    code = (
        "from accounts.models import User; from rest_framework.authtoken.models import Token\n"
        "for number in range(10):\n"
        "    user = User.objects.create(username=f'user {number}')\n"
        "    print('token', Token.objects.create(user=user).key)\n"
    )
    shell = ("exec", "-T", "web", "python", "manage.py", "shell", "-v0", "-c", code)
    keys = re.findall(r"token (\w+)", stack.compose(*shell))
    key = keys[0]
    client = requests.Session()
    client.headers["Authorization"] = f"Token {key}"
    url = f"{stack.url}/api/v1/workshops/"
    assert stack.get("/api/v1/workshops/", params={"unknown": 1}).status_code == 400
    assert requests.post(url, json={"name": "Pottery"}, timeout=60).status_code == 401
    created = client.post(url, json={"name": "Pottery"}, timeout=60)
    assert (created.status_code, created.headers["Location"]) == (201, created.json()["url"])
    conflict = client.post(url, json={"name": "Pottery"}, timeout=60)
    assert conflict.status_code == 409
    assert conflict.json()["detail"] == "You already organize a workshop with this name."
    workshop = created.json()["url"]
    etag = client.get(workshop, timeout=60).headers["ETag"]
    current, changed = {"If-None-Match": etag}, {"If-Match": '"another"'}
    assert client.get(workshop, headers=current, timeout=60).status_code == 304
    change = {"json": {"name": "Weaving"}, "headers": changed, "timeout": 60}
    assert client.patch(workshop, **change).status_code == 412
    assert client.post(f"{workshop}copy/", timeout=60).status_code == 201
    page = client.get(url, params={"page_size": 1, "ordering": "-name"}, timeout=60).json()
    assert page["results"][0]["name"] == "Pottery"
    following = client.get(page["next"], timeout=60).json()
    assert [found["name"] for found in following["results"]] == ["Copy of Pottery"]
    assert [found["name"] for found in client.get(url, params={"search": "copy"}).json()["results"]]
    limited = client.post(url, json={"name": "Kiln", "seats": 3}, timeout=60).json()["url"]

    def reserve(key):
        headers = {"Authorization": f"Token {key}"}
        return requests.post(f"{limited}reserve/", headers=headers, timeout=60)

    statuses = [response.status_code for response in at_once([partial(reserve, k) for k in keys])]
    assert Counter(statuses) == {201: 3, 409: 7}

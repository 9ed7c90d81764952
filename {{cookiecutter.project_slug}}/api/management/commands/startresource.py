import ast
import builtins
import keyword
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from string import Template

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import Resolver404, resolve

BLUEPRINT = Path(__file__).resolve().parent.parent / "blueprint"
LONGEST = 30


class Command(BaseCommand):
    """``startresource APP MODEL [--dry-run]``: write an app with a resource, and install it.

    The app has a model with one field, its migration, an admin, pages, a resource of
    the web API, and tests. Also adds the app to the settings and to the URLs, and
    regenerates openapi.yaml. Raises CommandError, with nothing written, for a name
    that cannot be used and for a file that cannot be written.
    """

    help = "Writes an app with a model, pages, a resource of the web API, and tests."

    def add_arguments(self, parser):
        parser.add_argument("app", nargs="?", help="the app, and its URL, such as workshops")
        parser.add_argument("model", nargs="?", help="the model, such as Workshop")
        parser.add_argument("--dry-run", action="store_true", help="only list what would change")

    def handle(self, *, app, model, dry_run, **options):
        check_names(app, model)
        self.root = Path(settings.BASE_DIR)
        new = render(app, model)
        settings_py, urls_py = "django_project/settings.py", "django_project/urls.py"
        registration = (r"router = .*", f'router.register("{app}", {model}ViewSet)')
        pages = (r"urlpatterns = \[", f'    path("{app}/", include("{app}.urls")),')
        view_set = f"from {app}.api.views import {model}ViewSet"
        changed = {
            settings_py: self.add_lines(settings_py, [(r' *"accounts",', f'    "{app}",')]),
            urls_py: self.add_lines(urls_py, [registration, pages], view_set),
        }
        if dry_run:
            self.stdout.write("This would write:")
        else:
            self.warn_about_uncommitted_changes()
            self.write(app, new, changed)
            self.stdout.write("Written:")
        for path in [*new, *changed, "openapi.yaml"]:
            self.stdout.write(f"  {path}")
        if not dry_run:
            self.stdout.write(
                "Next: create the table with `python manage.py migrate`. Then see "
                f"/{app}/, /api/v1/{app}/ and the admin."
            )

    def add_lines(self, name, additions, new_import=""):
        """Return the text of a file with each line added after the one that matches its mark.

        Raises CommandError if a mark is not there exactly once.
        """
        lines = (self.root / name).read_text(encoding="utf-8").splitlines()
        for mark, line in additions:
            found = [index for index, text in enumerate(lines) if re.fullmatch(mark, text)]
            if len(found) != 1:
                added = "\n".join([new_import, *(line for _, line in additions)]).strip("\n")
                raise CommandError(
                    f"{name} must have exactly one line that matches {mark!r}, and has "
                    f"{len(found)}. Nothing was written. The command adds these lines:\n{added}"
                )
            lines.insert(found[0] + 1, line)
        if new_import:
            imports = (ast.Import, ast.ImportFrom)
            *_, last = (n for n in ast.parse("\n".join(lines)).body if isinstance(n, imports))
            lines.insert(last.end_lineno, new_import)
        return "\n".join(lines) + "\n"

    def warn_about_uncommitted_changes(self):
        """Tell the user if git could not tell these changes from others."""
        if not shutil.which("git"):
            return
        status = ["git", "status", "--porcelain"]
        process = subprocess.run(status, cwd=self.root, capture_output=True, check=False)
        if process.stdout:
            self.stderr.write("There were uncommitted changes in this folder already.")

    def write(self, app, new, changed):
        """Write all files and openapi.yaml, or nothing. Raises CommandError."""
        before = {name: (self.root / name).read_bytes() for name in changed}
        try:
            for name, text in (new | changed).items():
                path = self.root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8", newline="\n")
            ruff = [sys.executable, "-m", "ruff", "--quiet"]
            for command in (
                # Where the imports belong depends on the name of the app.
                [*ruff, "check", "--select", "I", "--fix", app, "django_project/urls.py"],
                [*ruff, "format", app],
                [sys.executable, "manage.py", "spectacular", "--file", "openapi.yaml"],
            ):
                subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            for name, content in before.items():
                if (self.root / name).read_bytes() != content:
                    (self.root / name).write_bytes(content)
            shutil.rmtree(self.root / app, ignore_errors=True)
            if isinstance(error, OSError):
                reason = f"{error.filename}: {error.strerror}."
            else:
                reason = error.stderr.strip().splitlines()[-1]
            raise CommandError(f"Nothing was written. {reason}") from error


def check_names(app: str, model: str) -> None:
    """Raise CommandError unless an app and a model of these names can be added."""
    if not (app and model):
        raise CommandError("Name an app and a model: startresource workshops Workshop")
    installed = {config.label.lower() for config in apps.get_app_configs()}
    models = {other.__name__.lower(): other._meta.label for other in apps.get_models()}
    words = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins)}
    # A page of one object has a variable with the name of its model.
    variables = {"messages", "perms", "request", "view"}
    problems = {
        f"{app!r} is not a name for an app: use lowercase letters, digits and underscores.": (
            not re.fullmatch(r"[a-z](_?[a-z0-9])*", app)
        ),
        f"{model!r} is not a name for a model: use letters and digits, and begin with a capital.": (
            not re.fullmatch(r"[A-Z][A-Za-z0-9]*", model)
        ),
        f"A name has at most {LONGEST} characters.": max(len(app), len(model)) > LONGEST,
        f"{app!r} is a Python keyword or built-in.": app in words,
        f"{model!r} is a Python keyword or built-in.": model in words,
        f"{model.lower()!r} is a variable in every template.": model.lower() in variables,
        f"There is an app {app!r} already.": (
            app.lower() in installed or (Path(settings.BASE_DIR) / app).exists()
        ),
        f"There is a model {models.get(model.lower())} already.": model.lower() in models,
    }
    for problem, applies in problems.items():
        if applies:
            raise CommandError(f"{problem} Nothing was written.")
    if find_spec(app):
        raise CommandError(f"{app!r} is an installed module. Nothing was written.")
    for url in (f"/{app}/", f"/api/v1/{app}/"):
        try:
            resolve(url)
        except Resolver404:
            continue
        raise CommandError(f"The URL {url} is taken. Nothing was written.")


def render(app: str, model: str) -> dict[str, str]:
    """Return the text of each file of the new app, by its path in the project."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", model)
    names = {
        "app": app,
        "camel_case_app": "".join(word.title() for word in app.split("_")),
        "index": f"{model.lower()[:22]}_by_name",
        "model": model,
        "name": words.lower(),
        "object": model.lower(),
        "title": app.replace("_", " ").capitalize(),
    }
    rendered = {}
    for path in sorted(BLUEPRINT.rglob("*-tpl")):
        name = path.relative_to(BLUEPRINT).as_posix().removesuffix("-tpl")
        name = name.replace("/app/", f"/{app}/").replace("/object_", f"/{model.lower()}_")
        text = Template(path.read_text(encoding="utf-8"))
        rendered[f"{app}/{name}"] = text.substitute(names)
    return rendered

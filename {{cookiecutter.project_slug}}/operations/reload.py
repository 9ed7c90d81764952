"""The reloader of the development server: https://docs.djangoproject.com/en/stable/ref/django-admin/#runserver"""

from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.utils import autoreload


class StatReloader(autoreload.StatReloader):
    """Notices what is saved while the server starts, too.

    Django's own notes when each file was changed only after it has read them. A mistake
    that is mended in between would stay: the site would be away until the next edit.
    """

    def __init__(self):
        super().__init__()
        folders = [Path(app.path) for app in apps.get_app_configs()]
        folders = [folder for folder in folders if folder.parent == settings.BASE_DIR]
        for folder in [settings.BASE_DIR / "django_project", *folders]:
            self.watch_dir(folder, "**/*.py")
        self.at_the_start = list(super().snapshot_files())

    def snapshot_files(self):
        """Return pairs of a path and when it was changed, the first time as it was at the start."""
        snapshot, self.at_the_start = self.at_the_start or super().snapshot_files(), None
        return snapshot


def watch_from_now():
    """Let `runserver` compare the files with how they are now."""
    reloader = StatReloader()
    autoreload.get_reloader = lambda: reloader

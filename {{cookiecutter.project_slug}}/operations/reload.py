"""The reloader of the development server: https://docs.djangoproject.com/en/stable/ref/django-admin/#runserver"""

from django.conf import settings
from django.utils import autoreload


class StatReloader(autoreload.StatReloader):
    """Notices what is saved while the server starts, too.

    Django's own notes when each file was changed only after it has read them. A mistake
    that is mended in between would stay: the site would be away until the next edit.
    """

    def __init__(self):
        super().__init__()
        for package in settings.BASE_DIR.glob("*/__init__.py"):
            self.watch_dir(package.parent, "**/*.py")
        self.at_the_start = list(super().snapshot_files())

    def snapshot_files(self):
        """Return pairs of a path and when it was changed, the first time as it was at the start."""
        snapshot, self.at_the_start = self.at_the_start or super().snapshot_files(), None
        return snapshot


def watch_from_now():
    """Let `runserver` compare the files with how they are now."""
    reloader = StatReloader()
    autoreload.get_reloader = lambda: reloader

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate


class LibraryConfig(AppConfig):
    """The library: its books, their authors, and who has borrowed what."""

    name = "library"

    def ready(self):
        """Connect what has to happen after a change and after ``migrate``; add a check."""
        from library import signals
        from library.api import throttling

        post_migrate.connect(signals.make_librarians, sender=self)
        # Not in throttling.py itself: `manage.py check` imports the views, and it with
        # them, only when it has chosen already which checks to run.
        register(throttling.check_that_the_cache_is_shared, Tags.security, deploy=True)

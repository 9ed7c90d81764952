from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LibraryConfig(AppConfig):
    """The library: its books, their authors, and who has borrowed what."""

    name = "library"

    def ready(self):
        """Connect what has to happen after a change, and after ``migrate``."""
        from library import signals

        post_migrate.connect(signals.make_librarians, sender=self)

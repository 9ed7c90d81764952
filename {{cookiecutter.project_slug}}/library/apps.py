from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LibraryConfig(AppConfig):
    """An example: books, their authors, and loans."""

    name = "library"

    def ready(self):
        """Connect the receivers of ``library.signals``."""
        from library import signals

        post_migrate.connect(signals.create_librarians, sender=self)

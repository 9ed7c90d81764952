from django.apps import AppConfig


class LibraryConfig(AppConfig):
    """The books: their website and their web API."""

    name = "library"

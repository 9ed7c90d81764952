"""The decorator of background tasks: Django's own, or its backport for Django 5.2.

https://docs.djangoproject.com/en/stable/topics/tasks/
"""

try:
    from django.tasks import task
except ImportError:
    from django_tasks import task  # type: ignore[import-not-found, no-redef]

__all__ = ["task"]

"""Signal receivers that update the search text and create the group of librarians.

https://docs.djangoproject.com/en/stable/topics/signals/
"""

from django.apps import apps as all_apps
from django.contrib.auth.management import create_permissions
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete
from django.dispatch import receiver

from library.models import Author, Book

LIBRARIANS = "Librarians"


@receiver(post_save, sender=Book)
def update_saved_book(instance, raw=False, **kwargs):
    """Update the search text of a saved book, except while a fixture is loaded."""
    if not raw:
        Book.objects.filter(pk=instance.pk).update_search_text()


@receiver(m2m_changed, sender=Book.authors.through)
def update_books_of_changed_authors(instance, action, reverse, pk_set, **kwargs):
    """Update the search text of the books when the relation changes, from either side."""
    if action == "pre_clear" and reverse:
        store_former_books(instance)
    if not action.startswith("post_"):
        return
    if not reverse:
        changed = [instance.pk]
    elif action == "post_clear":
        changed = instance.former_books
    else:
        changed = pk_set
    Book.objects.filter(pk__in=changed).update_search_text()


@receiver(pre_delete, sender=Author)
def store_former_books(instance, **kwargs):
    """Store the books of an author who is about to lose them, to update them afterwards."""
    instance.former_books = list(instance.books.values_list("pk", flat=True))


@receiver(post_delete, sender=Author)
def update_books_of_deleted_author(instance, **kwargs):
    """Update the search text of the books of a deleted author."""
    Book.objects.filter(pk__in=instance.former_books).update_search_text()


def create_librarians(app_config, apps=all_apps, **kwargs):
    """Create the group of librarians with every permission for the models of the library.

    Connected to ``post_migrate``. An existing group keeps its permissions.
    """
    try:
        group_model = apps.get_model("auth", "Group")
        permission_model = apps.get_model("auth", "Permission")
    except LookupError:  # django.contrib.auth is not installed
        return
    group, is_new = group_model.objects.get_or_create(name=LIBRARIANS)
    if is_new:
        create_permissions(app_config, verbosity=0)
        group.permissions.set(
            permission_model.objects.filter(content_type__app_label=app_config.label)
        )

"""What has to happen after a change, whoever made it: the API, the admin or a shell.

https://docs.djangoproject.com/en/stable/topics/signals/
"""

from django.apps import apps as all_apps
from django.contrib.auth.management import create_permissions
from django.db.models.signals import m2m_changed, post_save
from django.dispatch import receiver

from library.models import Book

LIBRARIANS = "Librarians"


@receiver(post_save, sender=Book)
def book_was_saved(instance, raw=False, **kwargs):
    """Keep the text of the search up to date."""
    if not raw:
        instance.save_search_text()


@receiver(m2m_changed, sender=Book.authors.through)
def authors_were_changed(instance, action, reverse, pk_set, **kwargs):
    """Keep the text of the search up to date, from whichever side the change was made."""
    if action == "pre_clear" and reverse:
        instance._cleared = list(instance.books.all())
    if not action.startswith("post_"):
        return
    if not reverse:
        books = [instance]
    elif action == "post_clear":
        books = instance._cleared
    else:
        books = Book.objects.filter(pk__in=pk_set)
    for book in books:
        book.save_search_text()


def make_librarians(app_config, apps=all_apps, **kwargs):
    """Make the group of librarians, who may do everything in the library, once.

    Runs after ``migrate`` and ``flush``; a group that is there already is left as it is, with
    the permissions that somebody may have given to it or taken from it.
    """
    try:
        group_model = apps.get_model("auth", "Group")
        permission_model = apps.get_model("auth", "Permission")
    except LookupError:  # the tables of the users are not there
        return
    group, is_new = group_model.objects.get_or_create(name=LIBRARIANS)
    if is_new:
        create_permissions(app_config, verbosity=0)
        group.permissions.set(
            permission_model.objects.filter(content_type__app_label=app_config.label)
        )

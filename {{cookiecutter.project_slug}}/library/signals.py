"""What has to happen after a change, whoever made it: the API, the admin or a shell.

https://docs.djangoproject.com/en/stable/topics/signals/
"""

from django.apps import apps as all_apps
from django.contrib.auth.management import create_permissions
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete
from django.dispatch import receiver

from library.models import Author, Book

LIBRARIANS = "Librarians"


@receiver(post_save, sender=Book)
def book_was_saved(instance, raw=False, **kwargs):
    """Keep the text of the search up to date."""
    if not raw:
        Book.objects.filter(pk=instance.pk).write_search_text()


@receiver(m2m_changed, sender=Book.authors.through)
def authors_were_changed(instance, action, reverse, pk_set, **kwargs):
    """Keep the text of the search up to date, from whichever side the change was made."""
    if action == "pre_clear" and reverse:
        remember_books(instance)
    if not action.startswith("post_"):
        return
    if not reverse:
        changed = [instance.pk]
    elif action == "post_clear":
        changed = instance.former_books
    else:
        changed = pk_set
    Book.objects.filter(pk__in=changed).write_search_text()


@receiver(pre_delete, sender=Author)
def remember_books(instance, **kwargs):
    """Keep in mind whose text is to be written anew once the author is gone."""
    instance.former_books = list(instance.books.values_list("pk", flat=True))


@receiver(post_delete, sender=Author)
def author_was_deleted(instance, **kwargs):
    """Keep the text of the search up to date: the books stay, without this author."""
    Book.objects.filter(pk__in=instance.former_books).write_search_text()


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

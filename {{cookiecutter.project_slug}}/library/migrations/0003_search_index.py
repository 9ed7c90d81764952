from django.db import migrations

from library.search import searchable


def fill_search_text(apps, schema_editor):
    """Write down what the search looks at, for the rows that are there already."""
    author_model = apps.get_model("library", "Author")
    book_model = apps.get_model("library", "Book")
    for author in author_model.objects.iterator():
        text = searchable(author.name)
        author_model.objects.filter(pk=author.pk).update(search_text=text)
    for book in book_model.objects.prefetch_related("authors").iterator(chunk_size=2000):
        names = [author.name for author in book.authors.all()]
        text = searchable(book.title, book.subtitle, *names, book.isbn)
        book_model.objects.filter(pk=book.pk).update(search_text=text)


def make_indexes(apps, schema_editor):
    """Make the indexes of the search on PostgreSQL; other databases have no such thing.

    The extension belongs to PostgreSQL itself, and the owner of the database
    may switch it on. https://www.postgresql.org/docs/current/pgtrgm.html
    """
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for table in ("author", "book"):
        schema_editor.execute(
            f"CREATE INDEX {table}_search ON library_{table} USING gin (search_text gin_trgm_ops)"
        )


def drop_indexes(apps, schema_editor):
    """Drop the indexes again; the extension may have other users by now."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX author_search, book_search")


class Migration(migrations.Migration):

    # PostgreSQL makes no index in the transaction that has changed rows.
    atomic = False

    dependencies = [
        ("library", "0002_search_and_loans"),
    ]

    operations = [
        migrations.RunPython(fill_search_text, migrations.RunPython.noop),
        migrations.RunPython(make_indexes, drop_indexes),
    ]

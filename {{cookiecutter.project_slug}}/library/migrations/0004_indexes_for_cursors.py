from django.db import migrations, models

import library.isbn


class Migration(migrations.Migration):

    dependencies = [
        ("library", "0003_search_index"),
    ]

    operations = [
        migrations.AlterField(
            model_name="book",
            name="isbn",
            field=library.isbn.ISBNField(
                help_text="13 digits, with or without hyphens.", unique=True, verbose_name="ISBN"
            ),
        ),
        migrations.RemoveIndex(model_name="book", name="book_by_publication"),
        migrations.RemoveIndex(model_name="book", name="book_published_on"),
        migrations.AddIndex(
            model_name="book",
            index=models.Index(
                models.F("publication_date"), models.F("id"), name="book_by_publication_date"
            ),
        ),
        migrations.AlterConstraint(
            model_name="loan",
            name="book_is_out_once",
            constraint=models.UniqueConstraint(
                condition=models.Q(("returned_at", None)),
                fields=("book",),
                name="book_is_out_once",
                violation_error_message="This book is already on loan.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="loan",
            name="returned_after_borrowed",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("returned_at", None),
                    ("returned_at__gte", models.F("borrowed_at")),
                    _connector="OR",
                ),
                name="returned_after_borrowed",
                violation_error_message="A book cannot be returned before it was borrowed.",
            ),
        ),
    ]

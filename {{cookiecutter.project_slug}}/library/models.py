import json
from datetime import date, timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from library.isbn import ISBNField
from library.search import Searchable, SearchQuerySet, searchable

LOAN_DAYS = 28


class Author(Searchable):
    """Somebody who wrote a book."""

    name = models.CharField(max_length=200)

    class Meta:
        # The primary key decides between equals, so that no page of a list
        # shows again what another page has shown.
        ordering = ["name", "pk"]
        indexes = [models.Index("name", "id", name="author_by_name")]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        """Save the author, and tell the books, whose search finds them by the name."""
        self.search_text = searchable(self.name)
        super().save(*args, **kwargs)
        self.books.all().write_search_text()

    def get_absolute_url(self):
        """Return the address of the author's page."""
        return reverse("author_detail", args=[self.pk])


# What a book counts as, for sorting, whose day of publication is not known: the newest.
UNKNOWN_DAY = date.max


class AuthorIds(models.Func):
    """The primary keys of a book's authors as a list, the smallest first.

    Asked for in the same query as the books, so that a list need not ask twice,
    nor make an object of each author, as prefetch_related() would.
    """

    output_field = models.Field()
    authors = (
        "SELECT author_id FROM library_book_authors WHERE book_id = %(expressions)s"
        " ORDER BY author_id"
    )
    # For SQLite, which knows no arrays.
    template = f"(SELECT json_group_array(author_id) FROM ({authors}))"

    def as_postgresql(self, compiler, connection):
        """Return the SQL for PostgreSQL."""
        return self.as_sql(compiler, connection, template=f"ARRAY({self.authors})")

    def get_db_converters(self, connection):
        """Return what makes a list of what the database answers."""
        if connection.vendor == "postgresql":
            return []
        return [lambda value, expression, connection: json.loads(value)]


class BookQuerySet(SearchQuerySet):
    """Questions to the table of books."""

    def with_author_ids(self):
        """Return the books, each with the primary keys of its authors as `author_ids`."""
        return self.annotate(author_ids=AuthorIds("pk"))

    @transaction.atomic
    def write_search_text(self):
        """Write down what the search looks at: the books' own words and their authors' names.

        Called whenever one of them has changed; see library/signals.py. The books
        are locked before they are read: of a title and a name that are changed at
        the same moment, the one that comes second sees both.
        """
        books = self.order_by("pk").select_for_update(of=["self"])
        for book in books.prefetch_related("authors"):
            names = [author.name for author in book.authors.all()]
            text = searchable(book.title, book.subtitle, *names, book.isbn)
            Book.objects.filter(pk=book.pk).update(search_text=text)


class Book(Searchable):
    """A book, as its title page shows it."""

    title = models.CharField(max_length=200)
    subtitle = models.CharField(max_length=200, blank=True)
    authors = models.ManyToManyField(Author, related_name="books")
    isbn = ISBNField("ISBN", unique=True, help_text="13 digits; hyphens and blanks are welcome.")
    publication_date = models.DateField(null=True, blank=True)

    objects = BookQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]
        indexes = [
            models.Index("title", "id", name="book_by_title"),
            models.Index(
                Coalesce("publication_date", UNKNOWN_DAY), "id", name="book_by_publication"
            ),
            # For the filters by day, which name the column itself.
            models.Index("publication_date", name="book_published_on"),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        """Return the address of the book's page."""
        return reverse("book_detail", args=[self.pk])

    def is_out(self):
        """Return whether somebody has borrowed the book and not brought it back."""
        return self.loans.open().exists()


def due_day():
    """Return the day by which a book that is borrowed now has to be back."""
    return timezone.localdate() + timedelta(days=LOAN_DAYS)


class LoanQuerySet(models.QuerySet):
    """Questions to the table of loans."""

    def open(self):
        """Return the loans of books that are not back yet."""
        return self.filter(returned_at=None)


class Loan(models.Model):
    """Somebody's borrowing of a book, until it is returned and ever after."""

    # What was lent stays known: a book or a user with loans cannot be deleted.
    book = models.ForeignKey(Book, models.PROTECT, related_name="loans")
    borrower = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="loans")
    borrowed_at = models.DateTimeField(default=timezone.now, editable=False)
    due = models.DateField(default=due_day)
    returned_at = models.DateTimeField(null=True, blank=True)

    objects = LoanQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index("borrower", "id", name="loan_by_borrower")]
        constraints = [
            # The database itself sees to it that a book is out once at a time,
            # however many people ask for it in the same moment.
            models.UniqueConstraint(
                fields=["book"],
                condition=Q(returned_at=None),
                name="book_is_out_once",
                violation_error_message="This book is out already.",
            ),
            models.CheckConstraint(
                condition=Q(returned_at=None) | Q(returned_at__gte=F("borrowed_at")),
                name="returned_after_borrowed",
                violation_error_message="A book is returned after it was borrowed.",
            ),
        ]

    def __str__(self):
        return f"{self.book} to {self.borrower}"

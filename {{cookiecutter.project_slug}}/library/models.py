"""Models: https://docs.djangoproject.com/en/stable/topics/db/models/"""

from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from library.isbn import ISBNField
from library.search import Searchable, SearchQuerySet, searchable

LOAN_DAYS = 28


class Author(Searchable):
    """A person who wrote a book."""

    name = models.CharField(max_length=200)

    class Meta:
        # The primary key decides between equal names, so that no page of a list
        # repeats what another page has shown.
        ordering = ["name", "pk"]
        indexes = [models.Index("name", "id", name="author_by_name")]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        """Save the author, and update the search text of the author's books."""
        self.search_text = searchable(self.name)
        super().save(*args, **kwargs)
        self.books.all().update_search_text()

    def get_absolute_url(self):
        return reverse("author_detail", args=[self.pk])


class BookQuerySet(SearchQuerySet):
    """Methods for querysets of books."""

    @transaction.atomic
    def update_search_text(self):
        """Write what the search looks at: titles, ISBNs and the names of the authors.

        The rows are locked before they are read: if a title and a name change at the
        same moment, the later of the two transactions sees both.
        """
        books = self.order_by("pk").select_for_update(of=["self"])
        for book in books.prefetch_related("authors"):
            names = [author.name for author in book.authors.all()]
            text = searchable(book.title, book.subtitle, *names, book.isbn)
            Book.objects.filter(pk=book.pk).update(search_text=text)


class Book(Searchable):
    """A book."""

    title = models.CharField(max_length=200)
    subtitle = models.CharField(max_length=200, blank=True)
    authors = models.ManyToManyField(Author, related_name="books")
    isbn = ISBNField("ISBN", unique=True, help_text="13 digits, with or without hyphens.")
    publication_date = models.DateField(null=True, blank=True)

    objects = BookQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]
        indexes = [
            models.Index("title", "id", name="book_by_title"),
            models.Index("publication_date", "id", name="book_by_publication_date"),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("book_detail", args=[self.pk])

    def is_on_loan(self):
        """Return whether somebody has borrowed the book and not returned it."""
        return self.loans.active().exists()


def due_day():
    """Return the date by which a book that is borrowed today is due."""
    return timezone.localdate() + timedelta(days=LOAN_DAYS)


class LoanQuerySet(models.QuerySet):
    """Methods for querysets of loans."""

    def active(self):
        """Return the loans of books that have not been returned."""
        return self.filter(returned_at=None)

    def overdue(self):
        """Return the active loans whose due day has passed."""
        return self.active().filter(due__lt=timezone.localdate())


class Loan(models.Model):
    """A loan of a book to a user; it is kept after the book has been returned."""

    # PROTECT: the history stays, so a book or a user with loans cannot be deleted.
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
            # The database guarantees that a book has one active loan, however many
            # requests borrow it at the same moment.
            models.UniqueConstraint(
                fields=["book"],
                condition=Q(returned_at=None),
                name="book_is_out_once",
                violation_error_message="This book is already on loan.",
            ),
            models.CheckConstraint(
                condition=Q(returned_at=None) | Q(returned_at__gte=F("borrowed_at")),
                name="returned_after_borrowed",
                violation_error_message="A book cannot be returned before it was borrowed.",
            ),
        ]

    def __str__(self):
        return f"{self.book} to {self.borrower}"

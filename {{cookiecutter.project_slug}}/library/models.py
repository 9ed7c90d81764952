"""Models: https://docs.djangoproject.com/en/stable/topics/db/models/"""

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, models, transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone

from library.isbn import ISBNField
from library.search import Searchable, SearchQuerySet, searchable

LOAN_DAYS = 28


class Author(Searchable):
    """A person who wrote a book."""

    name = models.CharField(max_length=200)

    class Meta:
        # The primary key breaks ties between equal names, so that no object appears on
        # two pages of a list.
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


class LoanError(Exception):
    """A book cannot be borrowed, or returned, as things are; the message says why."""


class BookQuerySet(SearchQuerySet):
    """Methods for querysets of books."""

    # What other apps add to the books of the pages, and show in their slots: keyword
    # arguments of annotate().
    page_annotations = {}

    def for_pages(self):
        """Return the books with what pages show of each: the authors, and ``due``.

        ``due`` is the due day of the active loan, or None if the book is available.
        """
        active = Loan.objects.active().filter(book=OuterRef("pk"))
        return self.prefetch_related("authors").annotate(
            due=Subquery(active.values("due")), **self.page_annotations
        )

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

    def borrow(self, user):
        """Create the loan of the book to `user` and return it.

        Raise LoanError if the book is on loan.
        """
        try:
            # The constraint decides, not a query before: between the two, another
            # request could borrow the book.
            with transaction.atomic():
                return Loan.objects.create(book=self, borrower=user)
        except IntegrityError:
            raise LoanError("The book is on loan.") from None

    def return_from(self, user):
        """End the active loan of the book and return it.

        Raise LoanError if the book is not on loan, and PermissionDenied if `user` is
        neither its borrower nor a librarian.
        """
        loan = self.loans.active().select_related("borrower").first()
        if loan is None:
            raise LoanError("The book is not on loan.")
        if not loan.can_be_returned_by(user):
            raise PermissionDenied("Somebody else has borrowed the book.")
        loan.returned_at = timezone.now()
        if not Loan.objects.active().filter(pk=loan.pk).update(returned_at=loan.returned_at):
            raise LoanError("The book is not on loan.")
        return loan


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

    def can_be_returned_by(self, user):
        """Return whether `user` has borrowed the book, or is a librarian."""
        return self.borrower_id == user.pk or user.has_perm("library.change_loan")

    def is_overdue(self):
        """Return whether the due day has passed and the book has not been returned."""
        return self.returned_at is None and self.due < timezone.localdate()

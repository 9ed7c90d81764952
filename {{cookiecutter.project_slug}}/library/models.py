from django.db import models
from django.db.models import Q
from django.urls import reverse

from library.isbn import ISBNField, normalize_isbn


class Author(models.Model):
    """Somebody who wrote a book."""

    name = models.CharField(max_length=200)

    class Meta:
        # The primary key decides between equals, so that no page of a list
        # shows again what another page has shown.
        ordering = ["name", "pk"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        """Return the address of the author's page."""
        return reverse("author_detail", args=[self.pk])


class BookQuerySet(models.QuerySet):
    """Questions to the table of books."""

    def search(self, text):
        """Return the books in whose title, subtitle, authors or ISBN each word of `text` stands."""
        books = self
        for word in text.split():
            by_author = Author.objects.filter(name__icontains=word).values("books")
            found = Q(title__icontains=word) | Q(subtitle__icontains=word) | Q(pk__in=by_author)
            if isbn := normalize_isbn(word):
                found |= Q(isbn__contains=isbn)
            books = books.filter(found)
        return books


class Book(models.Model):
    """A book, as its title page shows it."""

    title = models.CharField(max_length=200)
    subtitle = models.CharField(max_length=200, blank=True)
    authors = models.ManyToManyField(Author, related_name="books")
    isbn = ISBNField("ISBN", unique=True, help_text="13 digits; hyphens and blanks are welcome.")
    publication_date = models.DateField(null=True, blank=True)

    objects = BookQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        """Return the address of the book's page."""
        return reverse("book_detail", args=[self.pk])

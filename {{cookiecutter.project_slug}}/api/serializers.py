"""How a model becomes JSON, and JSON a model.

https://www.django-rest-framework.org/api-guide/serializers/
"""

from functools import cache

from django.db import models
from django.urls import get_script_prefix, reverse
from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from library.isbn import ISBNField, normalize_isbn
from library.models import Author, Book, Loan


class StringField(serializers.CharField):
    """A text: a JSON string, and not a number that would have to become one."""

    def to_internal_value(self, data):
        """Return the text; raise ValidationError for anything else, and for a text too long."""
        if not isinstance(data, str):
            self.fail("invalid")
        # With the blanks around it, as the schema counts.
        if self.max_length and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


@extend_schema_field({"type": "string", "format": "isbn"})
class ISBNSerializerField(serializers.CharField):
    """An ISBN-13, which may arrive with hyphens and blanks."""

    def to_internal_value(self, data):
        """Return the digits alone, which are then validated; raise ValidationError for no text."""
        if not isinstance(data, str):
            self.fail("invalid")
        return normalize_isbn(super().to_internal_value(data))


@cache
def path_of(view_name, script_prefix):
    """Return the path of the route `view_name`, up to the number at its end.

    `script_prefix` is where the server has put the project: usually /.
    """
    return reverse(view_name, args=[0]).removesuffix("0/")


def address_of(view_name, context):
    """Return the address of the route `view_name`, up to the number at its end."""
    addresses = context.setdefault("addresses", {})
    if view_name not in addresses:
        path = path_of(view_name, get_script_prefix())
        addresses[view_name] = context["request"].build_absolute_uri(path)
    return addresses[view_name]


class QuickLinks:
    """Addresses of one kind of thing differ in nothing but the number at their end.

    So the first address of a page is asked of the URL configuration, and the
    others are made from it: a seventh of the time of a list went into asking.
    """

    def get_url(self, obj, view_name, request, format):
        """Return the address of `obj`, or None while it has none."""
        return None if obj.pk is None else f"{address_of(view_name, self.context)}{obj.pk}/"


class LinkField(QuickLinks, serializers.HyperlinkedRelatedField):
    """The address of something else."""

    def to_internal_value(self, data):
        """Return the object at the address `data`; raise ValidationError if there is none."""
        try:
            return super().to_internal_value(data)
        except ValueError:  # not even an address, such as http://[
            self.fail("no_match")


class IdentityField(QuickLinks, serializers.HyperlinkedIdentityField):
    """The address of the object itself."""


class LinkedSerializer(serializers.HyperlinkedModelSerializer):
    """A model, with the addresses of what belongs to it."""

    serializer_related_field = LinkField
    serializer_url_field = IdentityField
    serializer_field_mapping = {
        **serializers.HyperlinkedModelSerializer.serializer_field_mapping,
        models.CharField: StringField,
        ISBNField: ISBNSerializerField,
    }


class AuthorSerializer(LinkedSerializer):
    """An author, with the addresses of the books."""

    class Meta:
        model = Author
        fields = ["url", "id", "name", "books"]
        read_only_fields = ["books"]


class BookSerializer(LinkedSerializer):
    """A book, with the addresses of its authors: at least one."""

    class Meta:
        model = Book
        fields = ["url", "id", "title", "subtitle", "authors", "isbn", "publication_date"]

    @classmethod
    @cache
    def view_names(cls):
        """Return the names of the routes that the links of a book and of its authors lead to."""
        fields = cls().fields
        return fields["url"].view_name, fields["authors"].child_relation.view_name

    @cached_property
    def addresses(self):
        """The addresses of books and of authors, up to the number at their end."""
        return [address_of(view_name, self.context) for view_name in self.view_names()]

    def to_representation(self, book):
        """Return what `fields` says, written out.

        A page of a list does this twenty times, and asking each field for its
        part took a fifth of the time. A test holds it against the fields.
        """
        book_address, author_address = self.addresses
        # A row of a list has asked for them already.
        author_ids = getattr(book, "author_ids", None)
        if author_ids is None:
            author_ids = sorted(author.pk for author in book.authors.all())
        day = book.publication_date
        return {
            "url": f"{book_address}{book.pk}/",
            "id": book.pk,
            "title": book.title,
            "subtitle": book.subtitle,
            "authors": [f"{author_address}{author_id}/" for author_id in author_ids],
            "isbn": book.isbn,
            "publication_date": day and day.isoformat(),
        }


class LoanSerializer(LinkedSerializer):
    """A loan: only read, because borrowing and returning is done at the book."""

    borrower = serializers.CharField(source="borrower.username", read_only=True)

    class Meta:
        model = Loan
        fields = ["url", "id", "book", "borrower", "borrowed_at", "due", "returned_at"]
        read_only_fields = fields


class TokenSerializer(serializers.Serializer):
    """A token, to be sent along as ``Authorization: Token …``."""

    token = serializers.CharField()

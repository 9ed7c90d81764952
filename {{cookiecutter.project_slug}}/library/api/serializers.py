"""Serializers: https://www.django-rest-framework.org/api-guide/serializers/"""

from drf_spectacular.utils import extend_schema_field

from api import serializers
from library.isbn import ISBNField, normalize_isbn
from library.models import Author, Book, Loan


@extend_schema_field({"type": "string", "format": "isbn", "example": "978-0-13-468599-1"})
class ISBNSerializerField(serializers.CharField):
    """An ISBN-13, with or without hyphens and spaces."""

    def __init__(self, **kwargs):
        # The model validates the length, without the hyphens.
        super().__init__(**kwargs | {"max_length": None})

    def to_internal_value(self, data):
        return normalize_isbn(super().to_internal_value(data))


class AuthorSerializer(serializers.HyperlinkedModelSerializer):
    """An author, with links to the books."""

    class Meta:
        model = Author
        fields = ["url", "id", "name", "books"]
        read_only_fields = ["books"]


class BookSerializer(serializers.HyperlinkedModelSerializer):
    """A book, with links to its authors."""

    serializer_field_mapping = {
        **serializers.HyperlinkedModelSerializer.serializer_field_mapping,
        ISBNField: ISBNSerializerField,
    }

    class Meta:
        model = Book
        fields = ["url", "id", "title", "subtitle", "authors", "isbn", "publication_date"]


class LoanSerializer(serializers.HyperlinkedModelSerializer):
    """A loan. Borrowing and returning are actions of the book."""

    borrower = serializers.CharField(source="borrower.username", read_only=True)

    class Meta:
        model = Loan
        fields = ["url", "id", "book", "borrower", "borrowed_at", "due", "returned_at"]
        read_only_fields = fields

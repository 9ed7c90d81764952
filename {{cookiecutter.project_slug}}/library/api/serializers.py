"""How a model becomes JSON, and JSON a model.

https://www.django-rest-framework.org/api-guide/serializers/
"""

from rest_framework import serializers

from library.isbn import ISBNField, normalize_isbn
from library.models import Author, Book


class ISBNSerializerField(serializers.CharField):
    """An ISBN-13, which may arrive with hyphens and blanks."""

    def to_internal_value(self, data):
        """Return the digits alone, which are then validated."""
        return normalize_isbn(super().to_internal_value(data))


class AuthorSerializer(serializers.HyperlinkedModelSerializer):
    """An author, with the addresses of the books."""

    class Meta:
        model = Author
        fields = ["url", "id", "name", "books"]
        read_only_fields = ["books"]


class BookSerializer(serializers.HyperlinkedModelSerializer):
    """A book, with the addresses of its authors: at least one."""

    serializer_field_mapping = {
        **serializers.HyperlinkedModelSerializer.serializer_field_mapping,
        ISBNField: ISBNSerializerField,
    }

    class Meta:
        model = Book
        fields = ["url", "id", "title", "subtitle", "authors", "isbn", "publication_date"]

"""The web API: a view set answers the verbs for one kind of thing.

https://www.django-rest-framework.org/api-guide/viewsets/
"""

from rest_framework import viewsets

from library.api.filters import BookFilter
from library.api.serializers import AuthorSerializer, BookSerializer
from library.models import Author, Book


class AuthorViewSet(viewsets.ModelViewSet):
    """The authors of the books."""

    queryset = Author.objects.prefetch_related("books")
    serializer_class = AuthorSerializer
    lookup_value_regex = "[0-9]+"
    search_fields = ["name"]
    ordering_fields = ["name"]


class BookViewSet(viewsets.ModelViewSet):
    """The books of the library."""

    queryset = Book.objects.prefetch_related("authors")
    serializer_class = BookSerializer
    lookup_value_regex = "[0-9]+"
    filterset_class = BookFilter
    search_fields = ["title", "subtitle", "authors__name", "isbn"]
    ordering_fields = ["title", "publication_date"]

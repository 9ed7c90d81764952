"""The questions that a list may be asked in its address, as ``?name=value``.

https://django-filter.readthedocs.io/en/stable/guide/rest_framework.html
"""

from django.forms import NumberInput
from django_filters import rest_framework as filters

from library.models import Author, Book


class BookFilter(filters.FilterSet):
    """Books by author (an id), ISBN, and day of publication."""

    # A number to type, rather than a menu of all the authors there are.
    authors = filters.ModelChoiceFilter(queryset=Author.objects.all(), widget=NumberInput)

    class Meta:
        model = Book
        fields = {"isbn": ["exact"], "publication_date": ["exact", "gte", "lte"]}

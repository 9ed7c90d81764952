"""Filters: https://django-filter.readthedocs.io/en/stable/guide/rest_framework.html"""

from django.db import models
from django.forms import NumberInput
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field

from api.filters import SearchFilter
from library.models import Author, Book, Loan
from library.search import search_terms


class LibrarySearchFilter(SearchFilter):
    """``?search=``, with the same results as the search of the website."""

    def split(self, text):
        return search_terms(text)


class BookFilter(filters.FilterSet):
    """Books by author (a primary key), ISBN and date of publication."""

    # A number to type instead of a menu of all authors.
    authors = filters.ModelChoiceFilter(queryset=Author.objects.all(), widget=NumberInput)

    class Meta:
        model = Book
        fields = {"isbn": ["exact"], "publication_date": ["exact", "gte", "lte"]}
        # ISO 8601 only: 01/02/2003 is ambiguous.
        filter_overrides = {
            models.DateField: {
                "filter_class": filters.DateFilter,
                "extra": lambda field: {"input_formats": ["%Y-%m-%d"]},
            }
        }


class LoanFilter(filters.FilterSet):
    """Active loans, or those that have ended."""

    is_active = extend_schema_field({"type": "boolean"})(
        # BooleanFilter ignores an invalid value.
        filters.TypedChoiceFilter(
            field_name="returned_at",
            lookup_expr="isnull",
            label="Active",
            choices=[("true", "Yes"), ("false", "No")],
            coerce=lambda value: value == "true",
        )
    )

    class Meta:
        model = Loan
        fields = []

"""The questions that a list may be asked in its address, as ``?name=value``.

https://django-filter.readthedocs.io/en/stable/guide/rest_framework.html
"""

from django.db import models
from django.forms import NumberInput
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ValidationError
from rest_framework.filters import SearchFilter

from library.api.serializers import StringField
from library.models import Author, Book, Loan


class BookFilter(filters.FilterSet):
    """Books by author (an id), ISBN, and day of publication."""

    # A number to type, rather than a menu of all the authors there are.
    authors = filters.ModelChoiceFilter(queryset=Author.objects.all(), widget=NumberInput)

    class Meta:
        model = Book
        fields = {"isbn": ["exact"], "publication_date": ["exact", "gte", "lte"]}
        # Not 01/02/2003 as well, which is another day elsewhere.
        filter_overrides = {
            models.DateField: {
                "filter_class": filters.DateFilter,
                "extra": lambda field: {"input_formats": ["%Y-%m-%d"]},
            }
        }


class LoanFilter(filters.FilterSet):
    """Loans of books that are still out, or of those that are back."""

    is_open = extend_schema_field({"type": "boolean"})(
        # A BooleanFilter would take anything, and not say so.
        filters.TypedChoiceFilter(
            field_name="returned_at",
            lookup_expr="isnull",
            label="Still out",
            choices=[("true", "Yes"), ("false", "No")],
            coerce="true".__eq__,
        )
    )

    class Meta:
        model = Loan
        fields = []


class FilterBackend(filters.DjangoFilterBackend):
    """The view's ``filterset_class``, where the address asks for one of its filters.

    Without a question there is no form to be made and checked.
    """

    def filter_queryset(self, request, queryset, view):
        """Return the rows asked for; raise ValidationError for a value that makes no sense."""
        filterset_class = self.get_filterset_class(view, queryset)
        if filterset_class and request.query_params.keys() & filterset_class.base_filters.keys():
            return super().filter_queryset(request, queryset, view)
        return queryset


class SearchBackend(SearchFilter):
    """``?search=``: the rows in which each word stands, see library/search.py."""

    def filter_queryset(self, request, queryset, view):
        """Return the rows asked for; raise ValidationError for a text that is none."""
        text = request.query_params.get(self.search_param)
        # Not every table has a text to search in.
        if not (text and hasattr(queryset, "search")):
            return queryset
        field = StringField(max_length=100, allow_blank=True)
        try:
            return queryset.search(field.run_validation(text))
        except ValidationError as error:
            raise ValidationError({self.search_param: error.detail}) from None

    def get_schema_operation_parameters(self, view):
        """Return the parameter for the OpenAPI schema."""
        return [
            {
                "name": self.search_param,
                "in": "query",
                "description": "Words, each of which has to stand in the row.",
                "schema": {"type": "string", "maxLength": 100, "pattern": r"^[^\x00]*$"},
            }
        ]

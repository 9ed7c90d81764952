"""Filters of a list: ``?name=value`` for each filter of the view's ``filterset_class``.

https://www.django-rest-framework.org/api-guide/filtering/
"""

from django.db.models import QuerySet
from django_filters import rest_framework as django_filters
from django_filters.widgets import SuffixedMultiWidget
from rest_framework import filters
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from api.serializers import CharField


class DjangoFilterBackend(django_filters.DjangoFilterBackend):
    """django-filter's backend, which builds no form for a request without filters."""

    def filter_queryset(self, request, queryset, view):
        if request.query_params.keys() & self.get_parameter_names(view, queryset):
            return super().filter_queryset(request, queryset, view)
        return queryset

    def get_parameter_names(self, view: APIView, queryset: QuerySet) -> set[str]:
        """Return the names of the query parameters of the view's filters, as a set."""
        filterset_class = self.get_filterset_class(view, queryset)
        names = set()
        for name, filter_ in filterset_class.base_filters.items() if filterset_class else []:
            widget = filter_.field.widget
            if isinstance(widget, SuffixedMultiWidget):
                names |= {widget.suffixed(name, suffix) for suffix in widget.suffixes}
            else:
                names.add(name)
        return names


class SearchFilter(filters.SearchFilter):
    """DRF's ``SearchFilter``, with a text of at most 100 characters."""

    max_length = 100

    def get_search_terms(self, request: Request) -> list[str]:
        """Return the words to search for; raise ValidationError for an invalid text."""
        if self.search_param not in request.query_params:
            return []
        text = request.query_params[self.search_param]
        field = CharField(max_length=self.max_length, allow_blank=True)
        try:
            return self.split(field.run_validation(text))
        except ValidationError as error:
            raise ValidationError({self.search_param: error.detail}) from None

    def split(self, text):
        """Return the terms of `text`, each of which has to match."""
        return list(filters.search_smart_split(text))

    def get_schema_operation_parameters(self, view):
        if not getattr(view, "search_fields", None):
            return []
        return [
            {
                "name": self.search_param,
                "in": "query",
                "description": "Words, all of which have to match.",
                "schema": {
                    "type": "string",
                    "maxLength": self.max_length,
                    "pattern": r"^[^\x00]*$",
                },
            }
        ]

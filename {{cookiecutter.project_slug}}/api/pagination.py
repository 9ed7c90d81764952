"""Pages of a list, found by a position in an index instead of by a number.

A page far into the list costs what the first one costs. An offset would read all
rows before the page, and a total would count all rows, so there is neither.
https://use-the-index-luke.com/no-offset
"""

from operator import attrgetter

from django.core.exceptions import ImproperlyConfigured
from django.core.signing import BadSignature, Signer
from django.db.models import Q
from rest_framework import pagination
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView


class CursorPagination(pagination.CursorPagination):
    """DRF's ``CursorPagination``, with positions that are exact.

    A list can be ordered by the view's ``ordering_fields``, one at a time, and is
    ordered by its ``ordering`` unless the client asks for another; without either,
    the newest object comes first. The primary key breaks ties.
    Null counts as larger than any value, as in PostgreSQL. The client chooses the
    size of a page with ``?page_size=``.
    https://www.django-rest-framework.org/api-guide/pagination/#cursorpagination
    """

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100
    ordering_query_param = "ordering"

    def paginate_queryset(self, queryset, request, view=None):
        """Return a page of `queryset` as a list.

        Raise ValidationError for an invalid parameter, NotFound for an invalid cursor.
        """
        self.base_url = request.build_absolute_uri()
        self.path = request.path
        self.ordering = self.get_ordering(request, queryset, view)
        self.page_size = self.get_page_size(request)
        position, reverse = self.get_position(request)
        self.column = column = self.ordering.removeprefix("-")
        rows = self.get_rows(
            queryset,
            column,
            self.ordering.startswith("-") != reverse,
            position,
        )
        has_more = len(rows) > self.page_size
        self.page = rows[: self.page_size]
        if reverse:
            self.page.reverse()
        self.has_next, self.has_previous = has_more, position is not None
        if reverse:
            self.has_next, self.has_previous = True, has_more
        self.display_page_controls = self.has_next or self.has_previous
        return self.page

    def get_rows(self, queryset, column, descending, position):
        """Return the rows after `position`, at most one more than a page has.

        Rows with a value and rows without one are two queries, the second of which
        is made only where the first does not fill the page: both use an index.
        """
        after = "lt" if descending else "gt"
        sign = "-" if descending else ""
        rows = []
        for is_null in self.get_null_order(queryset, column, descending):
            part = (
                queryset if is_null is None else queryset.filter(**{f"{column}__isnull": is_null})
            )
            if position:
                value, pk = position
                if (value is None) is not bool(is_null):
                    # The position is in the other part.
                    if bool(is_null) is descending:
                        continue
                elif value is None:
                    part = part.filter(**{f"pk__{after}": pk})
                else:
                    # The first condition can use an index, the others separate equal values.
                    part = part.filter(
                        Q((f"{column}__{after}e", value)),
                        Q((f"{column}__{after}", value)) | Q((f"pk__{after}", pk)),
                    )
            order = [f"{sign}pk"] if is_null else [f"{sign}{column}", f"{sign}pk"]
            rows += part.order_by(*order)[: self.page_size + 1 - len(rows)]
            if len(rows) > self.page_size:
                break
        return rows

    def get_null_order(self, queryset, column, descending):
        """Return the ``isnull`` of each part of the list; [None] if the column is never null."""
        if column == "pk" or column in queryset.query.annotations:
            field = None
        else:
            field = queryset.model._meta.get_field(column)
        if column == "pk" or (field is not None and not field.null):
            return [None]
        return [True, False] if descending else [False, True]

    def get_ordering(self, request, queryset, view):
        """Return the name to order by; raise ValidationError unless the view allows it."""
        allowed, default = self.get_orderings(view)
        name = request.query_params.get(self.ordering_query_param, default)
        if name.removeprefix("-") not in {*allowed, default.removeprefix("-")}:
            fields = ", ".join(allowed) or "none"
            message = f"Invalid ordering. Available: {fields}; prefix with - to reverse."
            raise ValidationError({self.ordering_query_param: [message]})
        return name

    @staticmethod
    def get_orderings(view: APIView) -> tuple[list[str], str]:
        """Return the view's ``ordering_fields`` as a list, and its ``ordering`` as a string."""
        allowed = getattr(view, "ordering_fields", None) or []
        default = getattr(view, "ordering", None) or "-pk"
        if not isinstance(default, str):
            if len(default) != 1:
                raise ImproperlyConfigured(
                    f"{type(view).__name__}.ordering must name one field: the primary key "
                    "already orders objects with equal values."
                )
            (default,) = default
        return list(allowed), default

    def get_position_names(self, view: APIView) -> list[str]:
        """Return the names of the columns that a position can be in."""
        allowed, default = self.get_orderings(view)
        return [*allowed, default.removeprefix("-")]

    def get_page_size(self, request: Request) -> int:
        """Return the size of a page; raise ValidationError unless it is a positive integer."""
        size = request.query_params.get(self.page_size_query_param, str(self.page_size))
        if not (size.isascii() and size.isdigit() and size.strip("0")):
            raise ValidationError({self.page_size_query_param: ["Enter a positive integer."]})
        # Python refuses to convert very long numbers.
        return self.max_page_size if len(size) > 9 else min(int(size), self.max_page_size)

    @property
    def signer(self) -> Signer:
        """Signs cursors: one of another list or ordering is invalid here."""
        return Signer(salt=f"api.pagination:{self.path}:{self.ordering}")

    def get_position(self, request):
        """Return the position (value, primary key) to start after, or None, and the direction.

        The direction is True where the page ends at the position. Raise NotFound for
        a cursor that this list has not issued.
        """
        if self.cursor_query_param not in request.query_params:
            return None, False
        try:
            *position, reverse = self.signer.unsign_object(
                request.query_params[self.cursor_query_param]
            )
        except (BadSignature, ValueError):
            raise NotFound("Invalid cursor. Follow the links of a page of this list.") from None
        return position, reverse

    def get_link(self, row, reverse):
        """Return the URL of the page after `row`, or before it where `reverse` is true."""
        # A row has the column by its name, an instance follows its relations.
        name = self.column if isinstance(row, tuple) else self.column.replace("__", ".")
        value = attrgetter(name)(row)
        value = None if value is None else str(value)
        cursor = self.signer.sign_object([value, row.pk, reverse])
        return replace_query_param(self.base_url, self.cursor_query_param, cursor)

    def get_next_link(self):
        return self.get_link(self.page[-1], False) if self.page and self.has_next else None

    def get_previous_link(self):
        return self.get_link(self.page[0], True) if self.page and self.has_previous else None

    def get_html_context(self):
        return {"previous_url": self.get_previous_link(), "next_url": self.get_next_link()}

    def get_schema_operation_parameters(self, view):
        allowed, default = self.get_orderings(view)
        names = [sign + name for name in sorted(allowed) for sign in ("", "-")]
        parameters = {
            self.cursor_query_param: (
                "The position of the page. Follow `next` and `previous` of a page.",
                {"type": "string"},
            ),
            self.page_size_query_param: (
                f"The number of results per page, at most {self.max_page_size}.",
                {"type": "integer", "minimum": 1, "default": type(self).page_size},
            ),
        }
        if names:
            schema = {"type": "string", "enum": names, "default": default}
            parameters[self.ordering_query_param] = (
                "The field to order by; prefix with `-` to reverse.",
                schema,
            )
        return [
            {"name": name, "in": "query", "description": description, "schema": schema}
            for name, (description, schema) in parameters.items()
        ]

    def get_paginated_response_schema(self, schema):
        link = {"type": "string", "nullable": True, "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

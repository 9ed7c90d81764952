"""How a long list is cut into pages.

A page says where the next one begins: behind this title, with this number. The
database finds that place in an index, so a page far in costs what the first one
costs. Page numbers would have to count what stands before the page, and a total
would have to count everything; so there is neither.
https://use-the-index-luke.com/no-offset
"""

from django.core.signing import BadSignature, Signer
from django.db.models import Q
from django.db.models.functions import Coalesce
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param


class KeysetPagination(BasePagination):
    """Pages of 20; ``?page_size=`` asks for another size, 100 at the most.

    The view says what a list may be sorted by: ``orderings`` names the columns,
    each with what null counts as (None: the column is never null), and
    ``ordering`` is the usual one. Who says nothing gets the newest first. The
    primary key decides between equals. A cursor is signed, so a client can only
    send back what it was given.
    """

    page_size = 20
    max_page_size = 100
    parameters = {"cursor", "ordering", "page_size"}

    def paginate_queryset(self, queryset, request, view=None):
        """Return a page of `queryset` as a list.

        Raise ValidationError for a wrong parameter, NotFound for a wrong cursor.
        """
        self.path, self.url = request.path, request.build_absolute_uri()
        self.ordering = self.get_ordering(request, view)
        size = self.get_page_size(request)
        place, backward = self.read_cursor(request)
        descending = self.ordering.startswith("-") != backward
        self.column = by = self.ordering.removeprefix("-")
        self.null = self.orderings_of(view)[0][self.column]
        if self.null is not None:
            queryset, by = queryset.alias(place=Coalesce(by, self.null)), "place"
        if place:
            queryset = queryset.filter(self.behind(by, *place, descending))
        sign = "-" if descending else ""
        # One row more than is shown tells whether there is another page.
        page = list(queryset.order_by(f"{sign}{by}", f"{sign}pk")[: size + 1])
        has_more = len(page) > size
        page = page[:size]
        if backward:
            page.reverse()
        has_previous, has_next = (has_more, True) if backward else (bool(place), has_more)
        self.previous = self.link(page[0], backward=True) if page and has_previous else None
        self.next = self.link(page[-1]) if page and has_next else None
        return page

    def get_paginated_response(self, data):
        """Return the response: the rows, and the addresses of the pages beside."""
        return Response({"next": self.next, "previous": self.previous, "results": data})

    def get_page_size(self, request):
        """Return how many rows a page has; raise ValidationError unless it is a number above 0."""
        size = request.query_params.get("page_size", str(self.page_size))
        # Of a very long number, Python would not even read the digits.
        if not (size.isascii() and size.isdigit() and size.strip("0")):
            raise ValidationError({"page_size": ["A whole number of 1 or more is needed."]})
        return self.max_page_size if len(size) > 9 else min(int(size), self.max_page_size)

    @staticmethod
    def orderings_of(view):
        """Return what the list of `view` may be sorted by, and the usual ordering."""
        return getattr(view, "orderings", {"id": None}), getattr(view, "ordering", "-id")

    def get_ordering(self, request, view):
        """Return the name to sort by; raise ValidationError unless the view knows it."""
        orderings, usual = self.orderings_of(view)
        name = request.query_params.get("ordering", usual)
        if name.removeprefix("-") not in orderings:
            known = ", ".join(sorted(orderings))
            message = f"Sort by one of: {known}; with - in front, the other way round."
            raise ValidationError({"ordering": [message]})
        return name

    @property
    def signer(self):
        """What signs a cursor: one of another list or ordering is not valid here."""
        return Signer(salt=f"library.api.cursor:{self.path}:{self.ordering}")

    def read_cursor(self, request):
        """Return the place where the page begins, or None, and whether it goes backwards.

        Raise NotFound for a cursor that this list has not given.
        """
        if "cursor" not in request.query_params:
            return None, False
        try:
            *place, backward = self.signer.unsign_object(request.query_params["cursor"])
        except (BadSignature, ValueError):
            message = "This cursor is not one of this list. Follow the links of a page."
            raise NotFound(message) from None
        return place, backward

    def link(self, row, backward=False):
        """Return the address of the page that begins behind `row`."""
        place = getattr(row, self.column)
        place = self.null if place is None else place
        cursor = self.signer.sign_object([str(place), row.pk, backward])
        return replace_query_param(self.url, "cursor", cursor)

    @staticmethod
    def behind(by, place, pk, descending):
        """Return the condition that a row stands behind the `place` in `by` and the primary key.

        The first half is what an index answers; the second half tells equals apart.
        """
        way = "lt" if descending else "gt"
        behind = Q((f"{by}__{way}", place)) | Q((f"pk__{way}", pk))
        return Q((f"{by}__{way}e", place)) & behind

    def get_schema_operation_parameters(self, view):
        """Return the parameters of a list for the OpenAPI schema."""
        orderings, usual = self.orderings_of(view)
        names = [sign + name for name in sorted(orderings) for sign in ("", "-")]
        return [
            {
                "name": "cursor",
                "in": "query",
                "description": "Where the page begins. Follow `next` and `previous` of a page.",
                "schema": {"type": "string"},
            },
            {
                "name": "page_size",
                "in": "query",
                "description": f"How many rows a page has: {self.max_page_size} at the most.",
                "schema": {"type": "integer", "minimum": 1, "default": self.page_size},
            },
            {
                "name": "ordering",
                "in": "query",
                "description": "What to sort by; with `-` in front, the other way round.",
                "schema": {"type": "string", "enum": names, "default": usual},
            },
        ]

    def get_paginated_response_schema(self, schema):
        """Return the schema of a page, given the `schema` of its rows."""
        link = {"type": "string", "nullable": True, "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

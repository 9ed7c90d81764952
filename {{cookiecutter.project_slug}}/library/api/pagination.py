from rest_framework.pagination import PageNumberPagination


class BoundedPageNumberPagination(PageNumberPagination):
    """Pages of 20; ``?page_size=`` asks for another size, 100 at the most."""

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100

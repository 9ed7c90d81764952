"""Numbered pages: https://docs.djangoproject.com/en/stable/topics/pagination/"""

from django.core.paginator import Paginator
from django.utils.functional import cached_property


class BoundedPaginator(Paginator):
    """Django's ``Paginator``, for the first 10,000 rows.

    To count more rows, or to skip them, the database would have to read them.
    """

    limit = 10_000

    @cached_property
    def count(self):
        """The number of rows, at most the limit."""
        # Only the keys: what a page shows of each row is not counted.
        return self.object_list.order_by().values("pk")[: self.limit].count()

    @property
    def reaches_limit(self):
        """Whether there may be more rows than the limit."""
        return self.count == self.limit

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """A second, smaller example: reviews of the books."""

    name = "reviews"
### BEGIN TASK 11
### BEGIN SOLUTION

    def ready(self):
        """Add ``rating``, an average or None, and ``review_count`` to the books of the pages."""
        # Imported here because models can be imported only when all apps are loaded.
        from django.db.models import Avg, Count, OuterRef, Subquery

        from library.models import BookQuerySet
        from reviews.models import Review

        reviews = Review.objects.filter(book=OuterRef("pk")).order_by().values("book")
        BookQuerySet.page_annotations |= {
            "rating": Subquery(reviews.annotate(value=Avg("rating")).values("value")),
            "review_count": Subquery(reviews.annotate(value=Count("pk")).values("value")),
        }
### END SOLUTION

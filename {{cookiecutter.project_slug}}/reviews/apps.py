from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """A second, smaller example: reviews of the books."""

    name = "reviews"

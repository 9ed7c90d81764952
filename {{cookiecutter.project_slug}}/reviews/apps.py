from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """What readers think of the books."""

    name = "reviews"

from django.apps import AppConfig


class WebsiteConfig(AppConfig):
    """What all pages share: the base template, error pages, styles."""

    name = "website"

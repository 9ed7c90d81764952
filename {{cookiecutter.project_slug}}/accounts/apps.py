from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The custom user model."""

    name = "accounts"

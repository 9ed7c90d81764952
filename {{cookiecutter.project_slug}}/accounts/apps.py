from django.apps import AppConfig
from django.core.checks import Tags, register

from accounts.checks import check_email


class AccountsConfig(AppConfig):
    """The custom user model, sign-up, login and passwords."""

    name = "accounts"

    def ready(self):
        register(check_email, Tags.security, deploy=True)

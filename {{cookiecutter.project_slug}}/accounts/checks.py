"""Checks: https://docs.djangoproject.com/en/stable/topics/checks/"""

from django.conf import settings
from django.core.checks import Warning


def check_email(app_configs, **kwargs):
    """Warn, in ``manage.py check --deploy``, if the project cannot send email."""
    if settings.CAN_SEND_EMAIL:
        return []
    return [
        Warning(
            "EMAIL_URL is not set, so users cannot reset a forgotten password.",
            hint="Set EMAIL_URL to a mail server, such as smtp+tls://user:password@host:587",
            id="accounts.W001",
        )
    ]

from django.apps import AppConfig
from django.core.checks import Tags, register


class ApiConfig(AppConfig):
    """The framework of the web API: what all resources share."""

    name = "api"

    def ready(self):
        """Register the system check of the throttles."""
        # Imported here because DRF needs the settings, and the models of other apps.
        from api.throttling import check_shared_cache

        register(check_shared_cache, Tags.security, deploy=True)

"""The router: https://www.django-rest-framework.org/api-guide/routers/"""

from django.db import models
from rest_framework import routers

from api.views import APIRootView


class DefaultRouter(routers.DefaultRouter):
    """DRF's ``DefaultRouter`` without format suffixes: use ``?format=json`` instead."""

    APIRootView = APIRootView
    include_format_suffixes = False

    def get_lookup_regex(self, viewset, lookup_prefix=""):
        """Return DRF's regular expression; digits alone where the primary key is an integer.

        Python would also read " 1" and "1_0" as integers.
        """
        regex = super().get_lookup_regex(viewset, lookup_prefix)
        queryset = getattr(viewset, "queryset", None)
        if (
            queryset is not None
            and viewset.lookup_field == "pk"
            and isinstance(queryset.model._meta.pk, models.IntegerField)
        ):
            # The default; a view set with a lookup_value_regex keeps it.
            return regex.replace("[^/.]+", "[0-9]+")
        return regex

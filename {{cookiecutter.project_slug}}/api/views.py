"""The views of the web API that belong to no resource."""

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework import routers, serializers
from rest_framework.authtoken.models import Token
from rest_framework.authtoken.serializers import AuthTokenSerializer
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.exceptions import NotAcceptable
from rest_framework.parsers import FormParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from api.parsers import JSONParser
from api.renderers import BrowsableAPIRenderer
from api.throttling import LoginRateThrottle
from api.viewsets import CacheControlMixin


@extend_schema(exclude=True)
class APIRootView(CacheControlMixin, routers.APIRootView):
    """The lists of this API."""

    name = "Web API"


class TokenSerializer(serializers.Serializer):
    """A token, to be sent as ``Authorization: Token …``."""

    token = serializers.CharField()


class TokenView(CacheControlMixin, ObtainAuthToken):
    """The token of a user, which authenticates a program.

    To get yours, send POST with your "username" and "password".
    https://www.django-rest-framework.org/api-guide/authentication/#tokenauthentication
    """

    parser_classes = [JSONParser]
    renderer_classes = [JSONRenderer, BrowsableAPIRenderer]
    throttle_classes = [LoginRateThrottle]

    def get_parsers(self):
        # For `curl --data`. In parser_classes, it would make the browsable API show an HTML
        # form, whose labels belong to no field.
        return [*super().get_parsers(), FormParser()]

    def get_permissions(self):
        return [IsAuthenticated()] if self.request.method == "DELETE" else []

    @extend_schema(request=AuthTokenSerializer, responses=TokenSerializer)
    def post(self, request, *args, **kwargs):
        """Return the token for a user name and a password; it is the same until it is revoked."""
        return super().post(request, *args, **kwargs)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request, *args, **kwargs):
        """Revoke your token."""
        Token.objects.filter(user=request.user).delete()
        return Response(status=204)


class SchemaView(SpectacularAPIView):
    """The OpenAPI schema: https://drf-spectacular.readthedocs.io/en/latest/"""

    @extend_schema(exclude=True)
    def get(self, request, *args, **kwargs):
        # drf-spectacular copies it to a response header.
        if not request.query_params.get("version", "").isprintable():
            raise NotAcceptable
        return super().get(request, *args, **kwargs)

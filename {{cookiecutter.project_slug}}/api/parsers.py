"""Parsers: https://www.django-rest-framework.org/api-guide/parsers/"""

from io import BytesIO

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework import parsers
from rest_framework.exceptions import ParseError

from api.renderers import accepts_page


class JSONParser(parsers.JSONParser):
    """DRF's ``JSONParser``, which refuses JSON that is too large or nested too deeply.

    Parsed, JSON needs up to a hundred times the memory of its text. The limit is the
    setting JSON_MAX_BYTES; WSGI reads no more bytes than Content-Length says.
    """

    def parse(self, stream, media_type=None, parser_context=None):
        request = parser_context["request"]
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        if length > settings.JSON_MAX_BYTES:
            raise RequestDataTooBig
        if accepts_page(request):
            # Read this way, the body stays available to the form on the page of an error.
            stream = BytesIO(request.body)
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("JSON parse error - nested too deeply.") from None

"""Requests as the servers hand them in, whatever their Content-Type says."""

from django.core.exceptions import BadRequest
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest


class UTF8RequestMixin:
    """A request that is read as UTF-8, which is what an address and JSON are in.

    Django reads the query of an address by the charset that the Content-Type
    names for the body, and at a Content-Type that it cannot read it breaks off,
    before any of our code could answer. So the charset is not heeded, and such
    a Content-Type is none.
    https://url.spec.whatwg.org/#query-state
    https://www.rfc-editor.org/rfc/rfc8259#section-8.1
    """

    def _set_content_type_params(self, meta):
        """Read the Content-Type, which says what the body is, and nothing about its charset."""
        try:
            super()._set_content_type_params(meta)
        except (BadRequest, LookupError, ValueError):
            self.content_type, self.content_params, meta["CONTENT_TYPE"] = "", {}, ""
        self._encoding = None


class UTF8WSGIRequest(UTF8RequestMixin, WSGIRequest):
    """What a WSGI server such as gunicorn hands in."""


class UTF8ASGIRequest(UTF8RequestMixin, ASGIRequest):
    """What an ASGI server hands in."""

"""Conditional requests: read again only what has changed, and overwrite nothing unseen.

An answer to GET carries an ETag, which changes whenever the answer does. Sent
back as If-None-Match, it is answered by 304 and no body while nothing has
changed; sent as If-Match with a change, by 412 if somebody else was quicker.
A change without If-Match goes through: the API stays easy to try out.
https://www.rfc-editor.org/rfc/rfc9110#name-conditional-requests
"""

from hashlib import md5

from django.db import transaction
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.http import parse_etags

from library.api.errors import PreconditionFailed


def etag_of(content):
    """Return the ETag of the bytes `content`."""
    return f'"{md5(content, usedforsecurity=False).hexdigest()}"'


def with_etag(response):
    """Return the rendered `response` with its ETag, or a 304 where the client has it already."""
    response["ETag"] = etag_of(response.content)
    return get_conditional_response(response._request, etag=response["ETag"], response=response)


class CachingMixin:
    """A view that says what may be kept, by whom, and how to ask whether it still holds."""

    def finalize_response(self, request, response, *args, **kwargs):
        """Return the response with Cache-Control and Vary and, for what was read, an ETag."""
        response = super().finalize_response(request, response, *args, **kwargs)
        # The answer depends on who asks.
        patch_vary_headers(response, ["Accept", "Authorization", "Cookie"])
        if request.method in ("GET", "HEAD") and response.status_code == 200:
            # A browser may keep it, but has to ask whether it still holds.
            patch_cache_control(response, private=True, no_cache=True)
            response._request = request._request
            response.add_post_render_callback(with_etag)
        else:
            patch_cache_control(response, no_store=True)
        return response


class ConditionalChangeMixin:
    """A view set whose changes and deletions heed If-Match."""

    def lock(self):
        """See to it that nobody else changes the object before this change is done."""
        self.queryset = self.queryset.select_for_update(of=["self"])

    def check_if_match(self, instance):
        """Raise PreconditionFailed unless If-Match is missing or names what is there now."""
        if if_match := self.request.headers.get("If-Match"):
            etags = parse_etags(if_match)
            content = self.request.accepted_renderer.render(self.get_serializer(instance).data)
            if etags != ["*"] and etag_of(content) not in etags:
                raise PreconditionFailed

    @transaction.atomic
    def update(self, request, *args, **kwargs):
        """Change it; with If-Match, only if nobody else has in the meantime."""
        self.lock()
        return super().update(request, *args, **kwargs)

    @transaction.atomic
    def destroy(self, request, *args, **kwargs):
        """Delete it; with If-Match, only if nobody has changed it in the meantime."""
        self.lock()
        return super().destroy(request, *args, **kwargs)

    def perform_update(self, serializer):
        """Save the change."""
        self.check_if_match(serializer.instance)
        super().perform_update(serializer)

    def perform_destroy(self, instance):
        """Delete the object."""
        self.check_if_match(instance)
        super().perform_destroy(instance)

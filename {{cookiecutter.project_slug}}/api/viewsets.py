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
from rest_framework.renderers import JSONRenderer

from library.api.errors import PreconditionFailed, problem_response


def etag_of(content):
    """Return the ETag of the bytes `content`."""
    return f'"{md5(content, usedforsecurity=False).hexdigest()}"'


def with_etag(response):
    """Return the rendered `response` with its ETag, or a 304 where the client has it already.

    A 412 where the client wants to read a form of it that is not there any more.
    """
    response["ETag"] = etag_of(response.content)
    request = response._request
    # Since when something has been the way it is, nobody knows.
    request.META.pop("HTTP_IF_UNMODIFIED_SINCE", None)
    answer = get_conditional_response(request, etag=response["ETag"], response=response)
    if answer.status_code == 412:
        answer = problem_response(412, PreconditionFailed.default_detail)
        answer["Cache-Control"], answer["Vary"] = "no-store", response["Vary"]
    return answer


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
    """A view set that makes and changes things whole or not at all, and heeds If-Match."""

    @transaction.atomic
    def create(self, request, *args, **kwargs):
        """Make one, with all that belongs to it."""
        return super().create(request, *args, **kwargs)

    def lock(self):
        """See to it that nobody else changes the object before this change is done."""
        self.queryset = self.queryset.select_for_update(of=["self"])

    def check_if_match(self, instance):
        """Raise PreconditionFailed where If-Match or If-None-Match speaks against a change."""
        if_match, if_none_match = (
            parse_etags(self.request.headers.get(name, ""))
            for name in ("If-Match", "If-None-Match")
        )
        if not (if_match or if_none_match):
            return
        renderer, media_type = self.request.accepted_renderer, self.request.accepted_media_type
        if renderer.format != "json":
            renderer, media_type = JSONRenderer(), JSONRenderer.media_type
        etag = etag_of(renderer.render(self.get_serializer(instance).data, media_type, {}))
        if if_match and not {"*", etag} & set(if_match):
            raise PreconditionFailed
        if {"*", etag} & set(if_none_match):
            raise PreconditionFailed("It is there already, and may not be changed then.")

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

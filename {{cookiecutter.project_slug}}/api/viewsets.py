"""Django REST framework's view sets, with conditional requests and strict parameters.

A response to GET carries an ETag, which changes whenever the response does. A client
that sends it back in If-None-Match gets a 304 without a body if nothing has changed. A
client that sends it in If-Match with a change gets a 412 if somebody else has changed
the object.
https://www.rfc-editor.org/rfc/rfc9110#name-conditional-requests
https://www.django-rest-framework.org/api-guide/viewsets/
"""

from functools import partial
from hashlib import md5

from django.db import models, transaction
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.http import parse_etags
from rest_framework import mixins, viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.settings import api_settings

from api.exceptions import PreconditionFailed, problem_response


def make_etag(content: bytes) -> str:
    """Return the ETag of a response with the bytes `content`."""
    return f'"{md5(content, usedforsecurity=False).hexdigest()}"'


def add_etag(request, response):
    """Return the rendered `response` with its ETag, or the 304 or 412 that is due instead."""
    response["ETag"] = make_etag(response.content)
    # Objects have no date of their last change.
    request.META.pop("HTTP_IF_UNMODIFIED_SINCE", None)
    conditional = get_conditional_response(request, etag=response["ETag"], response=response)
    if conditional.status_code == 412:
        conditional = problem_response(412, PreconditionFailed.default_detail)
        conditional["Cache-Control"], conditional["Vary"] = "no-store", response["Vary"]
    return conditional


class CacheControlMixin:
    """Sets Cache-Control and Vary on each response, and an ETag on each 200 to GET or HEAD."""

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(response, ["Accept", "Authorization", "Cookie"])
        if request.method in ("GET", "HEAD") and response.status_code == 200:
            # A browser may store it, but has to ask whether it is still current.
            patch_cache_control(response, private=True, no_cache=True)
            response.add_post_render_callback(partial(add_etag, request._request))
        else:
            patch_cache_control(response, no_store=True)
        return response


class GenericViewSet(CacheControlMixin, viewsets.GenericViewSet):
    """DRF's ``GenericViewSet``, with the headers of conditional requests."""

    def get_locked_object(self) -> models.Model:
        """Return the object, locked until the end of the transaction.

        The row is locked by its primary key, because PostgreSQL cannot lock rows of
        an aggregated or distinct query.
        """
        instance = self.get_object()
        rows = type(instance)._base_manager.select_for_update(of=["self"])
        # Evaluated for the lock alone: if the row is gone, get_object() raises Http404.
        list(rows.filter(pk=instance.pk).values_list("pk"))
        return self.get_object()

    def check_preconditions(self, instance):
        """Raise PreconditionFailed if If-Match or If-None-Match forbids a change of `instance`."""
        if_match, if_none_match = (
            parse_etags(self.request.headers.get(name, ""))
            for name in ("If-Match", "If-None-Match")
        )
        if not (if_match or if_none_match):
            return
        renderer, media_type = self.request.accepted_renderer, self.request.accepted_media_type
        if renderer.format != "json":
            renderer, media_type = JSONRenderer(), JSONRenderer.media_type
        etag = make_etag(renderer.render(self.get_serializer(instance).data, media_type, {}))
        if if_match and not {"*", etag} & set(if_match):
            raise PreconditionFailed
        if {"*", etag} & set(if_none_match):
            raise PreconditionFailed("This object exists, and If-None-Match forbids a change.")


class CreateModelMixin(mixins.CreateModelMixin):
    """Creates an object and everything that belongs to it in one transaction."""

    @transaction.atomic
    def create(self, request, *args, **kwargs):
        return super().create(request, *args, **kwargs)


class ListModelMixin(mixins.ListModelMixin):
    """Lists objects, a page at a time, and refuses unknown query parameters."""

    def list(self, request, *args, **kwargs):
        self.check_query_parameters(request)
        queryset = self.filter_queryset(self.get_queryset())
        serializer_class = self.get_serializer_class()
        if hasattr(serializer_class, "rows"):
            names = getattr(self.paginator, "get_position_names", lambda view: [])(self)
            queryset = serializer_class.rows(queryset, *names)
        page = self.paginate_queryset(queryset)
        serializer = self.get_serializer(queryset if page is None else page, many=True)
        if page is None:
            return Response(serializer.data)
        return self.get_paginated_response(serializer.data)

    def check_query_parameters(self, request):
        """Raise ValidationError for a query parameter that nothing reads, such as a typo."""
        if not request.query_params:
            return
        known = {api_settings.URL_FORMAT_OVERRIDE}
        if self.paginator:
            known |= {p["name"] for p in self.paginator.get_schema_operation_parameters(self)}
        for backend in self.filter_backends:
            if hasattr(backend, "get_parameter_names"):
                known |= backend().get_parameter_names(self, self.get_queryset())
            else:
                known |= {p["name"] for p in backend().get_schema_operation_parameters(self)}
        if unknown := request.query_params.keys() - known:
            message = f"Unknown parameter. Available: {', '.join(sorted(known))}."
            raise ValidationError({name: [message] for name in sorted(unknown)})


class RetrieveModelMixin(mixins.RetrieveModelMixin):
    """Retrieves an object."""


class UpdateModelMixin(mixins.UpdateModelMixin):
    """Changes an object in one transaction; with If-Match, only if nobody else has."""

    @transaction.atomic
    def update(self, request, *args, **kwargs):
        # As DRF's, with a lock and, once the request is valid, its preconditions.
        instance = self.get_locked_object()
        partial = kwargs.pop("partial", False)
        serializer = self.get_serializer(instance, data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        self.check_preconditions(instance)
        self.perform_update(serializer)
        # What was prefetched may have changed.
        instance._prefetched_objects_cache = {}
        return Response(serializer.data)


class DestroyModelMixin(mixins.DestroyModelMixin):
    """Deletes an object in one transaction; with If-Match, only if nobody has changed it."""

    @transaction.atomic
    def destroy(self, request, *args, **kwargs):
        instance = self.get_locked_object()
        self.check_preconditions(instance)
        self.perform_destroy(instance)
        return Response(status=204)


class ReadOnlyModelViewSet(RetrieveModelMixin, ListModelMixin, GenericViewSet):
    """A view set with ``list()`` and ``retrieve()``."""


class ModelViewSet(
    CreateModelMixin,
    RetrieveModelMixin,
    UpdateModelMixin,
    DestroyModelMixin,
    ListModelMixin,
    GenericViewSet,
):
    """A view set with ``list()``, ``create()``, ``retrieve()``, ``update()`` and ``destroy()``."""

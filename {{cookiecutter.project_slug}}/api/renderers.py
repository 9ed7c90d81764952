"""The browsable API: https://www.django-rest-framework.org/topics/browsable-api/"""

from contextlib import suppress

from django.core.exceptions import RequestDataTooBig
from django.http.request import RawPostDataException
from rest_framework import renderers
from rest_framework.exceptions import APIException
from rest_framework.request import Request, is_form_media_type, override_method

PROBLEM_JSON = "application/problem+json"


def accepts_page(request: Request) -> bool:
    """Return whether the response to a request of a view of the API will be HTML."""
    return getattr(getattr(request, "accepted_renderer", None), "media_type", "") == "text/html"


class BrowsableAPIRenderer(renderers.BrowsableAPIRenderer):
    """DRF's renderer, with POST buttons for extra actions, and forms that survive an error."""

    def get_context(self, data, accepted_media_type, renderer_context):
        context = super().get_context(data, accepted_media_type, renderer_context)
        if renderer_context["response"].exception:
            context["problem"] = data
            context["response_headers"]["Content-Type"] = PROBLEM_JSON
        return context

    def is_failed(self, method):
        """Return whether the response is an error, and was sent by the form for `method`."""
        sent = self.renderer_context["request"].method
        return self.renderer_context["response"].exception and (
            sent == method or {sent, method} == {"PUT", "PATCH"}  # which share a form
        )

    def show_form_for_method(self, view, method, request, obj):
        if self.is_failed(method):
            # Even if the session has expired: the form has what was typed.
            return method in view.allowed_methods
        response = self.renderer_context["response"]
        is_change = method in ("PUT", "PATCH", "DELETE")
        if is_change and response.exception and response.status_code != 405:
            # There is no object to fill it with.
            return False
        return super().show_form_for_method(view, method, request, obj)

    def get_raw_data_form(self, data, view, method, request):
        form = super().get_raw_data_form(data, view, method, request)
        if form:
            form.auto_id = f"id_{method}%s"
        if form and self.is_failed(method) and not is_form_media_type(request.content_type):
            # Unless another parser has read it, or it exceeds DATA_UPLOAD_MAX_MEMORY_SIZE.
            with suppress(RawPostDataException, RequestDataTooBig):
                form.initial["_content"] = request.body.decode(errors="replace")
        return form

    def get_filter_form(self, data, view, request):
        if self.renderer_context["response"].status_code == 400 and request.method == "GET":
            data = []  # as for a list, though the data is the problem
        return super().get_filter_form(data, view, request)

    def get_extra_actions(self, view, status_code):
        """Return the extra actions as dictionaries: a name, a URL, and what it is offered as."""
        urls = super().get_extra_actions(view, status_code) if status_code != 404 else None
        actions = []
        for action in view.get_extra_actions() if urls else []:
            other = type(view)(**action.kwargs, action_map={**action.mapping})
            if url := urls.get(other.get_view_name()):
                actions.append(
                    {
                        "name": other.get_view_name(),
                        "url": url,
                        "is_link": "get" in other.action_map,
                        "is_button": "post" in other.action_map
                        and self.is_permitted(other, view.request, "POST"),
                    }
                )
        return actions

    def is_permitted(self, view, request, method):
        """Return whether the user of `request` has permission to send `method` to `view`."""
        with override_method(view, request, method) as request:
            try:
                view.check_permissions(request)
            except APIException:
                return False
        return True

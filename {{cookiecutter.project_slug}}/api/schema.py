"""The OpenAPI schema: each status code that a view can return, taken from the view itself.

https://drf-spectacular.readthedocs.io/en/latest/customization.html
"""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.http import HttpRequest
from drf_spectacular import authentication, openapi
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.plumbing import ResolvedComponent
from rest_framework import permissions
from rest_framework.request import Request

from api.exceptions import PROBLEM_JSON, SERVER_ERROR, PreconditionFailed, problem
from api.viewsets import CacheControlMixin, CreateModelMixin, DestroyModelMixin, UpdateModelMixin

# Status codes that mean the same for every view, and the sentence of their example.
DETAILS = {
    400: "The request is invalid: see `errors`.",
    401: "Authentication credentials were not provided.",
    403: "You do not have permission to perform this action.",
    404: "Not found.",
    406: "Could not satisfy the request Accept header.",
    412: PreconditionFailed.default_detail,
    413: "The request body is too large.",
    415: 'Unsupported media type "text/plain" in request.',
    429: "Request was throttled. Expected available in 12 seconds.",
    500: SERVER_ERROR,
}
PROBLEM_SCHEMA = {
    "type": "object",
    "description": "An error, as RFC 9457 describes it.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "`about:blank`: see the status code."},
        "title": {"type": "string", "description": "The reason phrase of the status code."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, in a sentence."},
        "errors": {
            "type": "object",
            "description": "What is wrong with each field or parameter.",
            "additionalProperties": {},
        },
    },
}
TEXT = {"type": "string"}
ETAG = {"ETag": {"description": "Changes whenever the response does.", "schema": TEXT}}
LOCATION = {
    "Location": {"description": "The URL of the new object.", "schema": TEXT | {"format": "uri"}}
}


class StringFieldExtension(OpenApiSerializerFieldExtension):
    """Says that a string has no null character and, unless `allow_blank`, is not blank."""

    target_class = "rest_framework.serializers.CharField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema, direction):
        """Return the schema of the field; only what a client sends has to match the pattern."""
        schema = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)
        if direction == "request" and schema.get("type") == "string" and "format" not in schema:
            is_blank_allowed = self.target.allow_blank
            schema["pattern"] = r"^[^\x00]*$" if is_blank_allowed else r"^[^\x00]*\S[^\x00]*$"
        return schema


class SessionScheme(authentication.SessionScheme):
    """Says how a request is authenticated by the session."""

    priority = 1

    def get_security_definition(self, auto_schema):
        return super().get_security_definition(auto_schema) | {
            "description": "Your session, if you have logged in to the site in this browser. "
            "Requests that change something also need the header `X-CSRFToken`, which the "
            "pages of this site send for you."
        }


class TokenScheme(authentication.TokenScheme):
    """Says how a program gets a token, and how it sends it."""

    priority = 1

    def get_security_definition(self, auto_schema):
        return super().get_security_definition(auto_schema) | {
            "description": "For programs. `POST /api/v1/token/` with your `username` and "
            "`password` returns your token. Send it with each request, in the header "
            "`Authorization: Token 9944b09199c62bcf…`. In Swagger UI, the value is the word "
            "`Token`, a space and your token."
        }


class AutoSchema(openapi.AutoSchema):
    """drf-spectacular's ``AutoSchema``, with errors and the headers of conditional requests.

    Permissions decide about security, mixins and models about conflicts, throttles
    about 429. A conflict that a view raises itself is declared in
    ``extend_schema(responses={409: OpenApiResponse(description="…")})``.
    """

    def get_operation(self, path, path_regex, path_prefix, method, registry):
        operation = super().get_operation(path, path_regex, path_prefix, method, registry)
        if operation is not None:
            self.document_parameters(operation)
            self.document_responses(operation)
        return operation

    def get_auth(self):
        """Return the security requirements, with an empty one if the view is open to anyone."""
        auths = [auth for auth in super().get_auth() if auth]
        request = Request(HttpRequest())
        request._request.method = self.method
        request.user = AnonymousUser()
        if all(p.has_permission(request, self.view) for p in self.view.get_permissions()):
            auths.append({})
        return auths

    @property
    def action_name(self) -> str:
        """The action that handles the method, such as "create"; "" for a plain view."""
        return getattr(self.view, "action", None) or ""

    @property
    def model(self) -> type[models.Model] | None:
        """The model of the view's queryset, or None."""
        queryset = getattr(self.view, "queryset", None)
        return None if queryset is None else queryset.model

    def is_change(self) -> bool:
        """Return whether the method changes or deletes an existing object, if conditions allow."""
        return (
            isinstance(self.view, UpdateModelMixin)
            and self.action_name in ("update", "partial_update")
        ) or (isinstance(self.view, DestroyModelMixin) and self.action_name == "destroy")

    def get_conflicts(self) -> list[str]:
        """Return sentences for the conflicts that only the database can find."""
        if self.model is None:
            return []
        options = self.model._meta
        if isinstance(self.view, DestroyModelMixin) and self.action_name == "destroy":
            protected = [
                relation.related_model._meta.verbose_name_plural
                for relation in options.related_objects
                if relation.on_delete in (models.PROTECT, models.RESTRICT)
            ]
            return [
                f"This object cannot be deleted: it is referenced by 2 {names}."
                for names in protected
            ]
        is_create = isinstance(self.view, CreateModelMixin) and self.action_name == "create"
        if not (is_create or self.is_change()):
            return []
        unique = [
            " ".join(self.model().unique_error_message(self.model, (field.name,)).messages)
            for field in options.concrete_fields
            if field.unique and not field.primary_key
        ]
        return [str(c.get_violation_error_message()) for c in options.constraints] + unique

    def get_error_codes(self, operation: dict[str, Any]) -> set[int]:
        """Return the status codes of the errors that the view can return, as a set."""
        view_permissions = self.view.get_permissions()
        codes = {400, 406, 500}
        if self.view.get_authenticators():
            codes.add(401)
        if view_permissions and self.method not in permissions.SAFE_METHODS:
            codes.add(403)
        if any(not is_open_to_readers(permission) for permission in view_permissions):
            codes.add(403)
        # A list with an invalid cursor is a 404.
        if getattr(self.view, "detail", False) or self.method == "GET":
            codes.add(404)
        if self.is_change():
            codes.add(412)
        if "requestBody" in operation:
            codes |= {413, 415}
        if self.view.get_throttles():
            codes.add(429)
        return codes

    def document_parameters(self, operation):
        """Add the headers of conditional requests, and what query parameters accept."""
        parameters = operation.setdefault("parameters", [])
        for parameter in parameters:
            is_filter = parameter["in"] == "query" and parameter["name"] != "cursor"
            if is_filter and "default" not in parameter["schema"]:
                # The forms of the browsable API send filters that are not set as "".
                parameter["allowEmptyValue"] = True
                if parameter["schema"] == TEXT:
                    parameter["schema"] = TEXT | {"pattern": r"^[^\x00]*$"}
        if self.method == "GET" and isinstance(self.view, CacheControlMixin):
            parameters.append(header("If-None-Match", "The ETag of the response you have."))
        if self.is_change():
            parameters.append(header("If-Match", "The ETag of the object you want to change."))

    def document_responses(self, operation):
        """Add errors, and the headers of the other responses."""
        responses = operation["responses"]
        if self.method == "GET" and isinstance(self.view, CacheControlMixin):
            responses["200"]["headers"] = ETAG
            responses["304"] = {"description": "Not Modified", "headers": ETAG}
        if "201" in responses:
            responses["201"]["headers"] = LOCATION
        for code in self.get_error_codes(operation):
            responses[str(code)] = self.get_problem_reference(code)
        conflicts = self.get_conflicts()
        if "409" in responses:
            conflicts = [responses["409"]["description"], *conflicts]
        if conflicts:
            responses["409"] = get_problem_response(409, conflicts)
        self.register_component("schemas", "Problem", PROBLEM_SCHEMA)
        operation["responses"] = dict(sorted(responses.items()))

    def get_problem_reference(self, code: int) -> dict[str, str]:
        """Return a reference to the response of an error with a status code."""
        return self.register_component(
            "responses", f"Problem{code}", get_problem_response(code, [DETAILS[code]])
        ).ref

    def register_component(self, type, name, schema):
        """Register a component unless it is registered, and return it."""
        component = ResolvedComponent(name=name, type=type, schema=schema, object=name)
        self.registry.register_on_missing(component)
        return component


def is_open_to_readers(permission):
    """Return whether DRF documents that the permission lets authenticated users read."""
    if isinstance(permission, permissions.DjangoModelPermissions):
        return not permission.perms_map["GET"]
    return isinstance(
        permission,
        (
            permissions.AllowAny,
            permissions.IsAuthenticated,
            permissions.IsAuthenticatedOrReadOnly,
        ),
    )


def get_problem_response(code: int, details: list[str]) -> dict[str, Any]:
    """Return the response of an error, with an example for each sentence of `details`."""
    members = {"errors": {"name": ["This field is required."]}} if code == 400 else {}
    problems = [problem(code, detail, **members) for detail in details]
    content: dict[str, Any] = {"schema": {"$ref": "#/components/schemas/Problem"}}
    if len(problems) == 1:
        content["example"] = problems[0]
    else:
        content["examples"] = {
            f"Conflict{number}": {"value": value} for number, value in enumerate(problems, 1)
        }
    response = {"description": problems[0]["title"], "content": {PROBLEM_JSON: content}}
    if code == 429:
        seconds = {"description": "Seconds until the next attempt.", "schema": {"type": "integer"}}
        response["headers"] = {"Retry-After": seconds}
    return response


def header(name: str, description: str) -> dict[str, Any]:
    """Return an optional header of a request."""
    return {"name": name, "in": "header", "description": description, "schema": TEXT}

"""Middleware of this project: https://docs.djangoproject.com/en/stable/topics/http/middleware/"""

import re
import socket
import uuid
from ipaddress import ip_address, ip_network

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpResponseNotFound
from django.middleware import common
from rest_framework.settings import api_settings

from operations.health import is_unavailable
from operations.logs import request_id
from operations.metrics import export
from operations.views import ready_details, unavailable


def is_trusted(address: str) -> bool:
    """Return whether the IP address `address`, a string, belongs to a proxy in TRUSTED_PROXIES.

    TRUSTED_PROXIES lists IP addresses, networks and host names. A host name is
    resolved each time: a container gets another IP address when it restarts.
    """
    for proxy in settings.TRUSTED_PROXIES:
        try:
            if ip_address(address) in ip_network(proxy, strict=False):
                return True
        except ValueError:
            try:
                found = socket.getaddrinfo(proxy, None, type=socket.SOCK_STREAM)
            except OSError:
                continue
            if address in {socket_address[0] for *_, socket_address in found}:
                return True
    return False


def trusted_proxy_middleware(get_response):
    """Trust X-Forwarded-… and X-Request-ID headers from a trusted proxy only.

    From such a proxy, the client's IP address becomes REMOTE_ADDR, for logs and
    throttles. From any other client, the headers are removed.
    """

    def middleware(request):
        present = [
            name
            for name in request.META
            if name.startswith("HTTP_X_FORWARDED_") or name == "HTTP_X_REQUEST_ID"
        ]
        if present and is_trusted(request.META["REMOTE_ADDR"]):
            client = request.META.pop("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
            request.META["REMOTE_ADDR"] = client or request.META["REMOTE_ADDR"]
        else:
            # With NUM_PROXIES, DRF reads the client from this header itself.
            kept = {"HTTP_X_FORWARDED_FOR"} if api_settings.NUM_PROXIES else set()
            for name in set(present) - kept:
                del request.META[name]
        return get_response(request)

    return middleware


def request_id_middleware(get_response):
    """Give each request an ID, for every line of its log and for the response."""

    def middleware(request):
        name = request.headers.get("X-Request-ID", "")
        if not re.fullmatch(r"[A-Za-z0-9-]{8,64}", name):
            name = str(uuid.uuid4())
        request_id.set(name)
        response = get_response(request)
        response["X-Request-ID"] = name
        return response

    return middleware


def internal_port_middleware(get_response):
    """Serve /metrics and the details of /readyz on the internal port, and nothing else there.

    gunicorn listens on both ports (deploy/gunicorn.conf.py); the proxy uses the other one.
    """
    views = {"/metrics": export, "/readyz": ready_details}

    def middleware(request):
        if request.META.get("SERVER_PORT") != str(settings.INTERNAL_PORT):
            return get_response(request)
        view = views.get(request.path)
        return view(request) if view else HttpResponseNotFound()

    return middleware


class DatabaseUnavailableMiddleware:
    """Respond with 503 to a page that needs the database while it does not respond.

    https://www.rfc-editor.org/rfc/rfc9110#name-503-service-unavailable
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        return unavailable(request) if is_unavailable(exception) else None


class CommonMiddleware(common.CommonMiddleware):
    """Django's, with two rules of HTTP for a web API.

    Only GET and HEAD are redirected to the URL with a slash: clients may repeat a POST
    as GET, without its body. A 304 must not have the Content-Length of its empty body.
    https://www.rfc-editor.org/rfc/rfc9110#name-301-moved-permanently
    https://www.rfc-editor.org/rfc/rfc9110#name-content-length
    """

    def should_redirect_with_slash(self, request):
        return request.method in ("GET", "HEAD") and super().should_redirect_with_slash(request)

    def process_response(self, request, response):
        response = super().process_response(request, response)
        if response.status_code == 304:
            response.headers.pop("Content-Length", None)
        return response


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """CONTENT_SECURITY_POLICY for pages; a shorter policy for JSON, which loads nothing.

    django-csp builds the policy again for each response, which JSON can do without.
    https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html#security-headers
    """

    def process_response(self, request, response):
        if response.headers.get("Content-Type", "").endswith("json"):
            response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
            return response
        return super().process_response(request, response)

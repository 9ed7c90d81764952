"""What happens to every request before it reaches the site, in this order.

https://docs.djangoproject.com/en/stable/topics/http/middleware/
"""

import re
import socket
import uuid
from ipaddress import ip_address, ip_network

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpResponseNotFound
from django.middleware import common
from django_prometheus.exports import ExportToDjangoView
from rest_framework.settings import api_settings

from operations.logs import request_id
from operations.views import ready_details


def is_trusted(address):
    """Tell whether the text `address` is that of a proxy named in TRUSTED_PROXIES.

    A proxy is named by its address, its network or its host name. The name is
    looked up each time: the address of a container changes when it restarts.
    """
    for proxy in settings.TRUSTED_PROXIES:
        try:
            if ip_address(address) in ip_network(proxy):
                return True
        except ValueError:
            try:
                found = socket.getaddrinfo(proxy, None, type=socket.SOCK_STREAM)
            except OSError:
                continue
            if address in {place[0] for *_, place in found}:
                return True
    return False


def forwarded(get_response):
    """Believe what the proxy says of the client, and nobody else.

    From the proxy, the client's address becomes REMOTE_ADDR, for logs and
    throttles. From anybody else, headers that only a proxy may send are dropped.
    """

    def middleware(request):
        said = [
            name
            for name in request.META
            if name.startswith("HTTP_X_FORWARDED_") or name == "HTTP_X_REQUEST_ID"
        ]
        if said and is_trusted(request.META["REMOTE_ADDR"]):
            client = request.META.pop("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
            request.META["REMOTE_ADDR"] = client or request.META["REMOTE_ADDR"]
        else:
            # NUM_PROXIES says that proxies of unknown addresses stand in front.
            kept = {"HTTP_X_FORWARDED_FOR"} if api_settings.NUM_PROXIES else set()
            for name in set(said) - kept:
                del request.META[name]
        return get_response(request)

    return middleware


def identified(get_response):
    """Give the request an id, which is in each line of its log and in the answer."""

    def middleware(request):
        name = request.headers.get("X-Request-ID", "")
        if not re.fullmatch(r"[A-Za-z0-9-]{8,64}", name):
            name = str(uuid.uuid4())
        request_id.set(name)
        response = get_response(request)
        response["X-Request-ID"] = name
        return response

    return middleware


def internal_port(get_response):
    """Answer /metrics and the details of /readyz on the internal port, and nothing else there.

    gunicorn listens on both ports (gunicorn.conf.py); the proxy knows one of them.
    """
    answers = {"/metrics": ExportToDjangoView, "/readyz": ready_details}

    def middleware(request):
        if request.META.get("SERVER_PORT") != str(settings.INTERNAL_PORT):
            return get_response(request)
        answer = answers.get(request.path)
        return answer(request) if answer else HttpResponseNotFound()

    return middleware


class CommonMiddleware(common.CommonMiddleware):
    """Django's, for a web API: it sends on only who reads, and gives no length to what is not sent.

    Who is sent on asks again with GET, whatever the first request was, and
    without its body. https://www.rfc-editor.org/rfc/rfc9110#name-301-moved-permanently
    """

    def should_redirect_with_slash(self, request):
        """Return whether the address lacks nothing but a slash, and is read."""
        return request.method in ("GET", "HEAD") and super().should_redirect_with_slash(request)

    def process_response(self, request, response):
        """Return the response, with its length unless it is a 304."""
        response = super().process_response(request, response)
        if response.status_code == 304:
            response.headers.pop("Content-Length", None)
        return response


class ContentSecurityPolicy(CSPMiddleware):
    """The policy of CONTENT_SECURITY_POLICY for pages; for JSON, that nothing may be loaded.

    django-csp puts its policy together anew for each answer. What is no page
    needs none of it. https://owasp.org/www-project-secure-headers/
    """

    def process_response(self, request, response):
        """Return the response with its policy."""
        if response.headers.get("Content-Type", "").endswith("json"):
            response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
            return response
        return super().process_response(request, response)

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django_alive.utils import perform_healthchecks

from operations.health import RETRY_AFTER


def ready(request: HttpRequest) -> JsonResponse:
    """Respond 200 if this process can serve requests, else 503, without saying why."""
    healthy, _ = perform_healthchecks()
    return JsonResponse({"healthy": healthy}, status=200 if healthy else 503)


def ready_details(request: HttpRequest) -> JsonResponse:
    """Respond like `ready`, with the errors, for the internal port.

    The cache is reported, but not required: without it the site is slower, not down.
    """
    healthy, errors = perform_healthchecks()
    cache.set("readyz", "stored", timeout=10)
    details = {"healthy": healthy, "errors": errors, "cache": cache.get("readyz") == "stored"}
    return JsonResponse(details, status=200 if healthy else 503)


def unavailable(request: HttpRequest) -> HttpResponse:
    """Respond 503 with a page that says that the database does not respond."""
    # It is not rendered with the request: the user is in the database.
    return HttpResponse(
        render_to_string("503.html"), status=503, headers={"Retry-After": RETRY_AFTER}
    )

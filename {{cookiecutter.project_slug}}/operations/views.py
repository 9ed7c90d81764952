from django.core.cache import cache
from django.http import JsonResponse
from django_alive.utils import perform_healthchecks


def ready(request):
    """Answer 200 if this process may be sent requests, else 503; why not is for operators."""
    healthy, _ = perform_healthchecks()
    return JsonResponse({"healthy": healthy}, status=200 if healthy else 503)


def ready_details(request):
    """Answer the same on the internal port, with what is wrong.

    The cache is reported, but not asked for: without it the site is slower, not down.
    """
    healthy, errors = perform_healthchecks()
    cache.set("readyz", "kept", timeout=10)
    details = {"healthy": healthy, "errors": errors, "cache": cache.get("readyz") == "kept"}
    return JsonResponse(details, status=200 if healthy else 503)

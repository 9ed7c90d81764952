"""Throttles that all workers share.

Each throttle keeps one number in the cache for each client and time window. The
cache increments it in one step, so workers that share the cache share the limit:
set CACHE_URL in production. The client is the IP address of the connection;
behind proxies, it is what the last NUM_PROXIES of them have added to
X-Forwarded-For, so that a client cannot choose it.
https://www.django-rest-framework.org/api-guide/throttling/
"""

import math
import time
from functools import wraps

from django.conf import settings
from django.core.cache import cache
from django.core.checks import Warning
from django.shortcuts import render
from rest_framework import throttling


class FixedWindowMixin:
    """Counts requests in fixed windows: ``10/minute`` allows ten between :00 and :59."""

    def allow_request(self, request, view):
        """Count the request, and return whether it is within the limit."""
        key = self.rate and self.get_cache_key(request, view)
        if not key:
            return True
        now = time.time()
        window = int(now // self.duration)
        self.remaining = (window + 1) * self.duration - now
        key = f"{key}_{window}"
        try:
            count = cache.incr(key)
        except ValueError:  # the first request of this window
            count = 1 if cache.add(key, 1, self.duration) else cache.incr(key)
        return count <= self.num_requests

    def wait(self):
        """Return the number of seconds until the next window, for Retry-After."""
        return math.ceil(self.remaining)


class AnonRateThrottle(FixedWindowMixin, throttling.AnonRateThrottle):
    """Limits anonymous clients, by IP address."""


class UserRateThrottle(FixedWindowMixin, throttling.UserRateThrottle):
    """Limits authenticated users, by primary key."""

    def get_cache_key(self, request, view):
        # Anonymous clients are the other throttle's.
        return super().get_cache_key(request, view) if request.user.is_authenticated else None


class LoginRateThrottle(FixedWindowMixin, throttling.SimpleRateThrottle):
    """Limits sign-in attempts per client IP, against password guessing."""

    scope = "login"

    def get_cache_key(self, request, view):
        if request.method != "POST":
            return None
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


def throttle_login(view):
    """Return the login page `view` with the limit of LoginRateThrottle."""

    @wraps(view)
    def throttled(request, *args, **kwargs):
        throttle = LoginRateThrottle()
        if throttle.allow_request(request, view):
            return view(request, *args, **kwargs)
        response = render(request, "429.html", status=429)
        response["Retry-After"] = throttle.wait()
        return response

    return throttled


def check_shared_cache(app_configs, **kwargs):
    """Warn, in ``manage.py check --deploy``, if each process would count for itself."""
    if "locmem" not in settings.CACHES["default"]["BACKEND"]:
        return []
    return [
        Warning(
            "Throttles count in the memory of each process.",
            hint="Set CACHE_URL to a cache that all processes share, such as Redis.",
            id="api.W001",
        )
    ]

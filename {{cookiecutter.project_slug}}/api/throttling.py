"""Limits: how often one caller may ask.

Each limit is one number in the cache, for a caller and a stretch of time. It is
the cache that counts, in one step, so all workers that share the cache share the
limit: set CACHE_URL in production. Who the caller is, is told by the address of
the connection; behind a proxy, by what NUM_PROXIES proxies have added to
X-Forwarded-For, and by nothing that the client has written there itself.
https://www.django-rest-framework.org/api-guide/throttling/
"""

import math
import time
from functools import wraps

from django.conf import settings
from django.core.cache import cache
from django.core.checks import Warning
from django.shortcuts import render
from rest_framework.throttling import SimpleRateThrottle


class CountingThrottle(SimpleRateThrottle):
    """So many requests in each stretch of time; the rate of the scope says how many."""

    def allow_request(self, request, view):
        """Count the request, and return whether it is one of those that are allowed."""
        key = self.rate and self.get_cache_key(request, view)
        if not key:
            return True
        now = time.time()
        stretch = int(now // self.duration)
        self.remaining = (stretch + 1) * self.duration - now
        key = f"{key}_{stretch}"
        try:
            count = cache.incr(key)
        except ValueError:  # the first one in this stretch
            count = 1 if cache.add(key, 1, self.duration) else cache.incr(key)
        # A cache that is away counts nothing: better no limit than no answer.
        return count is None or count <= self.num_requests

    def wait(self):
        """Return after how many seconds the next stretch begins, for Retry-After."""
        return math.ceil(self.remaining)


class AnonymousThrottle(CountingThrottle):
    """Who is not signed in, by address."""

    scope = "anonymous"

    def get_cache_key(self, request, view):
        """Return the caller's key, or None for who is signed in."""
        return None if request.user.is_authenticated else f"anonymous_{self.get_ident(request)}"


class UserThrottle(CountingThrottle):
    """Who is signed in, from wherever."""

    scope = "user"

    def get_cache_key(self, request, view):
        """Return the caller's key, or None for who is not signed in."""
        return f"user_{request.user.pk}" if request.user.is_authenticated else None


class LoginThrottle(CountingThrottle):
    """Who tries to sign in, by address: passwords are not to be guessed."""

    scope = "login"

    def get_cache_key(self, request, view):
        """Return the caller's key, or None for a request that sends no password."""
        return f"login_{self.get_ident(request)}" if request.method == "POST" else None


def limit_logins(view):
    """Return `view`, a page with a log-in form, with the limit of LoginThrottle."""

    @wraps(view)
    def limited(request, *args, **kwargs):
        throttle = LoginThrottle()
        if throttle.allow_request(request, view):
            return view(request, *args, **kwargs)
        response = render(request, "429.html", status=429)
        response["Retry-After"] = throttle.wait()
        return response

    return limited


def check_that_the_cache_is_shared(app_configs, **kwargs):
    """Warn, in ``manage.py check --deploy``, where each process would count for itself."""
    if "locmem" not in settings.CACHES["default"]["BACKEND"]:
        return []
    return [
        Warning(
            "The limits are counted in the memory of each process.",
            hint="Set CACHE_URL to a cache that all processes share, such as Redis.",
            id="library.W001",
        )
    ]

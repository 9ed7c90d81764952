"""Throttles that all workers share.

Each throttle keeps one number in the cache for each client and time window. The
cache increments it in one step, so workers that share the cache share the limit:
set CACHE_URL in production. A client is identified by REMOTE_ADDR, which
operations.middleware sets from X-Forwarded-For if the request comes from a proxy in
TRUSTED_PROXIES. With NUM_PROXIES, DRF reads X-Forwarded-For itself.
https://www.django-rest-framework.org/api-guide/throttling/
"""

import math
import time
import unicodedata
from functools import wraps
from hashlib import sha256

from django.conf import settings
from django.core.cache import cache, caches
from django.core.checks import Warning
from django.shortcuts import render
from rest_framework import throttling


class FixedWindowMixin:
    """Counts requests in fixed windows: ``10/minute`` allows ten between :00 and :59."""

    remaining = 0.0

    def allow_request(self, request, view):
        """Count the request, and return whether it is within the limit."""
        key = self.rate and self.get_cache_key(request, view)
        if not key:
            return True
        now = time.time()
        window = int(now // self.duration)
        self.remaining = (window + 1) * self.duration - now
        return self.increment(f"{key}_{window}", cache) <= self.num_requests

    def increment(self, key, counters):
        """Count a request in the cache `counters`, and return the count of its window."""
        try:
            return counters.incr(key)
        except ValueError:  # the first request of this window
            return 1 if counters.add(key, 1, self.duration) else counters.incr(key)

    def wait(self):
        """Return the number of seconds until the next window, for Retry-After."""
        return math.ceil(self.remaining)


class AnonRateThrottle(FixedWindowMixin, throttling.AnonRateThrottle):
    """Limits anonymous clients, by IP address."""


class UserRateThrottle(FixedWindowMixin, throttling.UserRateThrottle):
    """Limits authenticated users, by primary key."""

    def get_cache_key(self, request, view):
        # AnonRateThrottle limits anonymous clients.
        return super().get_cache_key(request, view) if request.user.is_authenticated else None


class LoginAttemptMixin(FixedWindowMixin):
    """Also counts in the process, for the time when the shared cache is unavailable."""

    def increment(self, key, counters):
        own = super().increment(key, caches["process"])
        return max(own, super().increment(key, counters))


class AccountRateThrottle(LoginAttemptMixin, throttling.SimpleRateThrottle):
    """Limits login attempts per account, whether it exists or not.

    The account is the user name in the body or, without one, the email address.
    """

    scope = "login_account"

    def get_cache_key(self, request, view):
        data = request.data if hasattr(request, "data") else request.POST
        name = isinstance(data, dict) and (data.get("username") or data.get("email"))
        if not name:
            return None
        # Spellings that look alike share a limit.
        account = unicodedata.normalize("NFKC", str(name)).strip().casefold()
        ident = sha256(account.encode(errors="backslashreplace")).hexdigest()
        return self.cache_format % {"scope": self.scope, "ident": ident}


class LoginRateThrottle(LoginAttemptMixin, throttling.SimpleRateThrottle):
    """Limits login attempts per client IP and then per account, against password guessing.

    An attempt over the limit of its client does not count for the account: otherwise
    one client could lock out any user.
    """

    scope = "login"

    def get_cache_key(self, request, view):
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}

    def allow_request(self, request, view):
        """Count an attempt, and return whether it is within both limits."""
        if request.method != "POST":
            return True
        if not super().allow_request(request, view):
            return False
        account = AccountRateThrottle()
        is_allowed = account.allow_request(request, view)
        self.remaining = account.remaining
        return is_allowed


def throttle_login(view):
    """Return the page `view`, whose form has a user name or an email address, with limits.

    A POST over a limit of LoginRateThrottle gets 429.html, with Retry-After.
    """

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

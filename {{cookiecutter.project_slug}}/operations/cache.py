"""Django's Redis cache, which behaves like an empty cache while Redis is unavailable.

https://docs.djangoproject.com/en/stable/topics/cache/#redis
"""

from functools import wraps

from django.core.cache.backends import dummy, redis
from redis.exceptions import RedisError

from operations.metrics import CACHE_ERRORS, CACHE_GETS

MISSING = object()


def or_dummy(method):
    """Return `method`, which does what Django's dummy cache does when Redis fails."""

    @wraps(method)
    def wrapper(self, *args, **kwargs):
        try:
            with CACHE_ERRORS.count_exceptions(RedisError):
                return method(self, *args, **kwargs)
        except RedisError:
            return getattr(self.dummy, method.__name__)(*args, **kwargs)

    return wrapper


class RedisCache(redis.RedisCache):
    """Returns and stores nothing while Redis is unavailable, and counts hits, misses and errors."""

    def __init__(self, server, params):
        super().__init__(server, params)
        self.dummy = dummy.DummyCache(server, params)

    def get(self, key, default=None, version=None):
        value = self.get_or_dummy(key, MISSING, version)
        CACHE_GETS.labels("miss" if value is MISSING else "hit").inc()
        return default if value is MISSING else value

    get_or_dummy = or_dummy(redis.RedisCache.get)
    get_many = or_dummy(redis.RedisCache.get_many)
    has_key = or_dummy(redis.RedisCache.has_key)
    add = or_dummy(redis.RedisCache.add)
    set = or_dummy(redis.RedisCache.set)
    set_many = or_dummy(redis.RedisCache.set_many)
    touch = or_dummy(redis.RedisCache.touch)
    incr = or_dummy(redis.RedisCache.incr)
    delete = or_dummy(redis.RedisCache.delete)
    delete_many = or_dummy(redis.RedisCache.delete_many)
    clear = or_dummy(redis.RedisCache.clear)

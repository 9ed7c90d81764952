from django_redis import cache

from operations.metrics import CACHE_GETS

MISSING = object()


class RedisCache(cache.RedisCache):
    """The cache of django-redis, with a metric of hits and misses.

    https://github.com/jazzband/django-redis
    """

    def get(self, key, default=None, version=None, client=None):
        value = super().get(key, MISSING, version, client)
        CACHE_GETS.labels("miss" if value is MISSING else "hit").inc()
        return default if value is MISSING else value

import pytest
from django.core.cache.backends import redis
from django.core.cache.backends.dummy import DummyCache
from prometheus_client import REGISTRY

from operations.cache import RedisCache

# A port that no server listens to.
UNAVAILABLE = "redis://127.0.0.1:1"
CALLS = {
    "get": ("key", "default"),
    "get_many": (["key", "other"],),
    "has_key": ("key",),
    "add": ("key", 1),
    "set": ("key", 1),
    "set_many": ({"key": 1},),
    "touch": ("key",),
    "delete": ("key",),
    "delete_many": (["key"],),
    "clear": (),
    "get_or_set": ("key", 1),
}


def value_of(metric, **labels):
    return REGISTRY.get_sample_value(metric, labels) or 0


@pytest.mark.parametrize("method", CALLS)
def test_an_unavailable_redis_is_an_empty_cache(method):
    errors = value_of("cache_errors_total")
    result = getattr(RedisCache(UNAVAILABLE, {}), method)(*CALLS[method])
    assert result == getattr(DummyCache("", {}), method)(*CALLS[method])
    assert value_of("cache_errors_total") > errors


def test_an_unavailable_redis_has_no_key_to_increment():
    with pytest.raises(ValueError, match="'key' not found"):
        RedisCache(UNAVAILABLE, {}).incr("key")


def test_every_method_of_django_has_a_fallback():
    methods = {name for name, value in vars(redis.RedisCache).items() if callable(value)}
    own = {name for name in methods if not name.startswith("_")} - {"get_backend_timeout"}
    assert own <= vars(RedisCache).keys()


def test_hits_and_misses_of_the_cache_are_counted(monkeypatch):
    stored = {":1:key": None}
    monkeypatch.setattr(redis.RedisCacheClient, "get", lambda self, *args: stored.get(*args))
    before = [value_of("cache_gets_total", result=result) for result in ("hit", "miss")]
    cache = RedisCache(UNAVAILABLE, {})
    assert (cache.get("key", 1), cache.get("other"), cache.get("other", 2)) == (None, None, 2)
    after = [value_of("cache_gets_total", result=result) for result in ("hit", "miss")]
    assert after == [before[0] + 1, before[1] + 2]

"""Settings, driven by the environment: development and production use this one file.

Each variable that is read here is explained in .env.example. What the names
mean: https://docs.djangoproject.com/en/stable/ref/settings/
"""

import re
import tomllib
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


class Environment(environ.FileAwareEnv):
    """The environment, which says so where it cannot make sense of a value."""

    def get_value(self, var, *args, **kwargs):
        """Return the value of `var`; raise ImproperlyConfigured for a number that is none."""
        try:
            return super().get_value(var, *args, **kwargs)
        except ValueError:
            raise ImproperlyConfigured(
                f"{var} has to be a whole number; received {self.ENVIRON[var]!r}."
            ) from None

    def rate(self, var, default):
        """Return how often somebody may ask, such as 100/minute, or None where there is no limit.

        Raise ImproperlyConfigured for a text that is neither.
        """
        value = self.str(var, default=default).strip()
        if value and not re.fullmatch(r"[0-9]+/(second|minute|hour|day)", value):
            raise ImproperlyConfigured(
                f"{var} has to be a number of requests per second, minute, hour or day, such "
                f"as 100/minute, or empty for no limit; received {value!r}."
            )
        return value or None

    def address(self, var, read, schemes, example):
        """Return what `read` makes of the address in `var`, or None where there is none.

        Raise ImproperlyConfigured where it begins with none of `schemes`, or
        cannot be read. What was received is not shown: it may hold a password.
        """
        value = self.str(var, default="").strip()
        try:
            if value and value.partition("://")[0] not in schemes:
                raise ValueError
            return read(value) if value else None
        except ValueError:
            raise ImproperlyConfigured(
                f"{var} cannot be read. It has to look like {example}"
            ) from None


# A variable that is set in the environment wins over the same line in .env.
# One that ends in _FILE names a file with the value: SECRET_KEY_FILE=/run/secrets/secret_key
# https://django-environ.readthedocs.io/en/stable/tips.html#docker-style-file-based-variables
env = Environment()
env.read_env(BASE_DIR / ".env")

# What the pages and the web API say of the project, from pyproject.toml.
_pyproject = tomllib.loads((BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = {
    "title": _pyproject["tool"]["django_project"]["title"],
    "description": _pyproject["project"]["description"],
    "author": ", ".join(
        author["name"] for author in _pyproject["project"]["authors"] if "name" in author
    ),
}

# Security
# https://docs.djangoproject.com/en/stable/howto/deployment/checklist/

DEBUG = env.bool("DEBUG", default=False)

# The image for production says that it is one.
if DEBUG and env.bool("PRODUCTION", default=False):
    raise ImproperlyConfigured(
        "DEBUG is on in the image for production, where it would show settings and "
        "code to every visitor. Unset DEBUG, or use the image for development."
    )

DEVELOPMENT_SECRET_KEY = "only-for-development-and-known-to-everyone"

# Whoever writes such a file by hand ends it with a newline.
SECRET_KEY = env.str("SECRET_KEY", default="").strip()
if DEBUG:
    SECRET_KEY = SECRET_KEY or DEVELOPMENT_SECRET_KEY
elif SECRET_KEY in ("", DEVELOPMENT_SECRET_KEY):
    raise ImproperlyConfigured(
        "SECRET_KEY is missing, or is the development one, and DEBUG is off. In "
        "production, set SECRET_KEY to a long random value. For development, copy "
        ".env.example to .env, which sets DEBUG=true."
    )

ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS",
    default=["localhost", "127.0.0.1", "[::1]", "0.0.0.0", "web"] if DEBUG else [],
)
if not (DEBUG or ALLOWED_HOSTS):
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS is empty, and DEBUG is off: no request would be answered. Set "
        "it to the host names of the site, separated by commas."
    )
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# Keys that no longer sign, or do not sign yet, but are believed. Signatures
# outlive a change of SECRET_KEY by it: deploy/make_secrets.py --rotate
SECRET_KEY_FALLBACKS = [
    key.strip() for key in env.list("SECRET_KEY_FALLBACKS", default=[]) if key.strip()
]

# Everything over HTTPS, and browsers are told to remember it for a year: behind a
# proxy that speaks it, as in compose.prod.yaml.
USE_HTTPS = env.bool("USE_HTTPS", default=False)
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = USE_HTTPS
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=365 * 24 * 3600) if USE_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = USE_HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

# Who may say, in X-Forwarded-… headers, what the client asked for: addresses,
# networks or host names. Whoever else says it is not heard.
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Where a page may load from: this server alone, and no script that stands in
# the page. Swagger UI and ReDoc write styles into theirs, ReDoc runs a worker.
# https://django-csp.readthedocs.io/en/latest/configuration.html
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "worker-src": ["'self'", "blob:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# The admin's address: one that is not the usual one gets fewer visits from robots.
ADMIN_PATH = env.str("ADMIN_PATH", default="admin").strip("/") + "/"

# Applications

INSTALLED_APPS = [
    # Our own come first: a template of theirs replaces one of the same name below.
    "accounts",
    "api",
    "website",
    "operations",
    "library",
### BEGIN TASK 4
    # STEP 4. Tell Django that there is an app named "reviews".
### BEGIN SOLUTION
    "reviews",
### END SOLUTION
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework.authtoken",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
]

MIDDLEWARE = [
    "operations.middleware.forwarded",
    "operations.middleware.identified",
    "operations.middleware.internal_port",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django_alive.middleware.healthcheck_bypass_host_check",
    "django.middleware.security.SecurityMiddleware",
    "operations.middleware.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "operations.middleware.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "django_project.urls"
WSGI_APPLICATION = "django_project.wsgi.application"
ASGI_APPLICATION = "django_project.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "website.context_processors.project",
            ],
        },
    },
]

# Database
# https://docs.djangoproject.com/en/stable/ref/databases/

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DATABASES = {
    "default": env.address(
        *("DATABASE_URL", env.db_url_config, env.DB_SCHEMES),
        example="postgres://user:password@host:5432/name",
    )
    or {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}
}

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    if env.int("REPLICAS", default=1) > 1:
        raise ImproperlyConfigured(
            "REPLICAS is more than 1, and the database is SQLite: a file, which only "
            "one machine has. Set REPLICAS=1, or DATABASE_URL to a PostgreSQL server."
        )
    # Readers do not wait for the writer (WAL), and a writer that comes second
    # waits for its turn, up to 20 seconds, instead of failing half-way.
    # https://docs.djangoproject.com/en/stable/ref/databases/#sqlite-notes
    _options = {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
    }
else:
    # Open connections are kept and shared; one that has died is replaced, see
    # operations/queries.py. Who finds no free one within 3 seconds is told so,
    # rather than left waiting.
    # https://docs.djangoproject.com/en/stable/ref/databases/#connection-pool
    #
    # What is asked for is in memory, mostly: reading a page costs little beside
    # comparing rows, here and there as well as one after the other. PostgreSQL's
    # own guess, 1 and 4, is that of a turning disk, and has it read an index from
    # end to end where a search would find a few rows.
    # https://www.postgresql.org/docs/current/runtime-config-query.html
    #
    # A question that comes again and again is prepared once for each connection,
    # and its values are sent beside it. It is planned for these values, because
    # a plan that does not know the words of a search is the wrong one for some.
    # https://www.psycopg.org/psycopg3/docs/advanced/prepare.html
    _options = {
        "pool": {"timeout": 3},
        "options": "-c seq_page_cost=0.1 -c random_page_cost=0.1"
        " -c plan_cache_mode=force_custom_plan",
        "server_side_binding": True,
        "prepare_threshold": 5,
    }
DATABASES["default"]["OPTIONS"] = _options | DATABASES["default"].get("OPTIONS", {})

# Cache and sessions
# https://docs.djangoproject.com/en/stable/topics/cache/

CACHES = {
    "default": env.address(
        *("CACHE_URL", env.cache_url_config, env.CACHE_SCHEMES),
        example="redis://:password@host:6379/0",
    )
    or {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
if "redis" in CACHES["default"]["BACKEND"]:
    # As django-redis, and counted. Redis may be away: then nothing is found in it.
    # https://github.com/jazzband/django-redis
    CACHES["default"]["BACKEND"] = "django_prometheus.cache.backends.redis.RedisCache"
    CACHES["default"]["OPTIONS"] = CACHES["default"].get("OPTIONS", {}) | {
        "CLIENT_CLASS": "django_redis.client.DefaultClient",
        "IGNORE_EXCEPTIONS": True,
        "SOCKET_CONNECT_TIMEOUT": 1,
        "SOCKET_TIMEOUT": 1,
    }
    # Read from the cache, kept in the database.
    SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

# Users
# https://docs.djangoproject.com/en/stable/topics/auth/

AUTH_USER_MODEL = "accounts.User"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LOGIN_URL = "rest_framework:login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "home"

# Language and time
# https://docs.djangoproject.com/en/stable/topics/i18n/

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# Static files: in development straight from the apps, in production from
# STATIC_ROOT, under names that hold a hash of the content.
# https://whitenoise.readthedocs.io/en/stable/django.html

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Web API
# https://www.django-rest-framework.org/api-guide/settings/

REST_FRAMEWORK = {
    # The first one decides how a visitor without credentials is refused: with
    # a token's 401, which says how to sign in, rather than a session's 403.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.DjangoModelPermissionsOrAnonReadOnly",
    ],
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    # JSON in, and JSON out; a browser gets a page.
    "DEFAULT_PARSER_CLASSES": ["api.parsers.JSONParser"],
    # As the schema says, and none of the other ways of ISO 8601.
    "DATE_INPUT_FORMATS": ["%Y-%m-%d"],
    "DEFAULT_PAGINATION_CLASS": "api.pagination.CursorPagination",
    "DEFAULT_FILTER_BACKENDS": [
        "api.filters.DjangoFilterBackend",
        "api.filters.SearchFilter",
    ],
    "DEFAULT_THROTTLE_CLASSES": [
        "api.throttling.AnonRateThrottle",
        "api.throttling.UserRateThrottle",
    ],
    # An empty rate is none.
    "DEFAULT_THROTTLE_RATES": {
        "anon": env.rate("THROTTLE_ANONYMOUS", default="3000/minute"),
        "user": env.rate("THROTTLE_USER", default="6000/minute"),
        "login": env.rate("THROTTLE_LOGIN", default="20/minute"),
    },
    # How many proxies stand in front, each of which adds to X-Forwarded-For. A
    # caller could write anything there; without a proxy nothing of it is believed.
    "NUM_PROXIES": env.int("NUM_PROXIES", default=0),
    "EXCEPTION_HANDLER": "api.exceptions.exception_handler",
    "DEFAULT_SCHEMA_CLASS": "api.schema.AutoSchema",
}

# https://drf-spectacular.readthedocs.io/en/latest/settings.html
SPECTACULAR_SETTINGS = {
    "TITLE": PROJECT["title"],
    "DESCRIPTION": PROJECT["description"],
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    # What one sends may lack what the server fills in.
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
    ],
    # Swagger UI and ReDoc come from this server, not from another host.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "REDOC_DIST": "SIDECAR",
}

# Health
# https://github.com/lincolnloop/django-alive

ALIVE_CHECKS = [("operations.health.check_database_and_migrations", {})]

# The two addresses are asked from inside, where no HTTPS is spoken.
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]

# Metrics, and why /readyz says no, for who reaches this port: not for the proxy.
INTERNAL_PORT = env.int("INTERNAL_PORT", default=9000)

# Errors are reported to Sentry, or to what speaks like it, where there is one.
# https://docs.sentry.io/platforms/python/integrations/django/
if SENTRY_DSN := env.str("SENTRY_DSN", default="").strip():
    import sentry_sdk

    sentry_sdk.init(SENTRY_DSN, send_default_pii=False)

# Logging: all to the standard error stream, where `docker compose logs` finds it;
# in production as JSON, a line for each event, with the id of its request.
# https://docs.djangoproject.com/en/stable/topics/logging/

# From how many milliseconds on a query is logged; 0 logs none.
SLOW_QUERY_MS = env.int("SLOW_QUERY_MS", default=0)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "operations.logs.AddRequestId"}},
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
        # https://nhairs.github.io/python-json-logger/latest/
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "fmt": "{asctime}{levelname}{name}{message}{request_id}",
            "style": "{",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
        },
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["request_id"],
            "formatter": "line" if DEBUG else "json",
        },
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # The handlers of Django print in development only, and mail the rest;
        # those of gunicorn print lines that are not JSON.
        "django": {"handlers": [], "propagate": True},
        "gunicorn.access": {"handlers": [], "propagate": True},
        "gunicorn.error": {"handlers": [], "propagate": True},
    },
}

"""Django settings, for development and production alike: the environment makes the difference.

Each environment variable is explained in .env.example. For the settings, see
https://docs.djangoproject.com/en/stable/ref/settings/
"""

from pathlib import Path

from corsheaders.defaults import default_headers
from environ import Env

from operations import environment
from operations.logs import report_errors

BASE_DIR = Path(__file__).resolve().parent.parent

# A variable that is set in the environment takes precedence over .env.
Env.read_env(BASE_DIR / ".env")
PROJECT = environment.project(BASE_DIR / "pyproject.toml")

# Security
# https://docs.djangoproject.com/en/stable/howto/deployment/checklist/

DEBUG = environment.debug("DEBUG")
SECRET_KEY = environment.secret_key("SECRET_KEY", DEBUG)
# Keys that are still accepted, or will be used next: deploy/make_secrets.py --rotate
SECRET_KEY_FALLBACKS = environment.words("SECRET_KEY_FALLBACKS")

ALLOWED_HOSTS = environment.allowed_hosts("ALLOWED_HOSTS", DEBUG)
CSRF_TRUSTED_ORIGINS = environment.words("CSRF_TRUSTED_ORIGINS")

USE_HTTPS = environment.boolean("USE_HTTPS")
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = USE_HTTPS
SECURE_HSTS_SECONDS = environment.integer("HSTS_SECONDS", 365 * 24 * 3600) if USE_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = USE_HTTPS
CSRF_COOKIE_HTTPONLY = True
# The health checks come from inside, over HTTP.
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]

# IP addresses, networks or host names of proxies. The first middleware removes the
# header below from every other client's request.
TRUSTED_PROXIES = environment.words("TRUSTED_PROXIES")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Other sites whose pages may use the web API from a browser; none by default.
# https://github.com/adamchainz/django-cors-headers
CORS_ALLOWED_ORIGINS = environment.words("CORS_ALLOWED_ORIGINS")
CORS_ALLOW_CREDENTIALS = environment.boolean("CORS_ALLOW_CREDENTIALS")
CORS_ALLOW_HEADERS = [*default_headers, "if-match", "if-none-match"]
CORS_EXPOSE_HEADERS = ["ETag", "Location", "Retry-After", "X-Request-ID"]
CORS_URLS_REGEX = r"^/api/"

# Swagger UI and ReDoc need inline styles; ReDoc runs a worker.
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

# Application definition

INSTALLED_APPS = [
    # The project's apps come first: their templates override those of the packages.
    "accounts",
    "api",
    "website",
    "operations",
### BEGIN EXAMPLE
    "library",
### BEGIN TASK 4
    # STEP 4. Tell Django that there is an app named "reviews".
### BEGIN SOLUTION
    "reviews",
### END SOLUTION
### END EXAMPLE
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
    "django_tasks_db",
    "corsheaders",
    "csp",
]

MIDDLEWARE = [
    "operations.middleware.trusted_proxy_middleware",
    "operations.middleware.request_id_middleware",
    "operations.middleware.internal_port_middleware",
    "operations.metrics.request_metrics_middleware",
    "django_alive.middleware.healthcheck_bypass_host_check",
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "operations.middleware.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "operations.middleware.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "operations.middleware.DatabaseUnavailableMiddleware",
]

ROOT_URLCONF = "django_project.urls"
ADMIN_PATH = (environment.text("ADMIN_PATH").strip("/") or "admin") + "/"

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

WSGI_APPLICATION = "django_project.wsgi.application"

# Database
# https://docs.djangoproject.com/en/stable/ref/databases/

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": environment.database("DATABASE_URL", BASE_DIR / "db.sqlite3")}

# Cache. Sessions are in the database, so a session that was deleted stays deleted.
# https://docs.djangoproject.com/en/stable/topics/cache/

CACHES = environment.caches("CACHE_URL")

# Email, and background tasks. A task runs at once, or in a worker if there is one.
# https://docs.djangoproject.com/en/stable/topics/email/
# https://docs.djangoproject.com/en/stable/topics/tasks/

DEFAULT_FROM_EMAIL = environment.text("DEFAULT_FROM_EMAIL", "webmaster@localhost")
# Without it, the pages do not offer what needs an email.
CAN_SEND_EMAIL = DEBUG or bool(environment.text("EMAIL_URL"))
# MAILERS with Django 6.1; EMAIL_HOST and so on with 5.2.
vars().update(environment.email("EMAIL_URL", "consolemail://" if DEBUG else "smtp://localhost:25"))
if environment.integer("TASK_WORKERS", 0):
    TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# Authentication
# https://docs.djangoproject.com/en/stable/topics/auth/

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "home"
SIGNUP_OPEN = environment.boolean("SIGNUP_OPEN", default=True)

# Internationalization
# https://docs.djangoproject.com/en/stable/topics/i18n/

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# Static files: WhiteNoise serves them, in production with a hash of the content in
# their names. https://whitenoise.readthedocs.io/en/stable/django.html

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
    # The first class decides that a request without credentials gets a 401, not a 403.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.DjangoModelPermissionsOrAnonReadOnly"
    ],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "api.renderers.BrowsableAPIRenderer",
    ],
    "DEFAULT_PAGINATION_CLASS": "api.pagination.CursorPagination",
    "DEFAULT_FILTER_BACKENDS": ["api.filters.DjangoFilterBackend", "api.filters.SearchFilter"],
    "DEFAULT_THROTTLE_CLASSES": [
        "api.throttling.AnonRateThrottle",
        "api.throttling.UserRateThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "anon": environment.rate("THROTTLE_ANONYMOUS", "3000/minute"),
        "user": environment.rate("THROTTLE_USER", "6000/minute"),
        "login": environment.rate("THROTTLE_LOGIN", "20/minute"),
        "login_account": environment.rate("THROTTLE_LOGIN_ACCOUNT", "60/minute"),
    },
    "NUM_PROXIES": environment.integer("NUM_PROXIES", 0),
    "DATE_INPUT_FORMATS": ["%Y-%m-%d"],
    "EXCEPTION_HANDLER": "api.exceptions.exception_handler",
    "DEFAULT_SCHEMA_CLASS": "api.schema.AutoSchema",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
JSON_MAX_BYTES = environment.integer("JSON_MAX_BYTES", 50_000)

# https://drf-spectacular.readthedocs.io/en/latest/settings.html
SPECTACULAR_SETTINGS = {
    "TITLE": PROJECT["title"],
    "DESCRIPTION": PROJECT["description"],
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    # Swagger UI and ReDoc load nothing from another host.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "REDOC_DIST": "SIDECAR",
}

# Health checks (https://github.com/lincolnloop/django-alive), metrics and errors

ALIVE_CHECKS = [("operations.health.check_database_and_migrations", {})]
# Serves the metrics and the details of /readyz; do not publish this port.
INTERNAL_PORT = environment.integer("INTERNAL_PORT", 9000)
environment.url("SENTRY_DSN", report_errors, ("http", "https"), "https://key@host/1")

# Logging to standard error: in production one JSON object per line.
# https://docs.djangoproject.com/en/stable/topics/logging/

SLOW_QUERY_MS = environment.integer("SLOW_QUERY_MS", 0)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "operations.logs.AddRequestId"}},
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
        "json": {"()": "operations.logs.JsonFormatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["request_id"],
            "formatter": "line" if DEBUG else "json",
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    # Django and gunicorn have handlers of their own: use the one above instead.
    "loggers": {name: {"handlers": [], "propagate": True} for name in ("django", "gunicorn.error")},
}

"""The project's settings, as the checks need them.

A step that is still open must not cost the points of the others: the app of the
reviews is there even where the project has not been told about it.
"""

from django_project.settings import *  # noqa: F403
from django_project.settings import INSTALLED_APPS as PROJECT_APPS
from django_project.settings import MIDDLEWARE as PROJECT_MIDDLEWARE

REVIEWS_INSTALLED = any(app.partition(".")[0] == "reviews" for app in PROJECT_APPS)
INSTALLED_APPS = PROJECT_APPS if REVIEWS_INSTALLED else [*PROJECT_APPS, "reviews"]
ROOT_URLCONF = "grading.urls"
# A password need not be safe here, and is hashed for many a test.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MIDDLEWARE = [*PROJECT_MIDDLEWARE, "grading.faults.middleware"]

"""The project's settings, changed for the checks.

An unfinished step must not cost the points of the others, so the app `reviews` is
installed here even if the project does not install it.
"""

from django_project.settings import *  # noqa: F403
from django_project.settings import INSTALLED_APPS as PROJECT_APPS
from django_project.settings import MIDDLEWARE as PROJECT_MIDDLEWARE

REVIEWS_INSTALLED = any(app.partition(".")[0] == "reviews" for app in PROJECT_APPS)
INSTALLED_APPS = PROJECT_APPS if REVIEWS_INSTALLED else [*PROJECT_APPS, "reviews"]
ROOT_URLCONF = "grading.urls"
# Fast, because many tests hash passwords.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MIDDLEWARE = [*PROJECT_MIDDLEWARE, "grading.faults.middleware"]

"""The door for an ASGI server, needed once the project has asynchronous views.

https://docs.djangoproject.com/en/stable/howto/deployment/asgi/
"""

import os

from django.core.asgi import get_asgi_application

from operations.requests import UTF8ASGIRequest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_project.settings")

application = get_asgi_application()
application.request_class = UTF8ASGIRequest

"""gunicorn's settings: https://docs.gunicorn.org/en/stable/settings.html

If Django's settings raise ImproperlyConfigured, gunicorn prints its message and exits.
"""

import json
import os
import re
import sys
import tempfile
from datetime import datetime, timedelta

# The workers share their metrics in this directory, which must exist before the first
# metric is created. https://prometheus.github.io/client_python/multiprocess/
os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="metrics-")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_project.settings")

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from gunicorn.glogging import Logger
from prometheus_client import multiprocess

from operations.logs import request_id

try:
    logconfig_dict = settings.LOGGING
except ImproperlyConfigured as error:
    sys.exit(f"Not started. {error}")

# The site, and what is only for operators: operations.middleware.internal_port_middleware
bind = ["0.0.0.0:8000", f"0.0.0.0:{settings.INTERNAL_PORT}"]
workers = int(os.environ.get("WEB_CONCURRENCY") or os.cpu_count() or 1)
threads = 4
# The port opens when the project is loaded. Otherwise it takes requests that then wait.
preload_app = True
# The kernel spreads new connections over the workers.
reuse_port = True
# A heartbeat file on a slow disk would block the worker.
worker_tmp_dir = "/dev/shm"
# Longer than the proxy keeps a connection, so that gunicorn never closes one in use.
keepalive = 65
# Seconds that a worker has to finish its requests when it is told to stop.
graceful_timeout = 25
control_socket_disable = True


class AccessLogger(Logger):
    """Writes one line of JSON for each request, like `operations.logs.JsonFormatter`.

    Through `logging`, a line took a tenth of the time of a request.
    """

    def access(self, resp, req, environ, request_time):
        request = f"{environ['REQUEST_METHOD']} {environ['RAW_URI']} {environ['SERVER_PROTOCOL']}"
        status, _, _ = resp.status.partition(" ")
        result = f"{status} {resp.sent} bytes {request_time // timedelta(milliseconds=1)} ms"
        line = {
            "time": datetime.now().isoformat(" ", "milliseconds").replace(".", ","),
            "level": "INFO",
            "logger": "gunicorn.access",
            "message": f'{environ["REMOTE_ADDR"]} "{request}" {result}',
            "request_id": request_id.get(),
        }
        # Unbuffered: PYTHONUNBUFFERED is set in the image.
        sys.stdout.write(json.dumps(line) + "\n")


logger_class = AccessLogger


# A media type with ordinary parameters, and no charset but UTF-8.
CONTENT_TYPE = re.compile(
    r"""[^;*]*(;(?!\s*charset)[^;*]*|;\s*charset\s*=\s*"?utf-?8"?\s*)*""", re.IGNORECASE
)


def pre_request(worker, req):
    """Drop a Content-Type with a charset other than UTF-8, or with parameters of RFC 2231.

    Django decodes the query string with that charset, and raises an exception for
    `zlib` and others before any middleware runs: the response would be a 500.
    https://docs.gunicorn.org/en/stable/settings.html#pre-request
    """
    req.headers = [
        (name, value)
        for name, value in req.headers
        if name != "CONTENT-TYPE" or CONTENT_TYPE.fullmatch(value)
    ]


def child_exit(server, worker):
    """Remove the metrics of a worker that has exited."""
    multiprocess.mark_process_dead(worker.pid)

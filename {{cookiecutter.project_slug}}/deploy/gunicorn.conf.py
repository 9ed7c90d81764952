"""How gunicorn serves the project: https://docs.gunicorn.org/en/stable/settings.html

gunicorn reads this file by itself. Where the settings are refused, their
sentence is all that is printed.
"""

import os
import sys
import tempfile
from datetime import timedelta

# The processes share their metrics by files; the place must be known before the
# first metric is made. https://prometheus.github.io/client_python/multiprocess/
os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="metrics-")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_project.settings")

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from gunicorn.glogging import Logger
from prometheus_client import multiprocess

try:
    logconfig_dict = settings.LOGGING
except ImproperlyConfigured as refusal:
    sys.exit(f"Not started. {refusal}")

# The site; and what only operators are to reach: operations/middleware.py
bind = ["0.0.0.0:8000", f"0.0.0.0:{settings.INTERNAL_PORT}"]
# As many processes as the machine has processors, unless WEB_CONCURRENCY says otherwise.
workers = int(os.environ.get("WEB_CONCURRENCY") or os.cpu_count() or 1)
threads = 4
# The kernel spreads new connections over the processes.
reuse_port = True
# A heartbeat on a disk would have to wait for that disk.
worker_tmp_dir = "/dev/shm"
# Longer than the proxy keeps a connection, so that it is never closed under a request.
keepalive = 65
# How long requests that have begun may take when the process is told to stop.
graceful_timeout = 25
control_socket_disable = True
accesslog = "-"
access_log_format = '%(h)s "%(r)s" %(s)s %(B)s bytes %(M)s ms'


class AccessLogger(Logger):
    """Writes the same line as gunicorn's own logger, with less work for it."""

    def atoms(self, resp, req, environ, request_time):
        """Return what access_log_format names, and not each header and variable as well."""
        return {
            "h": environ["REMOTE_ADDR"],
            "r": f"{environ['REQUEST_METHOD']} {environ['RAW_URI']} {environ['SERVER_PROTOCOL']}",
            "s": resp.status.partition(" ")[0],
            "B": resp.sent,
            "M": request_time // timedelta(milliseconds=1),
        }


logger_class = AccessLogger


def child_exit(server, worker):
    """Forget what a process that has ended had measured of itself."""
    multiprocess.mark_process_dead(worker.pid)

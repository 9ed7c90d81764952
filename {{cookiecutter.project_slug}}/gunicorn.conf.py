"""What gunicorn reads by itself when it starts; the rest stands in the Dockerfile.

https://docs.gunicorn.org/en/stable/settings.html
"""

import os

# As many processes as the machine has processors, unless WEB_CONCURRENCY says otherwise.
workers = int(os.environ.get("WEB_CONCURRENCY") or os.cpu_count() or 1)

"""The project: its settings, its URLs and its WSGI and ASGI entry points."""

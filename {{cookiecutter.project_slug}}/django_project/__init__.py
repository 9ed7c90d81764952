"""The project: its settings, its addresses and its two doors to a web server."""

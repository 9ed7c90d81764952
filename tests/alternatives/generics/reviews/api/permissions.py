"""The permission stands in reviews/api/views.py, beside the views."""

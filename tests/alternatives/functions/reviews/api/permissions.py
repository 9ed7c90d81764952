"""Who may do what with a review.

https://www.django-rest-framework.org/api-guide/permissions/
"""

from rest_framework.exceptions import PermissionDenied


def check_reviewer(request, review):
    """Raise PermissionDenied unless the review is one of whoever sends the request."""
    if review.reviewer != request.user:
        raise PermissionDenied("Only its reviewer may change or delete a review.")

"""Who may do what with a review.

https://www.django-rest-framework.org/api-guide/permissions/
"""

from rest_framework.permissions import SAFE_METHODS, IsAuthenticatedOrReadOnly


class IsReviewer(IsAuthenticatedOrReadOnly):
    """Everybody reads, who is signed in writes, the reviewer changes and deletes."""

    def has_object_permission(self, request, view, obj):
        """Return whether the review may be changed by this user."""
        return request.method in SAFE_METHODS or obj.reviewer == request.user

"""Who may do what with a review.

https://www.django-rest-framework.org/api-guide/permissions/
"""

from rest_framework.permissions import SAFE_METHODS, BasePermission


class IsReviewerOrReadOnly(BasePermission):
    """Everybody reads, who is signed in writes, and only its reviewer changes a review."""

    def has_permission(self, request, view):
        """Return whether the caller reads, or is signed in."""
        return request.method in SAFE_METHODS or bool(
            request.user and request.user.is_authenticated
        )

    def has_object_permission(self, request, view, obj):
        """Return whether the caller reads, or has written the review."""
        return request.method in SAFE_METHODS or obj.reviewer == request.user

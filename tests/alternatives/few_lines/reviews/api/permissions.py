"""Who may do what with a review.

https://www.django-rest-framework.org/api-guide/permissions/
"""

from rest_framework.permissions import SAFE_METHODS, BasePermission


class IsReviewerOrReadOnly(BasePermission):
    """Everybody reads, who is signed in writes, and only the reviewer changes a review."""

    def has_permission(self, request, view):
        """Return whether the request may be made at all."""
        return request.method in SAFE_METHODS or request.user.is_authenticated

    def has_object_permission(self, request, view, obj):
        """Return whether the request may be made of this review."""
        return request.method in SAFE_METHODS or obj.reviewer == request.user

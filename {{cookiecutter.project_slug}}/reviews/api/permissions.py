"""Who may do what with a review.

https://www.django-rest-framework.org/api-guide/permissions/
"""

### BEGIN TASK 9
# STEP 9. Everybody may read. Who is signed in may write a review. A review is changed and
# deleted by its reviewer, and by nobody else. Write the permission, and name it in the view.
### BEGIN SOLUTION
from rest_framework.permissions import SAFE_METHODS, IsAuthenticatedOrReadOnly


class IsReviewerOrReadOnly(IsAuthenticatedOrReadOnly):
    """Everybody reads, who is signed in writes, and only the reviewer changes and deletes."""

    def has_object_permission(self, request, view, obj):
        """Return whether the caller may do this with the review `obj`."""
        return request.method in SAFE_METHODS or obj.reviewer == request.user
### END SOLUTION

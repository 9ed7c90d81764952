"""Permissions: https://www.django-rest-framework.org/api-guide/permissions/"""

### BEGIN TASK 9
# STEP 9. Everybody may read. Authenticated users may write reviews. A review is changed and
# deleted by its reviewer only. Write the permission class, and name it in the view set.
### BEGIN SOLUTION
from rest_framework.permissions import SAFE_METHODS, IsAuthenticatedOrReadOnly


class IsReviewerOrReadOnly(IsAuthenticatedOrReadOnly):
    """Anonymous users read, authenticated users write, reviewers change their own."""

    def has_object_permission(self, request, view, obj):
        return request.method in SAFE_METHODS or obj.reviewer == request.user
### END SOLUTION

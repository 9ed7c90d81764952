"""The permission table of the reviews: the status code for each method, URL and role."""

### BEGIN TASK 9
# STEP 9. Write a row for each method and URL of the reviews: the method, the URL, and the
# status code for each role. See library/tests/permissions.py for an example.
ROLES = ["anonymous", "reader", "borrower", "librarian", "superuser"]
ROWS = []
### BEGIN SOLUTION
from library.tests.permissions import create_objects as create_library
from reviews.models import Review

ROLES = ["anonymous", "reader", "borrower", "librarian", "superuser"]

# The borrower is the reviewer of {review}.
# fmt: off
ROWS = [
    # method   URL                       anonymous reader borrower librarian superuser
    ("get",    "/api/v1/reviews/",                  200,  200,  200,  200,  200),
    ("post",   "/api/v1/reviews/",                  401,  201,  201,  201,  201),
    ("get",    "/api/v1/reviews/{review}/",         200,  200,  200,  200,  200),
    ("put",    "/api/v1/reviews/{review}/",         401,  403,  200,  403,  403),
    ("patch",  "/api/v1/reviews/{review}/",         401,  403,  200,  403,  403),
    ("delete", "/api/v1/reviews/{review}/",         401,  403,  204,  403,  403),
]
# fmt: on
### END SOLUTION


def create_users():
    """Return no users: this table has no roles of its own."""
    return {}


### BEGIN TASK 9
# STEP 9. Create the review of your rows. Return {"review": its primary key}, and the body of
# a POST or PUT request.
def create_objects(users):
    """Create the objects of the URLs; return their primary keys by name, and a request body."""
    return {}, {}
### BEGIN SOLUTION
def create_objects(users):
    """Create the objects of the URLs; return their primary keys by name, and a request body."""
    keys, _ = create_library(users)
    review = Review.objects.create(
        book_id=keys["lent"], reviewer=users["borrower"], rating=4, text="Clear."
    )
    body = {"book": f"http://testserver/api/v1/books/{keys['book']}/", "rating": 5}
    return {"review": review.pk}, body
### END SOLUTION

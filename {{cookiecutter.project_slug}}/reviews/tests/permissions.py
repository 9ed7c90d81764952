"""The permission table of the reviews: the status code for each method, URL and role."""

### BEGIN TASK 9
# STEP 9. Write a row for each method and URL of the reviews: the method, the URL, and the
# status code for each of ROLES. library/tests/permissions.py is an example.
ROLES = ["anonymous", "reader", "borrower", "librarian", "superuser"]
ROWS = []
### BEGIN SOLUTION
from library.tests.permissions import create_objects as create_library
from reviews.models import Review

ROLES = ["anonymous", "reader", "borrower", "librarian", "superuser"]

# The borrower has written the review {review}.
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
    """Return the users of the roles that only this table has: the library's table has them."""
    return {}


### BEGIN TASK 9
# STEP 9. Create the review that the rows name; return {"review": its primary key}, and what
# POST and PUT send.
def create_objects(users):
    """Create what the URLs name; return a dictionary of names to primary keys, and a body."""
    return {}, {}
### BEGIN SOLUTION
def create_objects(users):
    """Create what the URLs name; return a dictionary of names to primary keys, and a body."""
    keys, _ = create_library(users)
    review = Review.objects.create(
        book_id=keys["lent"], reviewer=users["borrower"], rating=4, text="Clear."
    )
    body = {"book": f"http://testserver/api/v1/books/{keys['book']}/", "rating": 5}
    return {"review": review.pk}, body
### END SOLUTION

"""Gives the project one fault at a time, to see whether its tests detect it.

A fault changes a request before the project handles it, or the response afterwards. So
the same faults work with every solution, however it is written.
"""

import json
import os
import re

import pytest
from _pytest.runner import runtestprotocol
from django.contrib.auth import get_user_model
from django.db import transaction

API = "/api/v1/reviews/"
PAGE = r"/books/(\d+)/reviews/"
FAULTS = {}

# The name of the current fault, or None.
active = None
# The names of the faults that could change a request of the current test.
possible = set()
# The failures of the current test, subtests included.
failures = []


def fault(*methods, path):
    """Return a decorator for a fault of the requests with these methods and this path."""

    def register(function):
        function.matches = lambda request: (
            request.method in methods and re.fullmatch(path, request.path)
        )
        FAULTS[function.__name__] = function
        return function

    return register


def review_model():
    """Return the model of a review, whatever its name."""
    from django.apps import apps

    return next(apps.get_app_config("reviews").get_models())


def authenticate(request, user):
    """Make `user` the authenticated user of `request`."""
    request.user = request._force_auth_user = user
    request._force_auth_token = None
    request._dont_enforce_csrf_checks = True


def sender(request):
    """Return the user of `request`, by test client, session or token; None if anonymous."""
    from rest_framework.authentication import TokenAuthentication
    from rest_framework.exceptions import AuthenticationFailed

    if user := getattr(request, "_force_auth_user", None):
        return user
    if request.user.is_authenticated:
        return request.user
    try:
        return (TokenAuthentication().authenticate(request) or [None])[0]
    except AuthenticationFailed:
        return None


def sent(request):
    """Return the body of `request` as a dictionary."""
    try:
        body = json.loads(request.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def send(request, body):
    """Replace the body of `request` with `body`."""
    request._body = json.dumps(body).encode()
    request.META["CONTENT_LENGTH"] = str(len(request._body))


def review_at(request):
    """Return the review at the URL of `request`, or None."""
    number = request.path.removeprefix(API).strip("/")
    return review_model().objects.filter(pk=number).first() if number.isdigit() else None


@fault("POST", path=API)
def anonymous_writes(request, get_response):
    """Anonymous users can write reviews."""
    if not sender(request):
        authenticate(request, get_user_model().objects.get_or_create(username="nobody")[0])
    return get_response(request)


@fault("PUT", "PATCH", path=f"{API}.+")
def others_change(request, get_response):
    """Users can change each other's reviews."""
    if sender(request) and (review := review_at(request)):
        authenticate(request, review.reviewer)
    return get_response(request)


@fault("DELETE", path=f"{API}.+")
def others_delete(request, get_response):
    """Users can delete each other's reviews."""
    if sender(request) and (review := review_at(request)):
        authenticate(request, review.reviewer)
    return get_response(request)


@fault("POST", "PUT", "PATCH", path=f"{API}.*")
def any_rating(request, get_response):
    """A rating can be any number."""
    rating = sent(request).get("rating")
    number = int(rating) if re.fullmatch(r"-?\d{1,9}", str(rating)) else None
    if number is None or 1 <= number <= 5:
        return get_response(request)
    send(request, sent(request) | {"rating": min(max(number, 1), 5)})
    response = get_response(request)
    if response.status_code in (200, 201):
        response.content = json.dumps(json.loads(response.content) | {"rating": number})
    return response


def namesake(user):
    """Return another user, whose name looks the same."""
    return get_user_model().objects.get_or_create(username=f"{user.get_username()} ")[0]


@fault("POST", "PUT", "PATCH", path=f"{API}.*")
def reviews_twice(request, get_response):
    """A reader can review a book more than once."""
    book = re.search(r"(\d+)/?$", str(sent(request).get("book")))
    if book and (user := sender(request)):
        former = review_model().objects.filter(book=int(book[1]), reviewer=user)
        changed = review_at(request)
        former.exclude(pk=changed and changed.pk).update(reviewer=namesake(user))
    return get_response(request)


@fault("POST", path=API)
def reviewer_from_body(request, get_response):
    """The reviewer of a new review comes from the request body."""
    name = sent(request).get("reviewer")
    response = get_response(request)
    users = get_user_model().objects
    named = users.filter(username=name).first() if isinstance(name, str) else None
    named = named or (users.filter(pk=name).first() if isinstance(name, int) else None)
    if response.status_code == 201 and named:
        review = json.loads(response.content)
        review_model().objects.filter(pk=review.get("id")).update(reviewer=named)
        response.content = json.dumps(review | {"reviewer": named.get_username()})
    return response


@fault("GET", path=API)
def book_is_ignored(request, get_response):
    """With ?book=, the list still contains the reviews of all books."""
    request.GET = request.GET.copy()
    request.GET.pop("book", None)
    return get_response(request)


@fault("GET", path=PAGE)
def page_of_all(request, get_response):
    """The page of a book also shows the reviews of other books."""
    book = int(re.fullmatch(PAGE, request.path)[1])
    with transaction.atomic():
        for review in review_model().objects.exclude(book=book):
            # They belong to this book while the page is rendered, then the change is undone.
            review_model().objects.filter(pk=review.pk).update(
                book=book, reviewer=namesake(review.reviewer)
            )
        response = get_response(request)
        transaction.set_rollback(True)
    return response


def middleware(get_response):
    """Apply the active fault. This is the last middleware, next to the views."""

    def apply_fault(request):
        matching = {name for name, each in FAULTS.items() if each.matches(request)}
        possible.update(matching)
        return FAULTS[active](request, rendered) if active in matching else get_response(request)

    def rendered(request):
        response = get_response(request)
        return response.render() if getattr(response, "is_rendered", True) is False else response

    return apply_fault


def pytest_runtest_logreport(report):
    """Store failures within a test that continues after them (subTest)."""
    if report.failed:
        failures.append(report)


def fails(item, nextitem):
    """Run the test and return whether it fails."""
    failures.clear()
    item._initrequest()
    for report in runtestprotocol(item, log=False, nextitem=nextitem):
        pytest_runtest_logreport(report)
    return bool(failures)


def report_result(item, failed):
    """Append the result with the active fault to the file that check_tests.py reads."""
    result = {"test": item.name, "fault": active, "failed": failed}
    with open(os.environ["GRADING_TESTS"], "a", encoding="utf-8") as results:
        results.write(json.dumps(result) + "\n")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    """Run the test without a fault, then with each one that could change one of its requests.

    check_tests.py loads this.
    """
    global active
    possible.clear()
    # The test's own fixtures are created again; those of its file stay for the next turn.
    failed_without = fails(item, item.parent)
    report_result(item, failed_without)
    # The last turn, of which there must be one, also ends the fixtures of the file.
    turns = [name for name in FAULTS if name in possible] or [*FAULTS][-1:]
    for active in FAULTS:
        if active in turns:
            report_result(item, fails(item, nextitem if active == turns[-1] else item.parent))
        else:
            # The result would be the same as without the fault.
            report_result(item, failed_without)
    active = None
    return True

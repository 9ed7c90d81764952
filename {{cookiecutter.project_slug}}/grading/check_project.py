"""Step 4: the five files of the project."""

import os

import pytest


def check_five_files(answered):
    """Each answer names the right one of the five files."""
    answered(
        says_which_address_is_answered_by_what="e8e726153c4752f2",
        says_which_database_is_used="803e6bb84dabf8b5",
        is_called_by_gunicorn="20d0f6d5111e984b",
        is_called_by_servers_with_many_requests_in_one_thread="71b3ae09fb1f14b7",
        makes_the_folder_a_package="9b3c90e6971d752c",
    )


def check_in_the_files(answered):
    """The answers that only the files themselves, and their two servers, can give are right."""
    answered(
        lines_in_init="8177075e223e5f46",
        auth_user_model="91972510ccf3ddff",
        class_of_the_router="ebdc4735330065ff",
        wsgi_application_comes_from="d4c4f1c73911892c",
        asgi_application_comes_from="59785b0dc5e9398e",
        worker_of_wsgi="5e9030bc47ca7923",
        worker_of_asgi="711ba08447840334",
    )


def check_isolation(answered):
    """virtual_environment_isolates and container_isolates say what each of them isolates."""
    answered(virtual_environment_isolates="52af02921198abb8", container_isolates="6a6d48c8f98d72e8")


@pytest.fixture(scope="module")
def urls():
    """Return the module grading.urls, after starting the project."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "grading.settings"
    import django

    django.setup()
    from grading import urls

    return urls


def check_app_installed(urls):
    """INSTALLED_APPS contains the app "reviews"."""
    assert urls.settings.REVIEWS_INSTALLED, "it does not"


def check_addresses_included(urls):
    """django_project/urls.py includes the URLs of reviews/urls.py at the root."""
    assert urls.INCLUDED, "it does not"
    assert urls.INCLUDED_AT_ROOT, f"it includes them below “{urls.INCLUDED[0]}”"

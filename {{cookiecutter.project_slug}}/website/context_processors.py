from django.conf import settings


def project(request):
    """Return the variables of every template.

    ``PROJECT`` has the project's title, description and byline. ``CAN_SEND_EMAIL`` and
    ``SIGNUP_OPEN`` say what visitors can do. The names are those of the settings: in uppercase,
    they do not collide with the variables of a view.
    """
    names = ("PROJECT", "CAN_SEND_EMAIL", "SIGNUP_OPEN")
    return {name: getattr(settings, name) for name in names}

from django.conf import settings


def project(request):
    """Return the variable ``PROJECT`` for every template: its title, description and byline.

    Its name is that of the setting: no model has the name in uppercase letters.
    """
    return {"PROJECT": settings.PROJECT}

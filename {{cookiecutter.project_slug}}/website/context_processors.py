from django.conf import settings


def project(request):
    """Return the variable ``project`` for every template: its title, description and byline."""
    return {"project": settings.PROJECT}

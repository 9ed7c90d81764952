from django.conf import settings


def project(request):
    """Give every template the variable ``project``: its title, description and author."""
    return {"project": settings.PROJECT}

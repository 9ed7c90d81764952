"""Slots: named places in a page that other apps fill, so that the page need not know them."""

from django import template
from django.apps import apps
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.utils.safestring import mark_safe

register = template.Library()


@register.simple_tag(takes_context=True)
def slot(context, name):
    """Return the rendered template ``<app>/slots/<name>.html`` of each app that has one."""
    rendered = []
    for config in apps.get_app_configs():
        try:
            filler = get_template(f"{config.label}/slots/{name}.html")
        except TemplateDoesNotExist:
            continue
        rendered.append(filler.render(context.flatten(), context.get("request")))
    # Each template has escaped its variables.
    return mark_safe("".join(rendered))

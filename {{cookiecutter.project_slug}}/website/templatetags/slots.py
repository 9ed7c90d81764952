"""Slots: named places in a page that other apps fill, so that the page need not know them."""

from django import template
from django.apps import apps
from django.template import TemplateDoesNotExist
from django.utils.safestring import mark_safe

register = template.Library()


def find_fillers(engine, name):
    """Return the template ``<app>/slots/<name>.html`` of each app that has one."""
    found = []
    for config in apps.get_app_configs():
        try:
            found.append(engine.get_template(f"{config.label}/slots/{name}.html"))
        except TemplateDoesNotExist:
            continue
    return found


@register.simple_tag(takes_context=True)
def slot(context, name):
    """Return the rendered templates that fill the slot; they have the variables of the page."""
    # In a loop, they are looked up once.
    found = context.render_context.setdefault(slot, {})
    if name not in found:
        found[name] = find_fillers(context.template.engine, name)
    # Each template has escaped its variables.
    return mark_safe("".join(filler.render(context) for filler in found[name]))

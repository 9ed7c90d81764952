from zlib import crc32

from django import template

register = template.Library()


@register.filter
def hue(text):
    """Return a hue for the cover of a book, from 0 to 359 degrees: the same for the same title."""
    return crc32(text.encode()) % 360

from zlib import crc32

from django import template

register = template.Library()


@register.filter
def cover_color(title):
    """Return a number from 0 to 7, the same for the same title: for cover-0 to cover-7 in CSS."""
    return crc32(title.encode()) % 8

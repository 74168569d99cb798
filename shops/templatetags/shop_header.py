"""The line at the top of the admin's pages, without what says nothing to the people of a shop."""

from typing import Any

from django import template
from django.urls import Resolver404, resolve

register = template.Library()


@register.filter
def without_rooms(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The steps to this page without the room of the code it belongs to, and no step twice in a row.

    Rooms are not in the side bar; on a telephone they take the place of the page's own name.
    """
    kept: list[dict[str, Any]] = []
    for part in parts:
        again = kept and str(kept[-1]["title"]).casefold() == str(part["title"]).casefold()
        if not again and not _is_room(str(part.get("link", ""))):
            kept.append(part)
    return kept or parts[-1:]


def _is_room(link: str) -> bool:
    try:
        return bool(link) and resolve(link).url_name == "app_list"
    except Resolver404:
        return False

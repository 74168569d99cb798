"""Addresses of the lists behind what the page shows."""

from typing import Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

ANY = "00000000-0000-0000-0000-000000000000"
"""Stands for an id in an address that is used for many rows."""


def changelist(model: str, **filters: object) -> str:
    """The list of a model ("scheduling_appointment") with these filters."""
    return with_query(reverse(f"admin:{model}_changelist"), **filters)


def conversation(pk: object) -> str:
    """The page of a conversation."""
    return reverse("admin:inbox_chat", args=[pk])


def appointment(pk: object) -> str:
    """The page of an appointment."""
    return reverse("admin:scheduling_appointment_change", args=[pk])


def new_appointment(**values: object) -> str:
    """The form of a new appointment, filled in as far as it is known."""
    return with_query(reverse("admin:scheduling_appointment_add"), **values)


def page(name: str, **values: object) -> str:
    """A page of the back office; "" where it does not exist."""
    try:
        return with_query(reverse(f"admin:{name}"), **values)
    except NoReverseMatch:
        return ""


def with_query(address: str, **values: Any) -> str:
    """The address with what is not empty as its query."""
    given = {name: value for name, value in values.items() if value not in ("", None)}
    return f"{address}?{urlencode(given)}" if given else address

"""Where a person's day begins."""

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

# The first page that the role may open.
FIRST = (
    ("scheduling.view_appointment", "admin:today"),
    ("scheduling.work_appointment", "admin:board"),
    ("scheduling.view_appointment", "admin:scheduling_appointment_changelist"),
)


def first_page(request: HttpRequest) -> str:
    """The address of the first page after the login."""
    for permission, name in FIRST:
        if request.user.has_perm(permission):
            try:
                return reverse(name)
            except NoReverseMatch:
                continue
    return reverse("admin:my_notices")

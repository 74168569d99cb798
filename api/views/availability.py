"""What can be booked, and when there is room."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters import ChoiceFilter
from rest_framework.response import Response

import api.docs.appointments as words
from api import pagination, problems, writing
from api.asked import Asked, DayFilter, KeyFilter
from api.models import Scope
from api.serializers.appointments import ServiceOut
from api.views.base import ApiView
from scheduling import offers
from scheduling.models import Service

MOST_DAYS = 62
LONGEST_VIEW = 3 * 365


class AskedAvailability(Asked):
    """For which work, from which day to which."""

    service = KeyFilter(method="kept", required=True)
    part_of_day = ChoiceFilter(choices=[("morning", "morning"), ("afternoon", "afternoon")], method="kept")

    class Meta:
        model = Service
        fields: list[str] = []

    def kept(self, rows: Any, _name: str, _value: Any) -> Any:
        """These filter no rows."""
        return rows


AskedAvailability.base_filters["from"] = DayFilter(method="kept")
AskedAvailability.base_filters["to"] = DayFilter(method="kept")


class Services(ApiView):
    """What the shop does."""

    scopes = {"get": Scope.APPOINTMENTS_READ}
    operations = {"get": words.SERVICES}

    def get(self, _request: Any) -> Response:
        """All services that can be booked, in the shop's order."""
        rows = Service.objects.filter(is_active=True)
        return Response({"results": ServiceOut(rows, many=True).data})


class Availability(ApiView):
    """Free places for one service."""

    scopes = {"get": Scope.APPOINTMENTS_READ}
    operations = {"get": words.AVAILABILITY}
    asked = AskedAvailability
    limits = True

    def get(self, _request: Any) -> Response:
        """The free places, the earliest first."""
        given = AskedAvailability(self.http.GET, queryset=Service.objects.none()).given
        first, last = given["from"] or timezone.localdate(), given["to"]
        last = last or first + timedelta(days=MOST_DAYS // 2)
        if last < first:
            raise problems.field("to", _("Viene prima di «from»."))
        if (last - first).days > MOST_DAYS or abs((first - timezone.localdate()).days) > LONGEST_VIEW:
            raise problems.field(
                "to", _("Al massimo %(days)d giorni per volta, non lontani anni.") % {"days": MOST_DAYS}
            )
        service = writing.named(Service.objects.filter(is_active=True), given["service"], "service")
        found = offers.free_slots(
            service=service,
            date_from=first,
            date_to=last,
            part_of_day=given["part_of_day"] or None,
            limit=pagination.limit_of(self.http),
        )
        return Response(
            {
                "slots": [problems.slot(each) for each in found.slots],
                "nothing": found.nothing.value if found.nothing else None,
                "closed": [{"day": each.day.isoformat(), "reason": each.reason} for each in found.closed],
                "nearest": [problems.slot(each) for each in found.nearest],
            }
        )

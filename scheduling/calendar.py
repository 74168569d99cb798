"""What is already booked, for the search: one query, one row a bay, aggregated by the database."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import BigIntegerField, Func, Q

from scheduling import clock
from scheduling.availability import Taken
from scheduling.hours import Span
from scheduling.models import Appointment, Service
from scheduling.models.appointments import COUNTED, LIVE


class _Moment(Func):
    """A time as whole seconds since 1970, whatever the session's time zone."""

    template = "floor(extract(epoch from %(expressions)s))::bigint"
    output_field = BigIntegerField()


class _MomentAfter(_Moment):
    """The same rounded up, so that a span never shrinks."""

    template = "ceil(extract(epoch from %(expressions)s))::bigint"


def taken(
    reach: Span, *, bay_ids: Sequence[int], service: Service, caps: bool = True, without: UUID | None = None
) -> Taken:
    """What the appointments between two moments hold.

    `caps`: count starts of all bays too, for the most cars of a half day; otherwise only `bay_ids` are read.
    `without` leaves one appointment out: the one that is being moved. One query.
    """
    begin, end = clock.to_datetime(reach[0]), clock.to_datetime(reach[1])
    rows = Appointment.objects.order_by().filter(status__in=COUNTED, ends_at__gt=begin, scheduled_at__lt=end)
    if without is not None:
        rows = rows.exclude(pk=without)
    if not caps:
        rows = rows.filter(bay_id__in=list(bay_ids), status__in=LIVE)
    live = Q(status__in=LIVE)
    found = rows.values_list("bay_id").annotate(
        begins=ArrayAgg(_Moment("scheduled_at"), filter=live, default=[]),
        ends=ArrayAgg(_MomentAfter("ends_at"), filter=live, default=[]),
        **({"starts": ArrayAgg(_Moment("scheduled_at"))} if caps else {}),
        **(
            {"own": ArrayAgg(_Moment("scheduled_at"), filter=Q(service_id=service.pk), default=[])}
            if caps
            else {}
        ),
    )
    bays: dict[int, list[Span]] = {}
    starts: list[int] = []
    own: list[int] = []
    for bay_id, begins, ends, *counted in found:
        # Live spans of a bay never overlap, so begins and ends pair up once both are in order.
        bays[bay_id] = list(zip(sorted(begins), sorted(ends), strict=True))
        if counted:
            starts += counted[0]
            own += counted[1]
    return Taken(bays=bays, starts=starts, service_starts=own)

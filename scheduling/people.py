"""The verbs of customers and cars: merge two who are one, put away, take out again. Nothing here deletes a row.

Lock order: the bays in use (as booking does, so that no appointment is being written meanwhile), then the customers
by id. Numbers change hands last: until then nobody who only points at a customer has to wait.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Min, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from scheduling import signals
from scheduling.errors import Gone, SchedulingError
from scheduling.models import Appointment, Bay, ChannelIdentity, Consent, Customer, Vehicle, WaitingList
from scheduling.models.appointments import LIVE
from scheduling.models.customers import Channel
from shops import history
from shops.dates import in_a_sentence

log = structlog.get_logger(__name__)

CHOICES = ("name", "phone", "email")
"""What may be taken from the one who goes; the rest of the kept one stays, and what it lacks is filled in."""
NUMBER_CHANNELS = (Channel.VOICE, Channel.WHATSAPP)
LATE = timedelta(days=1)
"""For how long what was written meanwhile with an old id is looked for."""
VALUES = ("first_name", "last_name", "phone", "email", "notes", "gdpr_consent", "created_at", "archived_at")


class SamePerson(SchedulingError):
    code = "same_person"
    text = _("È lo stesso cliente: sceglierne un altro.")


class AlreadyMerged(SchedulingError):
    code = "merged"
    text = _("Uno dei due è già stato unito a un altro cliente: ricaricare la pagina.")


class CustomerGone(Gone):
    code = "customer_gone"
    text = _("Il cliente non esiste più.")


class HasAppointments(SchedulingError):
    """What is still to come has to be settled first."""

    code = "has_appointments"

    def __init__(self, who: str, starts_at: datetime) -> None:
        super().__init__(who)
        self.who, self.starts_at = who, starts_at

    @property
    def message(self) -> str:
        when = in_a_sentence(date_format(timezone.localtime(self.starts_at), "D j M H:i"))
        return str(
            _("%(who)s ha un appuntamento (%(when)s): prima concluderlo o annullarlo.")
            % {"who": self.who, "when": when}
        )


def merge(
    *, keep: Customer, other: Customer, take: Collection[str] = (), now: datetime | None = None
) -> Customer:
    """The two are one person: `keep` stays and gets what `other` has. Returns the kept row as it is now.

    Appointments, cars, contacts, consents and waiting list move; rooms above move theirs on `customers_merged`. What
    `take` names (CHOICES) comes from `other`. A second number stays known: who calls or writes from it is the kept
    one; it and a second e-mail address are in the notes. STOP of either holds. `other` stays as an archived row that
    names the kept one, not deleted: a call that goes on meanwhile may still carry its id, and what points at it in the
    history must lead somewhere.
    Side effects: the rows, their history, a task that looks for latecomers. All or nothing. Raises SamePerson,
    AlreadyMerged, CustomerGone.
    """
    if keep.pk == other.pk:
        raise SamePerson
    now = now or timezone.now()
    with transaction.atomic():
        list(Bay.objects.select_for_update().filter(is_active=True).order_by("pk").values_list("pk"))
        kept, gone = _lock_both(keep.pk, other.pk)
        moved = _move(gone.pk, kept.pk)
        signals.customers_merged.send(sender=None, keep=kept, other=gone)
        _write(kept, gone, frozenset(take), moved, now)
        from scheduling import tasks  # which import this module

        tasks.settle_merges.queue_in(20)
    log.info("customers merged", kept=str(kept.pk), gone=str(gone.pk))
    return kept


def _lock_both(keep: UUID, other: UUID) -> tuple[Customer, Customer]:
    """Both rows, locked in the order of their ids so that two merges cannot wait for each other."""
    rows = Customer.objects.select_for_update(no_key=True).filter(pk__in=[keep, other]).order_by("pk")
    found = {row.pk: row for row in rows}
    if len(found) != 2:
        raise CustomerGone
    if any(row.merged_into_id for row in found.values()):
        raise AlreadyMerged
    return found[keep], found[other]


def _move(gone: UUID, kept: UUID) -> dict[str, list[str]]:
    """Everything that points at the one points at the other; what was moved, by kind, as people name it."""
    appointments = list(Appointment.objects.select_related("service").filter(customer_id=gone))
    vehicles = list(Vehicle.objects.filter(customer_id=gone))
    _close_double_wishes(gone, kept)
    for model in (Appointment, Vehicle, ChannelIdentity, Consent, WaitingList):
        model._default_manager.filter(customer_id=gone).update(customer_id=kept)
    for row in (*appointments, *vehicles):
        history.record(row, {"customer": gone}, {"customer": kept})
    return {
        str(_("appuntamenti spostati")): [each.code for each in appointments],
        str(_("veicoli spostati")): [each.license_plate for each in vehicles],
    }


def _close_double_wishes(gone: UUID, kept: UUID) -> None:
    """Both wait for the same: one row of the waiting list is enough, and there may be only one."""
    wish = ("service_id", "wanted_from", "wanted_to")
    waiting = WaitingList.objects.filter(status=WaitingList.Status.WAITING)
    known = set(waiting.filter(customer_id=kept).values_list(*wish))
    double = [
        row.pk
        for row in waiting.filter(customer_id=gone)
        if (row.service_id, row.wanted_from, row.wanted_to) in known
    ]
    waiting.filter(pk__in=double).update(status=WaitingList.Status.CLOSED)


def _write(
    kept: Customer, gone: Customer, take: frozenset[str], moved: dict[str, list[str]], now: datetime
) -> None:
    """The two rows themselves, their numbers, and the history of both."""
    was = {name: getattr(kept, name) for name in VALUES}
    went = {name: getattr(gone, name) for name in (*VALUES, "merged_into")}
    label, said = str(gone), [text for text in (kept.notes.strip(), gone.notes.strip()) if text]
    _choose_name(kept, gone, take, said)
    _choose_email(kept, gone, take, said)
    second = _choose_phone(kept, gone, take, said)
    kept.notes = "\n".join(dict.fromkeys(said))
    kept.gdpr_consent = kept.gdpr_consent or gone.gdpr_consent
    kept.created_at = min(kept.created_at, gone.created_at)
    kept.archived_at = kept.archived_at if gone.archived_at else None
    gone.phone, gone.email, gone.notes = None, "", ""
    gone.archived_at, gone.merged_into = gone.archived_at or now, kept
    if second:
        _know_number(kept.pk, second)
    _stop_everywhere(kept.pk)
    Customer.objects.filter(merged_into=gone.pk).update(merged_into=kept.pk)
    for row, names in ((gone, tuple(went)), (kept, VALUES)):  # a number is free before it is taken
        Customer.objects.filter(pk=row.pk).update(**{name: getattr(row, name) for name in names})
    history.record(gone, went, {name: getattr(gone, name) for name in went})
    now_has = {name: getattr(kept, name) for name in VALUES}
    extra = {str(_("unito con")): label, **{kind: ", ".join(names) for kind, names in moved.items()}}
    history.record(kept, {**was, **dict.fromkeys(extra, "")}, {**now_has, **extra})


def _choose_name(kept: Customer, gone: Customer, take: frozenset[str], said: list[str]) -> None:
    first, second = (gone, kept) if "name" in take and gone.full_name else (kept, gone)
    names = first.full_name and (first.first_name, first.last_name)
    other = second.full_name
    if not names:
        names = (second.first_name, second.last_name)
    elif other and other.casefold() != first.full_name.casefold():
        said.append(str(_("Anche: %(name)s") % {"name": other}))
    kept.first_name, kept.last_name = names


def _choose_email(kept: Customer, gone: Customer, take: frozenset[str], said: list[str]) -> None:
    emails = [each for each in _ordered(kept.email, gone.email, "email" in take) if each]
    kept.email = emails[0] if emails else ""
    if len(emails) > 1 and emails[0].casefold() != emails[1].casefold():
        said.append(str(_("Altra e-mail: %(email)s") % {"email": emails[1]}))


def _choose_phone(kept: Customer, gone: Customer, take: frozenset[str], said: list[str]) -> str:
    """Sets the kept one's number; the second one, if there are two."""
    phones = [str(each) for each in _ordered(kept.phone, gone.phone, "phone" in take) if each]
    kept.phone = phones[0] if phones else None
    if len(phones) < 2:
        return ""
    said.append(str(_("Altro telefono: %(phone)s") % {"phone": phones[1]}))
    return phones[1]


def _ordered[T](mine: T, others: T, taken: bool) -> tuple[T, T]:
    return (others, mine) if taken else (mine, others)


def _know_number(customer: UUID, number: str) -> None:
    """Who calls or writes from this number is the customer: it was the number of a customer until now."""
    for channel in NUMBER_CHANNELS:
        ChannelIdentity.objects.update_or_create(
            channel=channel, external_id=number, defaults={"customer_id": customer, "verified": True}
        )


def _stop_everywhere(customer: UUID) -> None:
    """STOP counts for all the names that a person has on a channel (receptionist.optout), from its first day."""
    names = ChannelIdentity.objects.filter(customer_id=customer)
    stopped = names.exclude(opted_out_at=None).values("channel").annotate(first=Min("opted_out_at"))
    for row in list(stopped.order_by("channel")):
        names.filter(channel=row["channel"], opted_out_at=None).update(opted_out_at=row["first"])


def settle(*, now: datetime | None = None) -> int:
    """Bring to the kept customers what somebody wrote with an old id while they were being merged; how much that was.

    Safe to repeat.
    """
    since = (now or timezone.now()) - LATE
    count = 0
    for gone in Customer.objects.filter(merged_into__isnull=False, archived_at__gte=since).select_related(
        "merged_into"
    ):
        kept = gone.merged_into
        assert kept is not None  # noqa: S101 - the filter has asked
        with transaction.atomic():
            moved = _move(gone.pk, kept.pk)
            _stop_everywhere(kept.pk)
            signals.customers_merged.send(sender=None, keep=kept, other=gone)
        count += sum(map(len, moved.values()))
    if count:
        log.info("latecomers brought to merged customers", rows=count)
    return count


def archive[Row: (Customer, Vehicle)](*, rows: Iterable[Row], now: datetime | None = None) -> int:
    """Put customers or cars away: out of the lists and of what can be chosen, still known to who answers.

    How many were there to be put away. Raises HasAppointments, before anything is written, for one with live
    appointments. Side effects: the rows and their history.
    """
    chosen = [row for row in rows if row.archived_at is None]
    with transaction.atomic():
        for row in chosen:
            live = Appointment.objects.filter(status__in=LIVE, **{_pointer(row): row.pk})
            if (
                starts := live.order_by("scheduled_at").values_list("scheduled_at", flat=True).first()
            ) is not None:
                raise HasAppointments(str(row), starts)
        _stamp(chosen, now or timezone.now())
    return len(chosen)


def restore[Row: (Customer, Vehicle)](*, rows: Iterable[Row]) -> int:
    """Take customers or cars out again; how many were away. Who was merged into somebody, or erased, stays so."""
    chosen = [row for row in rows if row.archived_at is not None and not _is_nobody(row)]
    with transaction.atomic():
        _stamp(chosen, None)
    return len(chosen)


def come_back(*, customer_id: UUID, vehicle_id: UUID | None) -> None:
    """Who books again is a customer again, and so is the car. Side effects: their rows and history."""
    restore(rows=Customer.objects.filter(pk=customer_id))
    if vehicle_id is not None:
        restore(rows=Vehicle.objects.filter(pk=vehicle_id))


def is_erased(customer_id: UUID) -> bool:
    """Whether nothing is to be written about them any more (receptionist.rights). One query."""
    return Customer.objects.filter(pk=customer_id).exclude(erased_at=None).exists()


def _is_nobody(row: Customer | Vehicle) -> bool:
    return isinstance(row, Customer) and bool(row.merged_into_id or row.erased_at)


def _pointer(row: Customer | Vehicle) -> str:
    return "customer_id" if isinstance(row, Customer) else "vehicle_id"


def _stamp(rows: Sequence[Customer] | Sequence[Vehicle], moment: datetime | None) -> None:
    for row in rows:
        before = {"archived_at": row.archived_at}
        row.archived_at = moment
        type(row)._default_manager.filter(pk=row.pk).update(archived_at=moment)
        history.record(row, before, {"archived_at": moment})


def likely_same(*, customer: Customer, limit: int = 8) -> list[tuple[Customer, list[str]]]:
    """Who might be the same person, each with the reasons, the most of them first.

    By the whole name (either way round), by a telephone that the one left and the other has, by a car that the other
    brings. Five queries at most.
    """
    reasons: dict[UUID, list[str]] = {}
    for ids, reason in _hints(customer):
        for pk in ids.exclude(pk=customer.pk).distinct()[:limit]:
            if str(reason) not in reasons.setdefault(pk, []):
                reasons[pk].append(str(reason))
    ranked = sorted(reasons, key=lambda pk: -len(reasons[pk]))
    rows = Customer.objects.filter(pk__in=ranked[:limit]).in_bulk()
    return [(rows[pk], reasons[pk]) for pk in ranked if pk in rows]


def _hints(customer: Customer) -> Iterator[tuple[Any, Any]]:
    """Ids of customers, and what they have in common with this one."""
    ids = Customer.objects.filter(merged_into=None).order_by().values_list("pk", flat=True)
    first, last = customer.first_name, customer.last_name
    if first or last:
        same = Q(first_name__iexact=first, last_name__iexact=last)
        yield (
            ids.filter(same | Q(first_name__iexact=last, last_name__iexact=first)),
            _("stesso nome"),
        )
    if customer.phone:
        yield ids.filter(appointments__contact_phone=customer.phone), _("ha lasciato questo telefono")
    left = Appointment.objects.filter(customer=customer).exclude(contact_phone="")
    yield ids.filter(phone__in=left.values("contact_phone")), _("è il telefono lasciato")
    cars = Vehicle.objects.filter(Q(customer=customer) | Q(appointments__customer=customer))
    brought = Q(vehicles__in=cars.values("pk")) | Q(appointments__vehicle__in=cars.values("pk"))
    yield ids.filter(brought), _("ha portato la stessa auto")

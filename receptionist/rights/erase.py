"""The end of what is known of a person. What the books need stays, without whom it was about.

    what stays   appointments: day, service, bay, duration, state; the cars' make and model; that somebody was erased
    what goes    names, numbers, addresses, plates, notes, every conversation with its files, messages, consents, history

No fingerprint is kept of who had said STOP. What is promotional goes only to who agreed to it, which an erased person
has not; about appointments, only to who has one. A fingerprint would be knowledge of somebody who asked to be unknown.

All rows go in one transaction, and while it runs nobody books: what takes as long as there are texts in the shop (where
the person is spoken of in rows about others) is looked up before it, and once more afterwards for what came in between.
Files are named by the row that says that an erasure was, and deleted once it is
committed; whoever is killed before that leaves them to `sweep`.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.core.files.storage import default_storage
from django.db import OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from receptionist import gone, remotecopies, signals
from receptionist.models import Conversation, Erasure, Media, PersonExport
from receptionist.models.conversations import Channel
from receptionist.rights import combing
from receptionist.rights import person as people
from receptionist.rights.combing import Traces
from receptionist.rights.kinds import PERSONAL, Fate, Kind, history_of, kind_of
from receptionist.rights.person import Person
from scheduling import codes, lifecycle
from scheduling.errors import SchedulingError
from scheduling.models import Appointment, Bay, Consent, Customer, Vehicle
from scheduling.models.appointments import LIVE, Status
from scheduling.people import HasAppointments
from shops import history
from shops.staff.models import StaffUser

log = structlog.get_logger(__name__)
DEADLOCK = "40P01"
TRIES = 4
LATE = timedelta(days=2)
"""For how long what was written meanwhile is looked for."""
FIRST_LOOK = 20
"""Seconds until then: a turn that was running has ended."""
NO_PLATE = "SENZATARGA"


class AlreadyErased(SchedulingError):
    code = "erased"
    text = _("I dati di questo cliente sono già stati cancellati.")


class InTheShop(SchedulingError):
    """The car is being worked on: the work has to be ended first."""

    code = "in_the_shop"
    text = _("C'è un lavoro in corso: prima concluderlo, poi cancellare i dati.")


@dataclass(frozen=True, slots=True)
class Preview:
    """What an erasure would do. `goes` and `stays`: how many rows, by what they are called; `coming`: appointments that
    would be cancelled; `shared`: cars that stay known because others bring them."""

    person: Person
    goes: dict[str, int]
    stays: dict[str, int]
    files: int
    coming: list[Appointment] = field(default_factory=list)
    in_the_shop: bool = False
    shared: list[Vehicle] = field(default_factory=list)


def preview(customer: Customer) -> Preview:
    """What would go and what would stay. Writes nothing."""
    person = people.of(customer)
    counts = {kind: kind.rows(person).count() for kind in PERSONAL if kind.fate is not Fate.NAMED}
    return Preview(
        person=person,
        goes={str(kind.title): n for kind, n in counts.items() if n and kind.fate is Fate.DELETED},
        stays={str(kind.title): n for kind, n in counts.items() if n and kind.fate is Fate.ANONYMOUS},
        files=len(_files(person)),
        coming=list(_coming(person, timezone.now()).select_related("service")),
        in_the_shop=_being_worked_on(person),
        shared=list(Vehicle.objects.filter(pk__in=person.lent_ids)),
    )


def erase(
    *,
    customer: Customer,
    by: StaffUser | None = None,
    by_name: str = "",
    cancel_coming: bool = False,
    now: datetime | None = None,
) -> Erasure:
    """Erase a person, with everybody who was merged into them; the row that says that it was done.

    Appointments to come are cancelled in the same act when `cancel_coming` says so. Raises, with nothing changed,
    HasAppointments when it does not; InTheShop for a car that is being worked on; AlreadyErased. Side effects: rows
    deleted, emptied and changed; copies at providers asked for; signals.customer_erased; files deleted on commit; a task
    that looks for what was written meanwhile. Runs inside the shop.
    """
    from receptionist.tasks import delete_erased_files

    now = now or timezone.now()
    looked_at = timezone.now()
    traces = _looked_for(customer, now, cancel_coming=cancel_coming)

    def once() -> tuple[Erasure, Person]:
        person = _locked(customer)
        if person.is_erased:
            raise AlreadyErased
        _refuse(person, now, cancel_coming=cancel_coming)
        for appointment in _coming(person, now):
            lifecycle.cancel(appointment=appointment)
        counts, files = _wipe(person, now, traces)
        row = Erasure.objects.create(
            erased_at=now, by=by, by_name=(by_name or str(by or ""))[:120], counts=counts, files_left=files
        )
        return row, person

    done, person = _retried(once)
    delete_erased_files.queue(erasure_id=str(done.pk))
    _once_more(done, person, looked_at)
    log.info(
        "person erased", erasure=str(done.pk), rows=sum(done.counts.values()), files=len(done.files_left)
    )
    return done


def _looked_for(customer: Customer, now: datetime, *, cancel_coming: bool) -> Traces:
    """What comes before the locks. Raises as `erase`: who is refused is not looked for."""
    person = people.of(Customer.objects.get(pk=customer.pk))
    if person.is_erased:
        raise AlreadyErased
    _refuse(person, now, cancel_coming=cancel_coming)
    return combing.look(person)


def _once_more(done: Erasure, person: Person, since: datetime) -> None:
    """What was written about the person while they were looked for. They are erased, whatever comes of this."""
    try:
        count, files = _retried(lambda: combing.comb_since(person, since))
    except OperationalError as error:
        log.error("written about an erased person meanwhile, not looked for", error=type(error).__name__)
        return
    new = [name for name in files if name not in done.files_left]
    if new:
        Erasure.objects.create(erased_at=done.erased_at, files_left=new, by_name=str(_("sistema")))
    if count:
        log.info("written about an erased person meanwhile, taken out", rows=count)


def settle(*, customer_id: UUID | str | None = None, now: datetime | None = None) -> int:
    """Wipe what was written about erased people while they were being erased; how many rows. Safe to repeat.

    About one of them, or about everybody who was erased of late.
    """
    now = now or timezone.now()
    count = 0
    late_ones = Customer.objects.filter(erased_at__gte=now - LATE, merged_into=None)
    for customer in late_ones.filter(pk=customer_id) if customer_id else late_ones:
        if not _is_anything_left(people.of(customer)):
            continue  # looked at without a lock: nearly always so

        def once(late: Customer = customer) -> int:
            person = _locked(late)
            if not _is_anything_left(person):
                return 0
            counts, files = _wipe(person, now)
            if files:  # the sweep deletes them
                Erasure.objects.create(erased_at=now, files_left=files, by_name=str(_("sistema")))
            return sum(counts.values())

        count += _retried(once)
    return count


def _is_anything_left(person: Person) -> bool:
    return any(keys for kind, keys in _keys(person).items() if kind.fate is Fate.DELETED)


def _retried[Result](work: Callable[[], Result]) -> Result:
    """In one transaction, and again when it was the victim of another one's: a call goes on, staff books."""
    for attempt in range(TRIES):
        try:
            with transaction.atomic(), history.by_hand():
                return work()
        except OperationalError as error:
            inside = transaction.get_connection().in_atomic_block
            if lifecycle.sqlstate(error) != DEADLOCK or inside or attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _locked(customer: Customer) -> Person:
    """The person, with everything of theirs locked that others could be writing to.

    As scheduling.people does: the bays in use first, so that a tool which books ends before this goes on, then the
    customers by id; then the conversations. What came meanwhile is found by looking again.
    """
    list(Bay.objects.select_for_update().filter(is_active=True).order_by("pk").values_list("pk"))
    person = people.of(Customer.objects.get(pk=customer.pk))
    rows = Customer.objects.select_for_update(no_key=True).filter(pk__in=person.customer_ids)
    list(rows.order_by("pk").values_list("pk"))
    known: frozenset[UUID] = frozenset()
    person = people.of(Customer.objects.get(pk=customer.pk))
    while person.conversation_ids - known:
        known |= person.conversation_ids
        list(Conversation.objects.select_for_update().filter(pk__in=known).order_by("pk").values_list("pk"))
        person = people.of(Customer.objects.get(pk=customer.pk))
    return person


def _refuse(person: Person, now: datetime, *, cancel_coming: bool) -> None:
    if _being_worked_on(person):
        raise InTheShop
    first = _coming(person, now).first()
    if first is not None and not cancel_coming:
        raise HasAppointments(str(person.customer), first.scheduled_at)


def _being_worked_on(person: Person) -> bool:
    return Appointment.objects.filter(customer__in=person.customer_ids, status=Status.IN_PROGRESS).exists()


def _coming(person: Person, now: datetime) -> Any:
    waiting = Appointment.objects.filter(
        customer__in=person.customer_ids, status__in=LIVE, ends_at__gte=now
    ).exclude(status=Status.IN_PROGRESS)
    return waiting.order_by("scheduled_at")


def _wipe(person: Person, now: datetime, traces: Traces | None = None) -> tuple[dict[str, int], list[str]]:
    """Delete and empty the rows; how many of each, and the files that are still to go."""
    from receptionist.tasks import erase_latecomers

    files = _files(person, traces)
    _ask_for_copies(person)
    signals.customer_erased.send(
        sender=None,
        customer_id=person.customer.pk,
        appointment_ids=person.appointment_ids,
        conversation_ids=person.conversation_ids,
        phones=person.phones,
        contacts=person.contacts,
    )
    counts = {}
    rows = _keys(person)
    outbound = rows[kind_of("receptionist.OutboundMessage")]
    gone.keep(conversations=person.conversation_ids, outbound=outbound, now=now)
    for kind, pks in rows.items():
        counts[kind.label] = len(pks)
        if kind.fate is Fate.DELETED:
            _delete(kind, pks)
    _let_go_of_conversations(person)
    _anonymise(person, now)
    counts["elsewhere"] = combing.comb(person, traces)
    erase_latecomers.queue_in(FIRST_LOOK, customer_id=str(person.customer.pk))
    return {label: count for label, count in counts.items() if count}, files


def _keys(person: Person) -> dict[Kind, list[Any]]:
    """The keys of all the person's rows, in the order of deletion; the history's from the others', known by then."""
    told = kind_of("auditlog.LogEntry")
    rows = {kind: kind.keys(person) for kind in PERSONAL if kind is not told}
    history_rows = told.model._default_manager.filter(history_of(rows)).order_by()
    rows[told] = list(history_rows.values_list("pk", flat=True))
    return {kind: rows[kind] for kind in PERSONAL}


def _delete(kind: Kind, pks: list[Any]) -> None:
    for start in range(0, len(pks), 2000):
        kind.model._default_manager.filter(pk__in=pks[start : start + 2000]).delete()


def _let_go_of_conversations(person: Person) -> None:
    """What others have of a conversation that is gone: an id that leads nowhere."""
    Appointment.objects.filter(conversation_id__in=person.conversation_ids).update(conversation_id=None)
    Consent.objects.filter(conversation_id__in=person.conversation_ids).update(conversation_id=None)


def _anonymise(person: Person, now: datetime) -> None:
    for appointment in Appointment.objects.filter(pk__in=person.appointment_ids).only("pk"):
        Appointment.objects.filter(pk=appointment.pk).update(
            code=_unused_code(),
            contact_phone="",
            customer_note="",
            notes="",
            cancel_reason="",
            cancelled_by="",
            conversation_id=None,
        )
    _anonymise_vehicles(person, now)
    ids = person.customer_ids
    Customer.objects.filter(pk__in=ids).update(
        phone=None, email="", first_name="", last_name="", notes="", language="it", gdpr_consent=False
    )
    Customer.objects.filter(pk__in=ids, erased_at=None).update(erased_at=now)
    Customer.objects.filter(pk__in=ids, archived_at=None).update(archived_at=now)


def _unused_code() -> str:
    """A code of the appointment's own that nobody was ever told."""
    code = codes.new_code()
    while Appointment.objects.filter(code=code).exists():
        code = codes.new_code()
    return code


def _anonymise_vehicles(person: Person, now: datetime) -> None:
    """Cars that only the person brought lose plate, VIN and dates, or go when no work was done on them; those that
    others bring too stay as the others know them, without an owner."""
    Vehicle.objects.filter(pk__in=person.lent_ids).update(customer=None, notes="")
    worked_on = set(
        Appointment.objects.filter(vehicle__in=person.vehicle_ids).values_list("vehicle_id", flat=True)
    )
    Vehicle.objects.filter(pk__in=person.vehicle_ids - worked_on).delete()
    for pk in worked_on:
        Vehicle.objects.filter(pk=pk).update(
            license_plate=_no_plate(),
            vin="",
            notes="",
            customer=None,
            archived_at=now,
            registered_on=None,
            last_revision_on=None,
            next_revision_on=None,
            next_service_on=None,
            next_service_km=None,
        )


def _no_plate() -> str:
    """What stands where a plate was: no plate that there is, and no other row's."""
    return f"{NO_PLATE}{secrets.token_hex(3)[:5].upper()}"


def _files(person: Person, traces: Traces | None = None) -> list[str]:
    """Names in the shop's store. They are keys, not what people called the files."""
    media = Media.objects.filter(conversation__in=person.conversation_ids).exclude(file="")
    copies = PersonExport.objects.filter(customer__in=person.customer_ids).exclude(file="")
    rows = (*media.values_list("file", flat=True), *copies.values_list("file", flat=True))
    return [*map(str, rows), *(traces.files if traces else combing.files_naming(person))]


def _ask_for_copies(person: Person) -> None:
    """What the providers still have of calls and files."""
    talks = Conversation.objects.filter(pk__in=person.conversation_ids)
    calls = talks.filter(channel=Channel.VOICE).exclude(external_id__startswith="request:")
    remotecopies.ask_many(service="vapi", copies=list(calls.values_list("external_id", "line")))
    media = Media.objects.filter(conversation__in=talks.filter(channel=Channel.WHATSAPP)).exclude(
        external_id=""
    )
    remotecopies.ask_many(service="meta", copies=list(media.values_list("external_id", "conversation__line")))


def delete_files(*, erasure_id: UUID | str) -> int:
    """Delete the files that an erasure left, and say so; how many. Safe to run twice, and at once."""
    row = Erasure.objects.filter(pk=erasure_id).first()
    if row is None:
        return 0
    left = []
    for name in row.files_left:
        try:
            default_storage.delete(name)
        except OSError as error:
            log.error("file of an erased person cannot be deleted", error=type(error).__name__)
            left.append(name)
    Erasure.objects.filter(pk=row.pk).update(files_left=left)
    return len(row.files_left) - len(left)


def sweep() -> int:
    """Delete the files that killed processes left; how many. One query when there are none."""
    rows = Erasure.objects.exclude(files_left=[]).values_list("pk", flat=True)
    return sum(delete_files(erasure_id=pk) for pk in list(rows))

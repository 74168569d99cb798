"""Everything by which a person is known in the shop: rows, numbers, plates, names."""

import re
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from receptionist.models import Conversation, ToolCall
from receptionist.rights import terms
from scheduling.models import Appointment, ChannelIdentity, Customer, Vehicle, WaitingList


@dataclass(frozen=True, slots=True)
class Person:
    """One person, with everybody who was merged into them.

    `phones` and `emails` are theirs alone: what another customer has too tells nobody apart. `vehicle_ids` are cars
    that nobody else brings, `lent_ids` theirs that others bring as well. `conversation_ids` are theirs;
    `elsewhere_ids` are other people's in which they were spoken of (somebody booked for them).
    """

    customer: Customer
    customer_ids: frozenset[UUID]
    phones: frozenset[str]
    emails: frozenset[str]
    contacts: frozenset[tuple[str, str]]
    vehicle_ids: frozenset[UUID]
    lent_ids: frozenset[UUID]
    plates: frozenset[str]
    appointment_ids: frozenset[UUID]
    conversation_ids: frozenset[UUID]
    elsewhere_ids: frozenset[UUID]
    names: tuple[tuple[str, str], ...]

    @property
    def is_erased(self) -> bool:
        """Whether that was done before."""
        return self.customer.erased_at is not None

    def certain(self) -> list[str]:
        """Patterns of what is theirs and nobody else's: numbers, addresses, plates, the channels' ids."""
        said = sorted(each for each in (*self.phones, *self.emails, *self.plates) if len(each) >= terms.LEAST)
        # A channel's own id is what it is, however much it looks like a plate; a number may be somebody else's too.
        ids = sorted(name for _channel, name in self.contacts if not name.startswith("+"))
        return [*map(terms.pattern, said), *(terms.exact(each) for each in ids if len(each) >= terms.LEAST)]

    def named(self) -> list[str]:
        """Patterns of their whole names."""
        return [each for first, last in self.names for each in terms.names(first, last)]

    def pattern(self, *, with_names: bool) -> re.Pattern[str] | None:
        """All of it as one, None when nothing is known."""
        found = terms.together([*self.certain(), *(self.named() if with_names else [])])
        return re.compile(found, re.IGNORECASE) if found else None

    @property
    def has_namesake(self) -> bool:
        """Whether another customer has the same whole name: then the name alone tells nobody. One query."""
        same = Q()
        for first, last in self.names:
            if first and last:
                same |= Q(first_name__iexact=first, last_name__iexact=last)
        if not same:
            return False
        return Customer.objects.exclude(pk__in=self.customer_ids).filter(same).exists()


def of(customer: Customer) -> Person:
    """Gather what is known; some fifteen queries, however much it is. The kept one is asked for a merged one."""
    kept = customer.merged_into or customer
    rows = list(Customer.objects.filter(Q(pk=kept.pk) | Q(merged_into=kept.pk)))
    ids = frozenset(row.pk for row in rows)
    appointments = list(
        Appointment.objects.filter(customer__in=ids).values_list(
            "pk", "vehicle_id", "conversation_id", "contact_phone"
        )
    )
    contacts = _contacts(ids)
    phones = _phones(rows, contacts, ids, {str(phone) for *_ids, phone in appointments if phone})
    own, lent, plates = _vehicles(ids, {vehicle for _pk, vehicle, *_more in appointments if vehicle})
    appointment_ids = frozenset(pk for pk, *_more in appointments)
    talks, elsewhere = _conversations(
        ids, phones, contacts, appointment_ids, {talk for _pk, _car, talk, _phone in appointments if talk}
    )
    return Person(
        customer=next(row for row in rows if row.pk == kept.pk),
        customer_ids=ids,
        phones=phones,
        emails=_emails(rows, ids),
        contacts=contacts,
        vehicle_ids=own,
        lent_ids=lent,
        plates=plates,
        appointment_ids=appointment_ids,
        conversation_ids=talks,
        elsewhere_ids=elsewhere,
        names=tuple(dict.fromkeys((row.first_name.strip(), row.last_name.strip()) for row in rows)),
    )


def _contacts(ids: frozenset[UUID]) -> frozenset[tuple[str, str]]:
    rows = ChannelIdentity.objects.filter(customer__in=ids).values_list("channel", "external_id")
    return frozenset((channel, name) for channel, name in rows)


def _phones(
    rows: list[Customer], contacts: frozenset[tuple[str, str]], ids: frozenset[UUID], said: set[str]
) -> frozenset[str]:
    """Their numbers: vouched for by a channel, or left with an appointment; without those of anybody else."""
    known = {str(row.phone) for row in rows if row.phone} | {
        name for _channel, name in contacts if name[:1] == "+"
    }
    all_of_them = known | said
    others = set(
        Customer.objects.filter(phone__in=all_of_them).exclude(pk__in=ids).values_list("phone", flat=True)
    )
    names = ChannelIdentity.objects.filter(external_id__in=all_of_them).exclude(customer__in=ids)
    others |= set(names.values_list("external_id", flat=True))
    left = Appointment.objects.filter(contact_phone__in=said).exclude(customer__in=ids)
    others |= set(left.values_list("contact_phone", flat=True)) - known
    return frozenset(all_of_them - {str(each) for each in others})


def _emails(rows: list[Customer], ids: frozenset[UUID]) -> frozenset[str]:
    mine = {row.email.lower() for row in rows if row.email}
    same = Q()
    for each in mine:
        same |= Q(email__iexact=each)
    others = Customer.objects.filter(same).exclude(pk__in=ids).values_list("email", flat=True) if mine else ()
    return frozenset(mine - {each.lower() for each in others})


def _vehicles(
    ids: frozenset[UUID], brought: set[UUID]
) -> tuple[frozenset[UUID], frozenset[UUID], frozenset[str]]:
    """Cars that are theirs alone, their own that others bring too, and the plates and VINs of the first."""
    rows = list(
        Vehicle.objects.filter(Q(customer__in=ids) | Q(pk__in=brought, customer=None)).only(
            "pk", "customer_id", "license_plate", "vin"
        )
    )
    pks = [row.pk for row in rows]
    others: set[UUID | None] = set()
    for model in (Appointment, WaitingList):
        # Who was erased before them brings it no more.
        known = model._default_manager.filter(vehicle__in=pks, customer__erased_at=None)
        theirs = known.exclude(customer__in=ids)
        others |= set(theirs.values_list("vehicle_id", flat=True))
    own = [row for row in rows if row.pk not in others]
    lent = frozenset(row.pk for row in rows if row.pk in others and row.customer_id)
    said = {each for row in own for each in (row.license_plate, row.vin) if each}
    return frozenset(row.pk for row in own), lent, frozenset(said)


def _conversations(
    ids: frozenset[UUID],
    phones: frozenset[str],
    contacts: frozenset[tuple[str, str]],
    appointment_ids: frozenset[UUID],
    booked_in: set[UUID],
) -> tuple[frozenset[UUID], frozenset[UUID]]:
    """Their own, and those of others in which something of theirs was done."""
    nobodys = Q(customer=None) & (Q(phone_number__in=phones) | Q(contact__in=phones))
    for channel, name in contacts:
        nobodys |= Q(customer=None, channel=channel, contact=name)
    own = set(Conversation.objects.filter(Q(customer__in=ids) | nobodys).values_list("pk", flat=True))
    calls = ToolCall.objects.filter(appointment_id__in=appointment_ids)
    spoken = booked_in | set(calls.values_list("conversation_id", flat=True))
    rest = Conversation.objects.filter(pk__in=spoken - own).values_list("pk", "customer_id")
    anybodys = {pk for pk, customer in rest if customer is None}
    anybodys -= set(
        Appointment.objects.filter(conversation_id__in=anybodys)
        .exclude(customer__in=ids)
        .values_list("conversation_id", flat=True)
    )
    return frozenset(own | anybodys), frozenset(pk for pk, _customer in rest if pk not in anybodys)

"""To which number a message that the shop begins may go: one that a channel vouched for, or that was left for it."""

from collections.abc import Collection
from uuid import UUID

from receptionist.models import Channel
from scheduling.models import Appointment, ChannelIdentity, Consent, Customer
from scheduling.models.appointments import Source


def number_of(customer: Customer) -> str:
    """Where the customer is reached on WhatsApp: a verified identity there, else their verified number; "" for nobody.

    Archived and erased customers are reached nowhere. One query at most.
    """
    return numbers_of([customer]).get(customer.pk, "")


def numbers_of(customers: Collection[Customer]) -> dict[UUID, str]:
    """As `number_of`, for many. One query, however many they are."""
    reached = {each.pk: str(each.phone or "") for each in customers if can_be_reached(each)}
    rows = ChannelIdentity.objects.filter(customer__in=reached, channel=Channel.WHATSAPP, verified=True)
    for customer_id, external_id in rows.order_by("created_at", "pk").values_list(
        "customer_id", "external_id"
    ):
        reached[customer_id] = external_id
    return {pk: number for pk, number in reached.items() if number}


def can_be_reached(customer: Customer) -> bool:
    """Whether the shop may begin anything with them at all."""
    return customer.archived_at is None and customer.erased_at is None and customer.merged_into_id is None


def number_for(appointment: Appointment) -> str:
    """Where the customer is reached about this appointment: as `number_of`; for one booked on the web page by somebody
    who agreed to messages about it, the number that was left there. Two queries at most.
    """
    number = number_of(appointment.customer)
    if number or appointment.source != Source.WEB or not can_be_reached(appointment.customer):
        return number
    left = str(appointment.contact_phone or "")
    return left if left and _agreed_to_service(appointment.customer) else ""


def _agreed_to_service(customer: Customer) -> bool:
    given = Consent.objects.filter(customer=customer, purpose=Consent.Purpose.SERVICE_MESSAGES)
    last = given.filter(withdrawn_at=None).order_by("-given_at").first()
    return last is not None and last.granted

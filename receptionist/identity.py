"""Who is on the other end.

A customer is recognised by the number that the channel itself vouches for, and by nothing that is said. A
caller who is not known becomes a new customer when something is booked; with a withheld number that customer
has no telephone, and what they leave as a contact stays with the appointment.
"""

from django.db import IntegrityError, transaction

from receptionist.models import Channel, Conversation
from scheduling.models import ChannelIdentity, Customer, Vehicle

MAX_NAME = 60
# Asked by every call that begins, and so written out. What it leaves out is fetched when it is asked for.
KNOWN = """
    SELECT id, phone, first_name, last_name, language
      FROM scheduling_customer
     WHERE phone = %s OR id IN (
           SELECT customer_id FROM scheduling_channelidentity
            WHERE channel = %s AND external_id = %s AND verified)
     ORDER BY phone IS NOT DISTINCT FROM %s DESC LIMIT 1
"""
OWN_CARS = """
    SELECT id, customer_id, license_plate, make, model, year, created_at
      FROM scheduling_vehicle WHERE customer_id = %s AND archived_at IS NULL ORDER BY created_at DESC LIMIT 5
"""
# What is said of a car.
SAID = ("customer_id", "license_plate", "make", "model", "year", "created_at")


def find_customer(*, channel: Channel, phone: str) -> Customer | None:
    """The customer whose verified number this is (E.164): their own, or one a channel vouched for. One query."""
    # Their own number wins over one that they once called from.
    return next(iter(Customer.objects.raw(KNOWN, [phone, str(channel), phone, phone])), None)


def ensure_customer(conversation: Conversation, *, first_name: str, last_name: str) -> Customer:
    """The conversation's customer, made if there is none yet; names that were missing are filled in.

    Side effects: may insert a Customer and its ChannelIdentity and set `conversation.customer`. Two calls at
    once in one conversation make one customer. Runs inside a transaction.
    """
    customer = conversation.customer or _claim_customer(conversation, first_name, last_name)
    _fill_names(customer, first_name, last_name)
    return customer


def _claim_customer(conversation: Conversation, first_name: str, last_name: str) -> Customer:
    # The key is not locked: rows that point at the conversation are being inserted meanwhile.
    row = Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
    if row.customer_id and row.customer:
        conversation.customer = row.customer
        return row.customer
    phone = str(conversation.phone_number) if conversation.caller_verified else ""
    customer = _make_customer(phone, first_name, last_name)
    if phone:
        ChannelIdentity.objects.get_or_create(
            channel=conversation.channel,
            external_id=phone,
            defaults={"customer": customer, "verified": True},
        )
    conversation.customer = customer
    conversation.save(update_fields=["customer"])
    return customer


def _make_customer(phone: str, first_name: str, last_name: str) -> Customer:
    if not phone:
        return Customer.objects.create(first_name=first_name, last_name=last_name)
    return Customer.objects.get_or_create(
        phone=phone, defaults={"first_name": first_name, "last_name": last_name}
    )[0]


def _fill_names(customer: Customer, first_name: str, last_name: str) -> None:
    """What was not known is added; what the shop knows is never overwritten by what is said."""
    if customer.full_name or not (first_name or last_name):
        return
    customer.first_name, customer.last_name = first_name, last_name
    customer.save(update_fields=["first_name", "last_name"])


def vehicles_of(customer: Customer | None) -> list[Vehicle]:
    """The customer's cars, at most five, the last registered first. One query; none without a customer."""
    return list(Vehicle.objects.raw(OWN_CARS, [customer.pk])) if customer else []


def vehicle_by_plate(plate: str, customer: Customer, *, may_adopt: bool) -> Vehicle:
    """The car with this normalised plate, entered as the customer's if it is new.

    A car of somebody else stays theirs: it may be brought in by anyone, but nothing of it may be read out.
    One without an owner becomes the customer's if `may_adopt`.
    """
    vehicle = Vehicle.objects.only(*SAID).filter(license_plate=plate).first() or _new_vehicle(plate, customer)
    if vehicle.customer_id is None and may_adopt:
        vehicle.customer = customer
        vehicle.save(update_fields=["customer"])
    return vehicle


def _new_vehicle(plate: str, customer: Customer) -> Vehicle:
    try:
        with transaction.atomic():
            return Vehicle.objects.create(license_plate=plate, customer=customer)
    except IntegrityError:
        # Somebody else entered it this very moment.
        return Vehicle.objects.get(license_plate=plate)


def owns(customer: Customer | None, vehicle: Vehicle | None) -> bool:
    """Whether what the shop knows of the car may be said to this customer."""
    return bool(customer and vehicle and vehicle.customer_id == customer.pk)

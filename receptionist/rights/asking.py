"""The customer that an operator means, by id or by telephone; with a sentence for what is neither."""

from uuid import UUID

from receptionist.identity import find_customer
from receptionist.models import Channel
from scheduling.models import Customer
from shops.phones import normalise_phone
from shops.refusals import Refused


def customer_named(text: str) -> Customer:
    """The customer with this id, or whose telephone it is in any spelling; who was merged is who they are now.

    Raises Refused, with what to do, when there is none.
    """
    found = _by_id(text) or _by_phone(text)
    if found is None:
        raise Refused(
            "Nessun cliente trovato: indicare il suo identificativo (come nell'indirizzo della sua pagina) o il suo "
            "numero di telefono, per esempio +393331234567."
        )
    return found.merged_into or found


def _by_id(text: str) -> Customer | None:
    try:
        return Customer.objects.filter(pk=UUID(text)).first()
    except ValueError:
        return None


def _by_phone(text: str) -> Customer | None:
    phone = normalise_phone(text)
    if phone is None:
        return None
    for channel in (Channel.VOICE, Channel.WHATSAPP):
        found = find_customer(channel=channel, phone=phone)
        if found is not None:
            return Customer.objects.select_related("merged_into").get(pk=found.pk)
    return None

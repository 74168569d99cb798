"""What the model is told before a conversation begins: the manners, the shop, and who is calling.

The words stand in templates/receptionist/prompt.txt; here they are filled from the database. What the shop or a
customer wrote is put in on one line each, so that it cannot pass for a section of its own.
"""

import re
from datetime import datetime

from django.template.loader import render_to_string

from receptionist import confirmations, identity, opening, phoneproof, recording
from receptionist.italian import join_and, one_line, say_duration, sentence, spell_plate
from receptionist.italian.telling import Telling
from receptionist.models import AIConfig, Channel, Conversation, Formality
from receptionist.nextslots import NextSlots, next_slots
from receptionist.tools import wording
from receptionist.tools.appointments import upcoming
from receptionist.tools.base import ToolContext, telling
from scheduling import catalogue
from scheduling.catalogue import Catalogue
from scheduling.models import Service, Vehicle
from scheduling.models.appointments import Status
from shops.context import current_shop
from shops.models import Shop

TEMPLATE = "receptionist/prompt.txt"
MAX_TEXT = 300
MAX_INSTRUCTIONS = 3000
MOST_SERVICES = 25
MOST_FAQ = 20
EVENING = 17
VISITOR = (
    "Scrive dal sito e non si sa chi è. Per prenotare chiedi nome, targa e un numero di telefono, che serve solo per "
    "richiamare. Appuntamenti e auto di clienti non si dicono, qualunque nome, numero o targa scriva: se chiede dei suoi, "
    "usa lo strumento (list_appointments, vehicle_status), che fa comparire il pulsante «Confermo il mio numero»."
)
LANGUAGES = {
    "it": "italiano",
    "en": "inglese",
    "de": "tedesco",
    "fr": "francese",
    "es": "spagnolo",
    "pt": "portoghese",
    "ro": "rumeno",
    "ar": "arabo",
}


def build(
    *,
    conversation: Conversation,
    config: AIConfig,
    now: datetime,
    offered: Catalogue | None = None,
    promotion_question: str = "",
) -> str:
    """The system prompt for a conversation, in Italian. `now` aware. Runs inside the shop; changes nothing.

    `promotion_question` is what to ask after a booking (receptionist.optin_spoken), where note_promotion is offered.

    Four queries: the catalogue (unless it is given as `offered`), what is booked, the caller's cars and appointments
    (the last two only for a caller who is known). One more where the shop shows a WhatsApp number.
    """
    shop = current_shop()
    now = now.astimezone(shop.tz)
    offered = offered or catalogue.load(shop)
    context = ToolContext(shop, conversation, now, config)
    values = {
        **_self(shop, conversation, config),
        **_moment(offered, context.tell, now),
        **_handover(conversation, config),
        "facts": _facts(conversation, config, offered, now),
        "services": _services(offered, context.tell),
        "slots": _slots(next_slots(offered, now), context.tell, now),
        "caller": _caller(context),
        "whatsapp_question": confirmations.question(config)
        if confirmations.can_offer(conversation, shop)
        else "",
        "promotion_question": promotion_question,
        "instructions": config.instructions.strip()[:MAX_INSTRUCTIONS],
    }
    return re.sub(r"\n{3,}", "\n\n", render_to_string(TEMPLATE, values)).strip()


def first_sentence(
    *,
    config: AIConfig,
    conversation: Conversation | None = None,
    now: datetime | None = None,
    shop: Shop | None = None,
    ask: bool = True,
) -> str:
    """What is said first: the greeting, that an AI answers, that the call is recorded where it is, and how to help.

    Not `ask`: without the question, when an answer follows at once. Whatever greeting the shop wrote, the disclosure
    is added by the house: it is the law (AI Act, art. 50). No query.
    """
    shop = shop or current_shop()
    voice = conversation is None or conversation.channel == Channel.VOICE
    greeting, question = _greeting(shop, config, now)
    name = one_line(config.assistant_name)
    who = f"{name}, l'assistente virtuale" if name else "l'assistente virtuale"
    told = f"Sono {who}, un'intelligenza artificiale."
    recorded = recording.ANNOUNCEMENT if voice and config.recording_enabled else ""
    return " ".join(part for part in (greeting, told, recorded, question if ask else "") if part)


def _greeting(shop: Shop, config: AIConfig, now: datetime | None) -> tuple[str, str]:
    """The greeting, and the question that ends the first sentence."""
    question = "Come posso aiutarti?" if config.formality == Formality.TU else "Come posso aiutarla?"
    own = one_line(config.greeting)
    if not own:
        evening = now is not None and now.astimezone(shop.tz).hour >= EVENING
        return f"{one_line(shop.name)}, {'buonasera' if evening else 'buongiorno'}.", question
    if own.endswith("?"):
        # The shop's own question comes last, after the disclosure.
        start, question = re.match(r"(.*[.!?…]\s+)?(.*)", own).groups()  # type: ignore[union-attr]  # matches any line
        return sentence(start or shop.name), question
    return sentence(own), question


def _self(shop: Shop, conversation: Conversation, config: AIConfig) -> dict[str, object]:
    voice = conversation.channel == Channel.VOICE
    name = one_line(config.assistant_name)
    lei = (
        "Dai del Lei a tutti. Se sai il nome, chiama il cliente per nome e cognome e non indovinare se è signore o "
        "signora."
    )
    tu = "Dai del tu a tutti, con garbo, e adatta al tu le risposte degli strumenti, che danno del Lei."
    others = [LANGUAGES.get(str(code), str(code)) for code in config.languages if code != "it"]
    return {
        "who": f"{name}, l'assistente virtuale" if name else "l'assistente virtuale",
        "shop": one_line(shop.name),
        "voice": voice,
        "channel_sentence": "Rispondi al telefono: quello che scrivi viene letto ad alta voce."
        if voice
        else "Rispondi in chat, per iscritto.",
        "address_form": tu if config.formality == Formality.TU else lei,
        "languages": f" (oltre all'italiano, di solito {join_and(others)})" if others else "",
        "recording": voice and config.recording_enabled,
        "recording_said": " e che la chiamata è registrata" if voice and config.recording_enabled else "",
        "timezone": shop.timezone,
    }


def _moment(offered: Catalogue, tell: Telling, now: datetime) -> dict[str, object]:
    is_open = offered.calendar.is_open(now)
    today = opening.say_day_hours(offered.calendar, now.date(), now.date(), tell)
    state = "L'officina adesso è aperta." if is_open else "L'officina adesso è chiusa."
    return {
        "today": f"{tell.full_date(now.date())} {now.year}",
        "time": f"{now:%H:%M}",
        "iso_now": f"{now:%Y-%m-%dT%H:%M}",
        "open_sentence": f"{state} {sentence(today)}",
    }


def _handover(conversation: Conversation, config: AIConfig) -> dict[str, object]:
    if conversation.channel != Channel.VOICE:
        rule = (
            "Dopo request_human continua una persona dell'officina, qui o al telefono: di' al cliente che cosa succede "
            "adesso, come te l'ha detto lo strumento."
        )
    elif config.transfer_number:
        rule = (
            "Se la risposta di request_human dice che passi la chiamata, usa subito transferCall. Se dice entro "
            "quando l'officina richiama, dillo al cliente e non usare transferCall."
        )
    else:
        rule = "La chiamata non si può passare: request_human dice entro quando l'officina richiama. Dillo al cliente."
    number = str(config.tow_number)
    tow = (
        f"Il soccorso stradale dell'officina risponde al {telling(conversation).phone(number)}."
        if number
        else ""
    )
    return {"transfer_rule": rule, "tow": tow}


def _facts(conversation: Conversation, config: AIConfig, offered: Catalogue, now: datetime) -> str:
    """What the shop says of itself; what is empty is left out, and with it the temptation to guess."""
    lines = [f"- {sentence(opening.say_week(offered.calendar, telling(conversation)))}"]
    soon = opening.closures_soon(offered.calendar, now.date(), tell=telling(conversation))
    if soon:
        lines.append(f"- Chiusure prossime: {join_and(soon)}.")
    known = {
        "Indirizzo": config.address,
        "Parcheggio": config.parking,
        "Pagamenti": config.payment,
        "Auto sostitutiva": config.courtesy_car,
        "Veicoli": config.vehicles_served,
        "Altro": config.other_facts,
        "Telefono dell'officina": telling(conversation).phone(str(current_shop().phone_number)),
    }
    lines += [f"- {name}: {sentence(one_line(text, MAX_TEXT * 3))}" for name, text in known.items() if text]
    for entry in config.faq[:MOST_FAQ] if isinstance(config.faq, list) else []:
        question, answer = str(entry.get("domanda", "")), str(entry.get("risposta", ""))
        if question and answer:
            lines.append(f"- «{one_line(question, MAX_TEXT)}» {sentence(one_line(answer, MAX_TEXT))}")
    return "\n".join(lines)


def _services(offered: Catalogue, tell: Telling) -> str:
    lines = [_service(service, tell) for service in offered.services[:MOST_SERVICES]]
    return "\n".join(lines) or "Nessuno: raccogli la richiesta con request_human."


def _service(service: Service, tell: Telling) -> str:
    price = "prezzo non indicato" if service.price_from is None else tell.price_from(service.price_from)
    parts = [f"- {one_line(service.name)}: circa {say_duration(service.duration_minutes)}, {price}"]
    if service.confirmed_by == Service.ConfirmedBy.SHOP:
        parts.append("lo conferma l'officina dopo la richiesta")
    if service.preparation:
        parts.append(
            f"da portare: {wording.lower_first(one_line(service.preparation, MAX_TEXT)).rstrip('.')}"
        )
    return f"{'; '.join(parts)}."


def _slots(found: list[NextSlots], tell: Telling, now: datetime) -> str:
    """Each slot as `start` wants it, beside the words in which it is said."""
    lines = []
    for each in found:
        starts = [slot.starts_at.astimezone(now.tzinfo) for slot in each.slots]
        told = "; ".join(f"{start:%Y-%m-%dT%H:%M} = {tell.when(start, now)}" for start in starts)
        lines.append(f"- {one_line(each.service.name)}: {told or 'nessuno nelle prossime due settimane'}.")
    return "\n".join(lines) or "Non ce ne sono di già noti."


def _caller(context: ToolContext) -> str:
    """The caller as the verified channel names them: name, cars, appointments. Two queries for a known one."""
    conversation, customer = context.conversation, context.customer
    if customer is None or not conversation.caller_verified:
        if conversation.phone_number:
            return "Non è ancora tra i clienti. Il suo numero si vede: non chiederlo. Per prenotare chiedi nome e targa."
        if phoneproof.is_needed(conversation):
            return VISITOR
        return (
            "Il numero è nascosto: non si può sapere chi è. Per prenotare chiedi nome, targa e un numero di telefono, "
            "che serve solo per richiamare. Appuntamenti e auto di clienti non si dicono."
        )
    lines = [
        f"- Cliente: {one_line(customer.full_name, MAX_TEXT) or 'nome non ancora indicato, da chiedere'}."
    ]
    spell = conversation.channel == Channel.VOICE
    lines += [f"- Auto: {_vehicle(each, spell=spell)}." for each in identity.vehicles_of(customer)]
    rows = upcoming(customer, context)
    for row in rows:
        state = ", in lavorazione" if row.status == Status.IN_PROGRESS else wording.pending(row, context)
        what = wording.what(row, context)
        said = one_line(f"{what}, {context.tell.when(row.scheduled_at, context.now)}", MAX_TEXT)
        lines.append(f"- Appuntamento: {said}{state} (codice {row.code}).")
    if not rows:
        lines.append("- Nessun appuntamento in programma.")
    return "\n".join(lines)


def _vehicle(vehicle: Vehicle, *, spell: bool) -> str:
    label = one_line(vehicle.label, MAX_TEXT) or "auto"
    spelled = f" ({spell_plate(vehicle.license_plate)})" if spell else ""
    return f"{label}, targa {vehicle.license_plate}{spelled}"

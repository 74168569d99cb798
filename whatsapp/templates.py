"""The message templates that every shop has at Meta: what they say, as data, and how they get there.

All are in Italian. Utility templates speak of something the customer has asked for; marketing ones of what the shop would
like, and go out to who agreed to that alone. Source: WhatsApp Business
Management API, message templates, v25.0.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from django.utils import timezone

from receptionist import standard_templates
from receptionist.content import KnownTemplate
from shops.context import current_shop, in_shop
from shops.models import Shop, WhatsAppNumber
from whatsapp.client import Graph, GraphError
from whatsapp.models import MessageTemplate, TemplateStatus

log = structlog.get_logger(__name__)
LANGUAGE = "it"
UTILITY, MARKETING = "UTILITY", "MARKETING"


@dataclass(frozen=True)
class Definition:
    """One template. `examples` fill the places of `body` for Meta's reviewers; `buttons` are quick replies."""

    name: str
    body: str
    examples: tuple[str, ...]
    buttons: tuple[str, ...] = ()
    category: str = UTILITY

    def components(self) -> list[dict[str, Any]]:
        """As Meta takes them."""
        body = {"type": "BODY", "text": self.body, "example": {"body_text": [list(self.examples)]}}
        buttons = [{"type": "QUICK_REPLY", "text": text} for text in self.buttons]
        return [body, *([{"type": "BUTTONS", "buttons": buttons}] if buttons else [])]

    def fingerprint(self) -> str:
        """Changes when what Meta has to examine changes."""
        said = json.dumps([self.category, LANGUAGE, self.components()], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()


_APPOINTMENT = (
    "*Quando:* {{2}} alle {{3}}\n*Lavoro:* {{4}}\n*Dove:* {{5}}\n\n"
    "Per spostarlo o annullarlo basta toccare un pulsante qui sotto, o rispondere a questo messaggio."
)
_EXAMPLE = ("Officina Rossi", "giovedì 26 novembre", "09:30", "Tagliando", "Via Roma 1, Milano")
MOVE_AND_CANCEL = ("Sposta", "Annulla")
STOP = "Per non ricevere più questi messaggi scriva STOP."

DEFINITIONS = (
    Definition(
        standard_templates.CONFIRMATION,
        f"Gentile cliente, il suo appuntamento da {{{{1}}}} è confermato.\n\n{_APPOINTMENT}",
        _EXAMPLE,
        MOVE_AND_CANCEL,
    ),
    Definition(
        standard_templates.REMINDER,
        "Gentile cliente, le ricordiamo il suo appuntamento da {{1}}.\n\n*Quando:* {{2}} alle {{3}}\n*Lavoro:* {{4}}\n"
        "*Dove:* {{5}}\n\nCi conferma che viene? Può anche spostarlo o annullarlo, con un pulsante qui sotto o "
        "rispondendo a questo messaggio.",
        _EXAMPLE,
        ("Confermo", *MOVE_AND_CANCEL),
    ),
    Definition(
        standard_templates.CAR_READY,
        "Gentile cliente, da {{1}} la sua auto ({{2}}) è pronta.\n\nPuò ritirarla {{3}}. Se preferisce un altro momento, "
        "risponda a questo messaggio.",
        ("Officina Rossi", "Fiat Panda AB123CD", "oggi fino alle 18:30"),
    ),
    Definition(
        standard_templates.MISSED_CALL,
        "Gentile cliente, qui è l'assistente virtuale di {{1}}.\n\nAbbiamo visto la sua chiamata, ma non siamo riusciti a "
        "finire di parlarle. Se possiamo ancora esserle utili, risponda a questo messaggio.",
        ("Officina Rossi",),
    ),
    Definition(
        standard_templates.FREED_PLACE,
        "Gentile cliente, da {{1}} si è liberato un posto per la sua richiesta in lista d'attesa.\n\n*Quando:* {{2}} alle "
        "{{3}}\n*Lavoro:* {{4}}\n\nLo teniamo per lei fino alle {{5}}. Lo vuole?",
        ("Officina Rossi", "giovedì 26 novembre", "09:30", "Tagliando", "15:30"),
        ("Sì, lo prendo", "No, grazie"),
    ),
    Definition(
        standard_templates.THANKS,
        f"Gentile cliente, grazie da {{{{1}}}}. Com'è andata? Se le va, ci lasci due righe qui: {{{{2}}}}\n\n{STOP}",
        ("Officina Rossi", "https://example.com/recensioni"),
        category=MARKETING,
    ),
    Definition(
        standard_templates.DUE,
        f"Gentile cliente, {{{{1}}}} le ricorda una scadenza: {{{{2}}}}.\n\nPer prenotare basta rispondere a questo "
        f"messaggio. {STOP}",
        ("Officina Rossi", "revisione di Fiat Panda AB123CD entro il 31 marzo 2027"),
        category=MARKETING,
    ),
    Definition(
        standard_templates.FOLLOW_UP,
        "Gentile cliente, {{1}} ha una risposta alla sua richiesta: {{2}}.\n\nPer riceverla tocchi il pulsante qui sotto, "
        "o risponda a questo messaggio.",
        ("Officina Rossi", "preventivo per i freni"),
        ("Continua",),
    ),
    Definition(
        standard_templates.NOTICE,
        "Avviso per il personale dell'officina: {{1}}\n\nI dettagli sono qui: {{2}}\n\nMessaggio automatico di AROS.",
        ("un cliente aspetta una persona", "https://rossi.example.it/admin/"),
    ),
)


@dataclass(frozen=True)
class Outcome:
    """What was done about one template, in the operator's words. Not `ok`: it cannot be sent as things stand."""

    name: str
    status: str
    done: str
    ok: bool


class NoAccount(Exception):
    """The shop has no WhatsApp account that could be worked on. One sentence for the operator."""


def account_of(shop: Shop) -> tuple[str, str]:
    """The shop's account at Meta and its token. Raises NoAccount, and Undecryptable."""
    numbers = WhatsAppNumber.objects.filter(shop=shop).order_by("created_at", "pk")
    number = numbers.exclude(waba_id="").first()
    set_line = f"manage.py set_line --shop {shop.slug} --whatsapp …"
    if number is None:
        missing = "l'account WhatsApp Business" if numbers.exists() else "un numero WhatsApp"
        raise NoAccount(f"{shop.slug} non ha {missing}: indicarlo con {set_line} --waba …")
    if not number.access_token:
        raise NoAccount(f"{shop.slug} non ha il token di WhatsApp: WHATSAPP_TOKEN=… {set_line}")
    return number.waba_id, number.access_token


def synchronise(shop: Shop, *, dry_run: bool = False) -> list[Outcome]:
    """Bring the shop's templates at Meta to what they should be, and keep their state.

    What Meta has as it should be is not sent again. A template that Meta refuses is named, the others go on. With
    `dry_run` nothing is changed anywhere. Side effects: POSTs at Meta, MessageTemplate rows. Raises NoAccount, and
    GraphError when the account cannot be read at all.
    """
    waba, token = account_of(shop)
    graph = Graph(token)
    found = {(str(each.get("name")), str(each.get("language"))): each for each in graph.templates(waba)}
    with in_shop(shop):
        return [
            _one(graph, waba, definition, found.get((definition.name, LANGUAGE)), dry_run)
            for definition in DEFINITIONS
        ]


def _one(
    graph: Graph, waba: str, definition: Definition, found: dict[str, Any] | None, dry_run: bool
) -> Outcome:
    row = MessageTemplate.objects.filter(waba_id=waba, name=definition.name, language=LANGUAGE).first()
    same = found is not None and is_same(definition, found)
    if same and found is not None:
        status = _status(found)
        if not dry_run:
            _keep(waba, definition, meta_id=str(found.get("id", "")), status=status, reason=_reason(found))
        return _told(definition, status, "era già a posto", _reason(found))
    if dry_run:
        status = TemplateStatus.MISSING if found is None else _status(found)
        return Outcome(
            definition.name, str(status.label), "da creare" if found is None else "da aggiornare", False
        )
    try:
        return _sent(graph, waba, definition, found)
    except GraphError as error:
        log.warning("template refused", template=definition.name, code=error.code, shop=current_shop().slug)
        status = TemplateStatus(row.status) if row else TemplateStatus.MISSING
        _keep(waba, definition, status=status, reason=error.message, sent=False)
        return Outcome(definition.name, str(status.label), f"Meta rifiuta: {error.message}", False)


def _sent(graph: Graph, waba: str, definition: Definition, found: dict[str, Any] | None) -> Outcome:
    if found is None:
        body = {"name": definition.name, "language": LANGUAGE, "category": definition.category}
        answer = graph.create_template(waba, {**body, "components": definition.components()})
        meta_id, done = str(answer.get("id", "")), "creato"
    else:
        meta_id, done = str(found["id"]), "aggiornato"
        answer = graph.update_template(
            meta_id, {"category": definition.category, "components": definition.components()}
        )
    # Meta examines it before it may be sent; an account may have it approved at once.
    status = _status(answer) if answer.get("status") else TemplateStatus.PENDING
    _keep(waba, definition, meta_id=meta_id, status=status)
    return _told(definition, status, done)


def _told(definition: Definition, status: TemplateStatus, done: str, reason: str = "") -> Outcome:
    ok = status in (TemplateStatus.APPROVED, TemplateStatus.PENDING)
    return Outcome(definition.name, str(status.label), f"{done}: {reason}" if reason else done, ok)


def _keep(
    waba: str,
    definition: Definition,
    *,
    status: TemplateStatus,
    meta_id: str = "",
    reason: str = "",
    sent: bool = True,
) -> None:
    values: dict[str, Any] = {
        "status": status,
        "reason": reason[:300],
        "category": definition.category,
        "checked_at": timezone.now(),
    }
    if sent:
        values |= {"meta_id": meta_id, "body": definition.body, "fingerprint": definition.fingerprint()}
    MessageTemplate.objects.update_or_create(
        waba_id=waba, name=definition.name, language=LANGUAGE, defaults=values
    )


def is_same(definition: Definition, found: dict[str, Any]) -> bool:
    """Whether Meta has the words and buttons of the definition, by what Meta itself answers."""
    parts = {str(each.get("type", "")).upper(): each for each in found.get("components") or []}
    buttons = [str(each.get("text", "")) for each in parts.get("BUTTONS", {}).get("buttons", [])]
    return parts.get("BODY", {}).get("text") == definition.body and buttons == list(definition.buttons)


_STATES = {
    "APPROVED": TemplateStatus.APPROVED,
    "PENDING": TemplateStatus.PENDING,
    "IN_APPEAL": TemplateStatus.PENDING,
    "REJECTED": TemplateStatus.REJECTED,
    "PAUSED": TemplateStatus.PAUSED,
    "LIMIT_EXCEEDED": TemplateStatus.REJECTED,
}


def _status(found: dict[str, Any]) -> TemplateStatus:
    return _STATES.get(str(found.get("status", "")).upper(), TemplateStatus.DISABLED)


def _reason(found: dict[str, Any]) -> str:
    reason = str(found.get("rejected_reason") or "")
    return "" if reason.upper() == "NONE" else reason


def usable(found: Iterable[dict[str, Any]]) -> dict[str, TemplateStatus]:
    """The state of each template that a shop needs, by what the account has at Meta."""
    there = {str(each.get("name")): each for each in found if each.get("language") == LANGUAGE}
    return {
        each.name: _status(there[each.name]) if each.name in there else TemplateStatus.MISSING
        for each in DEFINITIONS
    }


def approved(line: str) -> list[KnownTemplate]:
    """The templates that Meta has approved for the account of a line ("": the shop's first). Two queries, no request."""
    numbers = WhatsAppNumber.objects.filter(shop=current_shop()).order_by("created_at", "pk")
    accounts = dict(numbers.values_list("phone_number_id", "waba_id"))
    waba = accounts.get(line) or next(iter(accounts.values()), "")
    rows = MessageTemplate.objects.filter(
        waba_id=waba, language=LANGUAGE, status=TemplateStatus.APPROVED
    ).values_list("name", "body")
    bodies = dict(rows)
    return [
        KnownTemplate(each.name, bodies[each.name] or each.body, each.buttons)
        for each in DEFINITIONS
        if each.name in bodies
    ]

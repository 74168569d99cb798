"""Every table of a shop: what of a person it holds, and what becomes of that; or that it holds nothing.

A table that is in neither list, or a text that is in neither, fails a test (tests/receptionist/rights/test_kinds.py):
who adds one says here how a person is found in it. Tables of the rooms above are named, not imported.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from auditlog.models import LogEntry
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from receptionist.models import FollowUp, Handover, SlotOffer
from receptionist.rights.person import Person

NOBODYS = frozenset({"notice", "account"})
"""Purposes of messages to the shop's own people."""


class Fate(StrEnum):
    """What an erasure does to the rows."""

    DELETED = "deleted"
    ANONYMOUS = "anonymous"
    """They stay for the books, without whom they were about."""
    NAMED = "named"
    """Rows about many things: those that name the person go (combing)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One table. `find`: whose rows; `emptied`: the texts that an anonymous row loses; `kept`: those it keeps;
    `untold`: machinery that a copy for the person leaves out."""

    label: str
    title: Any
    find: Callable[[Person], Q]
    fate: Fate = Fate.DELETED
    emptied: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    untold: frozenset[str] = frozenset()

    @property
    def model(self) -> type[Model]:
        """The table's model."""
        return apps.get_model(self.label)

    def rows(self, person: Person) -> QuerySet[Any]:
        """The person's rows."""
        return self.model._default_manager.filter(self.find(person))

    def keys(self, person: Person) -> list[Any]:
        """The keys of the person's rows."""
        return list(self.rows(person).order_by().values_list("pk", flat=True))

    @property
    def has_history(self) -> bool:
        """Whether the history may tell of its rows as the person's."""
        return self.model is not LogEntry and self.fate is not Fate.NAMED


def _of_talks(person: Person) -> Q:
    return Q(conversation__in=person.conversation_ids)


def _of_customer(person: Person) -> Q:
    return Q(customer__in=person.customer_ids)


def _offers(person: Person) -> Q:
    return Q(waiting__customer__in=person.customer_ids) | Q(appointment_id__in=person.appointment_ids)


def _follow_ups(person: Person) -> Q:
    cars = Q(vehicle_id__in=person.vehicle_ids, customer=None)
    return _of_customer(person) | Q(appointment_id__in=person.appointment_ids) | cars


def _proofs(person: Person) -> Q:
    return _of_talks(person) | Q(phone__in=person.phones, conversation__customer=None)


def _outbound(person: Person) -> Q:
    """What went to them, and what the shop's own people were told about them. Four queries to find out."""
    theirs = Q(recipient__in=person.phones)
    for channel, name in person.contacts:
        if not name.startswith("+") or name in person.phones:
            theirs |= Q(channel=channel, recipient=name)
    theirs &= ~Q(purpose__in=NOBODYS) & (
        Q(conversation=None)
        | Q(conversation__customer=None)
        | Q(conversation__customer__in=person.customer_ids)
    )
    decided = FollowUp.objects.filter(_follow_ups(person)).exclude(message=None)
    offered = SlotOffer.objects.filter(_offers(person)).exclude(message=None)
    said = {*decided.values_list("message_id", flat=True), *offered.values_list("message_id", flat=True)}
    about = {
        *person.appointment_ids,
        *person.conversation_ids,
        *Handover.objects.filter(_of_talks(person)).values_list("pk", flat=True),
        *SlotOffer.objects.filter(_offers(person)).values_list("pk", flat=True),
    }
    found = _of_talks(person) | theirs | Q(pk__in=said)
    if about:
        found |= Q(key__regex="|".join(sorted(map(str, about))))
    return found


def _history(person: Person) -> Q:
    """Rows of the history about anything of theirs. Its own table names rows by kind and key."""
    return history_of({kind: kind.keys(person) for kind in PERSONAL if kind.has_history})


def history_of(rows: "Mapping[Kind, Sequence[Any]]") -> Q:
    """Rows of the history about rows whose keys are known already."""
    found = Q(pk__in=())
    for kind, keys in rows.items():
        if keys and kind.has_history:
            content = ContentType.objects.get_for_model(kind.model)
            found |= Q(content_type=content, object_pk__in=list(map(str, keys)))
    return found


def _nowhere(_person: Person) -> Q:
    """Found by what they say (combing), not by what they point at."""
    return Q(pk__in=())


MACHINERY = frozenset(
    {
        "lease_holder",
        "lease_until",
        "turn_id",
        "draft",
        "guided",
        "failed_turns",
        "purged_at",
        "recorded_until",
        "recording_refused_at",
    }
)

WHO_DID_IT = frozenset({"serialized_data", "actor", "actor_email", "remote_addr", "remote_port", "cid"})

PERSONAL: tuple[Kind, ...] = (
    # In the order of deletion: what points at something goes before it.
    Kind("auditlog.LogEntry", _("Storia delle modifiche"), _history, untold=WHO_DID_IT),
    Kind(
        "receptionist.PersonExport", _("Copie dei dati consegnate"), _of_customer, untold=frozenset({"file"})
    ),
    Kind("receptionist.SlotOffer", _("Posti offerti"), _offers),
    Kind("receptionist.FreedPlace", _("Posti liberati"), lambda p: Q(customer_id__in=p.customer_ids)),
    Kind("receptionist.FollowUp", _("Messaggi automatici"), _follow_ups),
    Kind("receptionist.PhoneProof", _("Prove del telefono"), _proofs, untold=frozenset({"code"})),
    Kind("receptionist.OutboundMessage", _("Messaggi mandati"), _outbound, untold=frozenset({"claimed_at"})),
    Kind("receptionist.Media", _("File e registrazioni"), _of_talks, untold=frozenset({"source_url"})),
    Kind("receptionist.Handover", _("Richieste di una persona"), _of_talks),
    Kind("receptionist.ToolCall", _("Azioni dell'assistente"), _of_talks),
    Kind("receptionist.ConversationMessage", _("Messaggi delle conversazioni"), _of_talks),
    Kind(
        "receptionist.Conversation",
        _("Conversazioni"),
        lambda person: Q(pk__in=person.conversation_ids),
        untold=MACHINERY,
    ),
    Kind(
        "website.BookingRequest", _("Prenotazioni dal sito"), lambda p: Q(appointment__in=p.appointment_ids)
    ),
    Kind("scheduling.WaitingList", _("Lista d'attesa"), _of_customer),
    Kind("scheduling.Consent", _("Consensi"), _of_customer),
    Kind("scheduling.ChannelIdentity", _("Contatti"), _of_customer),
    Kind(
        "scheduling.Appointment",
        _("Appuntamenti"),
        _of_customer,
        Fate.ANONYMOUS,
        emptied=frozenset(
            {"code", "contact_phone", "customer_note", "notes", "cancel_reason", "cancelled_by"}
        ),
        kept=frozenset({"status", "source"}),
    ),
    Kind(
        "scheduling.Vehicle",
        _("Veicoli"),
        lambda person: Q(pk__in=person.vehicle_ids | person.lent_ids),
        Fate.ANONYMOUS,
        emptied=frozenset({"license_plate", "vin", "notes"}),
        kept=frozenset({"make", "model", "fuel"}),
    ),
    Kind(
        "scheduling.Customer",
        _("Anagrafica"),
        lambda person: Q(pk__in=person.customer_ids),
        Fate.ANONYMOUS,
        emptied=frozenset({"phone", "email", "first_name", "last_name", "notes", "language"}),
    ),
    # About the shop's people's work or programs', in passing about customers.
    Kind("admin.LogEntry", _("Registro di amministrazione"), _nowhere, Fate.NAMED),
    Kind("sessions.Session", _("Accessi del personale"), _nowhere, Fate.NAMED),
    Kind("api.IdempotencyKey", _("Richieste di programmi"), _nowhere, Fate.NAMED),
)

FREE: dict[str, frozenset[str]] = {
    # The shop's own people, and what they may do.
    "staff.StaffUser": frozenset(
        {"password", "email", "first_name", "last_name", "role", "phone", "language"}
    ),
    "staff.Authenticator": frozenset({"name", "secret", "recovery"}),
    "auth.Permission": frozenset({"name", "codename"}),
    "auth.Group": frozenset({"name"}),
    "auth.Group_permissions": frozenset(),
    "contenttypes.ContentType": frozenset({"app_label", "model"}),
    # The workshop.
    "scheduling.Bay": frozenset({"name"}),
    "scheduling.Service": frozenset(
        {"name", "words", "description", "confirmed_by", "renews", "preparation"}
    ),
    "scheduling.Service_bays": frozenset(),
    "scheduling.OpeningHours": frozenset(),
    "scheduling.Closure": frozenset({"reason"}),
    "scheduling.CalendarFeed": frozenset({"name", "digest"}),
    # How the receptionist is set up.
    "receptionist.AIConfig": frozenset(
        {
            *("assistant_name", "greeting", "formality", "languages", "instructions", "voice_id"),
            *("voice_model", "transcriber_model", "llm_model", "address", "parking", "payment"),
            *("courtesy_car", "vehicles_served", "other_facts", "faq", "transfer_number", "tow_number"),
        }
    ),
    "receptionist.FollowUpSetting": frozenset({"kind", "text"}),
    "receptionist.FollowUpConfig": frozenset({"review_link"}),
    "receptionist.NoticeSetting": frozenset({"kind"}),
    "receptionist.PrivacyConfig": frozenset({"controller", "address", "email", "officer", "more"}),
    "receptionist.ModelUsage": frozenset({"model"}),
    # What is left to be deleted elsewhere: a provider's id, forgotten when that is done.
    "receptionist.RemoteCopy": frozenset({"service", "external_id", "line", "error"}),
    # That somebody was erased, never who.
    "receptionist.GoneMessage": frozenset({"digest"}),
    "receptionist.Erasure": frozenset({"by_name", "counts", "files_left"}),
    "whatsapp.MessageTemplate": frozenset(
        {
            *("waba_id", "name", "language", "meta_id", "category", "status", "reason", "body"),
            "fingerprint",
        }
    ),
    "website.Site": frozenset(
        {"name", "logo", "colour", "welcome", "welcome_en", "thanks", "thanks_en", "widget_origins"}
    ),
    "api.ApiToken": frozenset({"name", "prefix", "digest", "scopes"}),
}
"""Tables without customers, with the texts they have: a new one is looked at before it is taken for free of them."""


def kind_of(label: str) -> Kind:
    """The table with this label."""
    return next(kind for kind in PERSONAL if kind.label == label)

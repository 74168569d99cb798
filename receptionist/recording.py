"""When a call may be recorded: after the announcement, unless the caller refuses, and until it is passed on.

The announcement is part of the first sentence, which is kept as the proof (Conversation.disclosure). A recording that
comes without that proof is not kept. Who refuses goes on talking: nothing else changes.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog
from django.core.files.storage import Storage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from receptionist import consenting, remotecopies
from receptionist.models import Conversation, Media, MediaKind, MediaState
from scheduling.models import Consent, ConsentChannel, Customer
from shops.context import current_shop, in_shop
from shops.models import Shop

log = structlog.get_logger(__name__)
ANNOUNCEMENT = "La chiamata viene registrata."
# Said when somebody refuses; for the assistant.
REFUSED = (
    "La registrazione non verrà conservata. Dirlo al cliente in una frase e andare avanti come prima: il rifiuto non "
    "cambia nulla per la prenotazione."
)
_NOT = "|".join(
    (
        *("non", "nessuna", "niente", "senza", "no alla", r"rifiuto (?:la|di)", r"contrari[oa] alla"),
        *(r"smett\w+ di", r"interromp\w+ la", r"ferm\w+ la", r"spe(?:gn|ng)\w+ la"),
    )
)
_REFUSES = re.compile(
    # Who never registered a car speaks of something else.
    rf"\b(?:{_NOT})\b[^.!?]{{0,40}}?\bregistra(?!t[oaie]\s+(?:la|l'|il|un|in|presso|all))\w*"
    r"|\bnon\s+(?:mi\s+)?registr\w+"
    r"|\b(?:do not|don't|dont|not|stop|no|without)\b[^.!?]{0,40}\brecord(?:ed|ing)?\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for the recording of a call. `until`: what was recorded after it is not kept."""

    announced: bool
    refused: bool
    until: datetime | None

    @property
    def may_be_kept(self) -> bool:
        """Whether any of it is kept."""
        return self.announced and not self.refused


def is_announced(sentence: str) -> bool:
    """Whether a first sentence says that the call is recorded."""
    return ANNOUNCEMENT in sentence


def refuses(text: str) -> bool:
    """Whether somebody says that they do not want to be recorded. Rather once too often: only a recording is lost."""
    return bool(_REFUSES.search(text))


def is_wanted_by(customer: Customer | None) -> bool:
    """Whether a known customer's last word does not forbid it: who refused is not asked in every call. One query."""
    if customer is None:
        return True
    last = consenting.standing(customer, Consent.Purpose.RECORDING)
    return last is None or last.granted


def terms_of(conversation: Conversation) -> Terms:
    """What holds at this moment. One query."""
    row = Conversation.objects.only("disclosure", "recording_refused_at", "recorded_until").get(
        pk=conversation.pk
    )
    return Terms(is_announced(row.disclosure), row.recording_refused_at is not None, row.recorded_until)


def refuse(*, conversation: Conversation, now: datetime | None = None) -> bool:
    """The caller refuses: nothing of the recording is kept, here or at the provider; whether that is new.

    Side effects: the row; the refusal as a consent that was not given, where the customer is known; a recording that
    is there already is deleted, its copy asked for. Safe to repeat.
    """
    now = now or timezone.now()
    with transaction.atomic():
        rows = Conversation.objects.filter(pk=conversation.pk)
        new = bool(rows.filter(recording_refused_at=None).update(recording_refused_at=now))
        row = rows.select_related("customer").get()
        if row.customer is not None:
            consenting.record(
                customer=row.customer,
                purpose=Consent.Purpose.RECORDING,
                granted=False,
                wording=row.disclosure or ANNOUNCEMENT,
                channel=ConsentChannel.VOICE,
                conversation_id=row.pk,
                now=now,
            )
        drop(conversation=row)
    if new:
        log.info("recording refused")
    return new


def heard_in(conversation: Conversation, texts: Iterable[str]) -> None:
    """`refuse` when one of the caller's lines says so."""
    if any(refuses(text) for text in texts):
        refuse(conversation=conversation)


def stop(*, conversation: Conversation, at: datetime | None = None) -> None:
    """The call is passed on: what is recorded from `at` (aware, now by default) is not kept. The first time counts.

    Side effects: the row; a recording that was kept before this was told, and may hold more, is deleted.
    """
    at = at or timezone.now()
    with transaction.atomic():
        rows = Conversation.objects.filter(pk=conversation.pk)
        sooner = rows.filter(Q(recorded_until=None) | Q(recorded_until__gt=at)).update(recorded_until=at)
        kept = Media.objects.filter(
            conversation=conversation, kind=MediaKind.RECORDING, state=MediaState.STORED
        )
        if sooner and kept.exists():
            drop(conversation=Conversation.objects.only("external_id", "line").get(pk=conversation.pk))


def drop(*, conversation: Conversation) -> None:
    """Delete the recording of a call if there is one, and have its copy deleted. Files go on commit."""
    with transaction.atomic():
        for media in Media.objects.select_for_update().filter(
            conversation=conversation, kind=MediaKind.RECORDING
        ):
            name, storage = media.file.name, media.file.storage
            Media.objects.filter(pk=media.pk).update(
                file="", source_url="", size=0, sha256="", state=MediaState.PURGED, error=""
            )
            if name:
                transaction.on_commit(partial(_delete, current_shop(), storage, name))
        delete_copy(conversation=conversation)


def _delete(shop: Shop, storage: Storage, name: str) -> None:
    """The folder is the shop's, whoever is entered when the transaction commits."""
    with in_shop(shop):
        storage.delete(name)


def delete_copy(*, conversation: Conversation) -> None:
    """Have what the provider keeps of the call deleted."""
    if not conversation.external_id.startswith(("request:", "purged:")):
        remotecopies.ask(service="vapi", external_id=conversation.external_id, line=conversation.line)

"""Messages that were changed or taken back (shops that keep the app on a phone send these).

Either may come before the message it is about: then it is stored in that message's place, which is known when it comes.
"""

from functools import partial
from uuid import UUID

import structlog
from django.core.files.storage import Storage
from django.db import transaction
from django.utils import timezone

from receptionist import inbound, storable
from receptionist.models import ConversationMessage, Media, MediaState, MessageKind
from shops.context import current_shop, in_shop
from shops.models import Shop
from whatsapp.keeping import REVOKED, Said, store
from whatsapp.payloads import MAX_ID, Json, object_of, text
from whatsapp.reading import Reading, read, unsupported
from whatsapp.work import Work

log = structlog.get_logger(__name__)
EDITED = "edited"


def edit(said: Said, work: Work) -> None:
    """New words for a message. Before it is answered they replace the old ones; afterwards they are a correction.

    The original then says that it was changed, and the new words are a message of their own, to be answered.
    """
    part = object_of(said.item.get("edit"))
    original, new = storable.key(text(part.get("original_message_id"), MAX_ID)), new_words(part)
    if not original or new is None:
        store(said, unsupported(said.item), work)
        return
    payload = {**new.payload, EDITED: _stamp(said)}
    if (corrects := _replace_words(original, said, new, payload)) is None:
        store(said, new, work, wire_id=original, payload=payload)
    elif corrects:
        store(said, new, work, payload={**new.payload, "edits": original})


def new_words(part: Json) -> Reading | None:
    """The message as it is now; only its kind and words matter, the file stays."""
    inner = part.get("message")
    message = {"text": {"body": inner}} if isinstance(inner, str) else object_of(inner)
    kind = text(message.get("type"), 60) or next((name for name in ("text", "image") if name in message), "")
    found = read({**message, "type": kind}, {})
    return None if found.kind == MessageKind.UNSUPPORTED else found


def _stamp(said: Said) -> Json:
    """Which change this is; of two the later one counts."""
    return {"at": said.sent_at.isoformat(), "id": said.wire_id}


def _replace_words(original: str, said: Said, new: Reading, payload: Json) -> bool | None:
    """Change the original. None: it has not come. True: it was answered, so that the new words are a correction."""
    with transaction.atomic():
        row = _locked(original)
        if row is None:
            return None
        if not _may_change(row, said) or _is_older(said, row.payload):
            return False
        corrects = row.answered_at is not None or _is_being_answered(row)
        row.payload = {**row.payload, EDITED: payload[EDITED]}
        if not corrects:
            row.text = storable.text(new.text, inbound.MAX_TEXT)
        row.save(update_fields=["payload", "text"])
        return corrects and row.conversation.ended_at is None


def _locked(wire_id: str) -> ConversationMessage | None:
    rows = ConversationMessage.objects.select_for_update(of=("self",)).select_related("conversation")
    return rows.filter(wire_id=wire_id).first()


def _may_change(row: ConversationMessage, said: Said) -> bool:
    """Only who wrote it, and not once it was taken back."""
    if row.conversation.contact not in said.ids:
        log.warning("change of a message of somebody else, ignored")
        return False
    return REVOKED not in row.payload


def _is_older(said: Said, payload: Json) -> bool:
    """Of two changes the later one counts; the same one again is known by its id, whatever our clock says."""
    known, this = object_of(payload.get(EDITED)), _stamp(said)
    if known.get("id") == this["id"]:
        return True
    return (text(known.get("at")), text(known.get("id"))) >= (this["at"], this["id"])


def _is_being_answered(row: ConversationMessage) -> bool:
    conversation = row.conversation
    return (
        conversation.turn_id is not None
        and conversation.lease_until is not None
        and conversation.lease_until > timezone.now()
    )


def revoke(said: Said, work: Work) -> None:
    """A message was taken back: its words and its file are gone for everybody, and nobody answers it."""
    part = object_of(said.item.get("revoke"))
    original = storable.key(text(part.get("original_message_id"), MAX_ID))
    if not original:
        store(said, unsupported(said.item), work)
    elif not blank(original, said):
        gone = Reading(MessageKind.TEXT, "", {REVOKED: True}, wants_answer=False)
        store(said, gone, work, wire_id=original)


def blank(original: str, said: Said) -> bool:
    """Blank a message and its files. False: it has not come. Side effect: the files are deleted on commit."""
    with transaction.atomic():
        row = _locked(original)
        if row is None:
            return False
        if _may_change(row, said):
            corrections = ConversationMessage.objects.filter(
                conversation=row.conversation, payload__edits=original
            )
            for each in (row, *corrections):
                _blank_row(each)
    return True


def _blank_row(row: ConversationMessage) -> None:
    row.text, row.payload = "", {REVOKED: True}
    row.answered_at, row.is_ready = row.answered_at or timezone.now(), True
    row.save(update_fields=["text", "payload", "answered_at", "is_ready"])
    _purge_files(row.pk)


def _purge_files(message_id: UUID) -> None:
    for media in Media.objects.select_for_update().filter(message_id=message_id):
        name, storage = media.file.name, media.file.storage
        Media.objects.filter(pk=media.pk).update(
            file="", caption="", filename="", state=MediaState.PURGED, size=0
        )
        if name:
            transaction.on_commit(partial(_delete, current_shop(), storage, name))


def _delete(shop: Shop, storage: Storage, name: str) -> None:
    """The folder is the shop's, whoever is entered when the transaction commits."""
    with in_shop(shop):
        storage.delete(name)

"""Who changed what, when, from what to what: one row of auditlog's LogEntry for each change, in the shop's schema.

Models are named once, in their room's ready(), with `keep`: what is saved or deleted through them is then noted by
itself. Verbs that write with a statement of their own call `record`. Who does it is what `acting` says: the person who
is logged in (shops.admin_sites), or the assistant in a conversation; nobody named means the system.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from auditlog.models import LogEntry
from auditlog.registry import auditlog
from auditlog.signals import pre_log
from django.db.models import Model
from django.db.models.signals import pre_save

from shops.staff.models import StaffUser


@dataclass(frozen=True, slots=True)
class Who:
    """Who acts: a person of the schema, or a `name` for who is no person there: the channel on which the
    assistant speaks ("voice", "whatsapp", "web"), or the platform's support."""

    staff: StaffUser | None = None
    name: str = ""
    conversation_id: UUID | None = None


NOBODY = Who()
_who: ContextVar[Who] = ContextVar("who_acts", default=NOBODY)


def who() -> Who:
    """Who acts at the moment."""
    return _who.get()


@contextmanager
def acting(
    *, staff: StaffUser | None = None, name: str = "", conversation_id: UUID | None = None
) -> Iterator[None]:
    """What is changed in the block was changed by this person, or by the assistant in this conversation."""
    token = _who.set(Who(staff, name, conversation_id))
    try:
        yield
    finally:
        _who.reset(token)


def keep(*models: type[Model], exclude: Sequence[str] = ()) -> None:
    """Note what is saved or deleted through these models, without the fields in `exclude`. Called in ready().

    What is related many to many is noted too. That the assistant made a row is not: the row itself tells when, and its
    conversation the rest.
    """
    for model in models:
        own = {field.name for field in model._meta.get_fields()}
        auditlog.register(
            model,
            exclude_fields=[name for name in exclude if name in own],
            m2m_fields={field.name for field in model._meta.many_to_many},
        )


def record(
    instance: Model, before: Mapping[str, Any], after: Mapping[str, Any], *, created: bool = False
) -> None:
    """Note that fields of a row went from `before` to `after`. Nothing is noted when nothing differs. One insert.

    For what is written by statements that no signal tells of; values as the model has them.
    """
    changes = {
        name: [_text(before.get(name)), _text(value)]
        for name, value in after.items()
        if _text(before.get(name)) != _text(value)
    }
    if changes:
        action = LogEntry.Action.CREATE if created else LogEntry.Action.UPDATE
        LogEntry.objects.log_create(instance, action=action, changes=changes)


def _is_news(sender: Any, instance: Model, action: int, **_kwargs: Any) -> bool:
    """Whether auditlog is to note it: creations only when a person made the row."""
    return action != LogEntry.Action.CREATE or who().staff is not None


def _text(value: Any) -> str:
    """As auditlog itself writes values."""
    return "None" if value is None else str(value)


def _sign(sender: type[LogEntry], instance: LogEntry, **_kwargs: Any) -> None:
    """Put who acts into the row."""
    if not instance._state.adding:
        return
    now = who()
    if now.staff is not None and instance.actor_id is None:
        instance.actor_id, instance.actor_email = now.staff.pk, now.staff.email
    extra = {"by": now.name, "conversation": str(now.conversation_id) if now.conversation_id else ""}
    if any(extra.values()):
        instance.additional_data = {
            **(instance.additional_data or {}),
            **{k: v for k, v in extra.items() if v},
        }


def connect() -> None:
    """Called once by the app's ready()."""
    pre_log.connect(_is_news, dispatch_uid="shops.history")
    pre_save.connect(_sign, sender=LogEntry, dispatch_uid="shops.history")

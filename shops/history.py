"""Who changed what, when, from what to what: one row of auditlog's LogEntry for each change, in the shop's schema.

Models are named once, in their room's ready(), with `keep`: what is saved or deleted through them is then noted by
itself. Verbs that write with a statement of their own call `record`. Who does it is what `acting` says: the person who
is logged in (shops.admin_sites), or the assistant in a conversation; nobody named means the system.
What one of them does to the same row at once (a form with its links, two verbs in one request) is one row here.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from auditlog.context import disable_auditlog
from auditlog.models import LogEntry
from auditlog.registry import auditlog
from auditlog.signals import pre_log
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_save, pre_save

from shops.db.current import here
from shops.staff.models import StaffUser

Changes = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Who:
    """Who acts: a person of the schema, or a `name` for who is no person there: the channel on which the
    assistant speaks ("voice", "whatsapp", "web"), or the platform's support."""

    staff: StaffUser | None = None
    name: str = ""
    conversation_id: UUID | None = None
    noted: dict[tuple[str, int, str], int] = field(default_factory=dict, compare=False, repr=False)
    """What was noted so far: schema, content type and key of the row → the row that tells of it."""


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
        )
        for links in model._meta.many_to_many:
            through = links.remote_field.through
            m2m_changed.connect(_linked(links), sender=through, weak=False, dispatch_uid=f"history.{links}")


@contextmanager
def by_hand() -> Iterator[None]:
    """What is saved in the block is not noted by itself: the verb calls `record` with what it all comes to."""
    with disable_auditlog():
        yield


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
    """As auditlog itself writes values: moments in UTC without saying so, related rows by their key."""
    if isinstance(value, Model):
        value = value.pk
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(UTC).replace(tzinfo=None)
    return "None" if value is None else str(value)


def _linked(links: Any) -> Any:
    """The receiver that notes what a row is linked to, before and after. Two queries a change."""

    def noted(instance: Model, action: str, reverse: bool, **_kwargs: Any) -> None:
        name = links.remote_field.get_accessor_name() if reverse else links.name
        names = ", ".join(str(each) for each in getattr(instance, name).order_by("pk"))
        before = instance.__dict__.setdefault("_linked_before", {})
        if action.startswith("pre_"):
            before[name] = names
            return
        was = before.pop(name, "")
        if was or who() is not NOBODY:  # a new row's links are as little news as the row
            record(instance, {name: was}, {name: names})

    return noted


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


def _join(sender: type[LogEntry], instance: LogEntry, created: bool, **_kwargs: Any) -> None:
    """Put what one person does to one row at once into one row of the history."""
    now = who()
    if now is NOBODY or not created:
        return
    key = (here().schema_name, instance.content_type_id, instance.object_pk)
    earlier = now.noted.get(key)
    if earlier is None or instance.action == LogEntry.Action.DELETE:
        now.noted[key] = instance.pk
        return
    # Read again: a savepoint may have taken it back.
    row = LogEntry.objects.filter(pk=earlier).only("changes").first()
    if row is None:
        now.noted[key] = instance.pk
        return
    joined = _together(row.changes or {}, instance.changes or {})
    if joined:
        LogEntry.objects.filter(pk=row.pk).update(changes=joined, object_repr=instance.object_repr)
        LogEntry.objects.filter(pk=instance.pk).delete()
    else:  # taken back: nothing was changed
        LogEntry.objects.filter(pk__in=[row.pk, instance.pk]).delete()
        del now.noted[key]


def _together(first: Changes, then: Changes) -> Changes:
    found = dict(first)
    for name, (before, after) in then.items():
        found[name] = [found[name][0] if name in found else before, after]
    return {name: [before, after] for name, (before, after) in found.items() if before != after}


def connect() -> None:
    """Called once by the app's ready()."""
    pre_log.connect(_is_news, dispatch_uid="shops.history")
    pre_save.connect(_sign, sender=LogEntry, dispatch_uid="shops.history")
    post_save.connect(_join, sender=LogEntry, dispatch_uid="shops.history.join")

"""Answering the model's tool calls: once each, in one short transaction, always with one line to be said."""

import json
import time
import traceback
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from receptionist import storable
from receptionist.italian import one_line
from receptionist.models import Conversation, ToolCall
from receptionist.tools import REGISTRY, Reply, ToolContext
from scheduling.models import Customer
from shops import history
from shops.context import current_shop
from shops.db import rehearsal

log = structlog.get_logger(__name__)
MAX_ANSWER = 900
FAILED = (
    "In questo momento non riesco a consultare l'agenda: riprovare tra un attimo, oppure proporre di far "
    "richiamare dall'officina."
)
UNKNOWN = (
    "Questo non lo posso fare. Chiedere di nuovo che cosa serve, oppure proporre di parlare con una persona."
)
UNREADABLE = "La richiesta non è arrivata intera: ripetere la chiamata con tutti i dati."
# The transaction was the victim of another one's: it did nothing and can be tried once more.
_TRY_AGAIN = {"40001", "40P01"}
# Stopped by its administrator, crashed, not yet up.
_GOING = {"57P01", "57P02", "57P03"}
_CLAIM = """
    INSERT INTO receptionist_toolcall
        (id, conversation_id, call_id, name, arguments, turn_id, round, result, ok, appointment_id, duration_ms,
         created_at)
    VALUES (%s, %s, %s, %s, %s::jsonb, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (conversation_id, call_id) DO NOTHING RETURNING id
"""
_KEEP = "UPDATE receptionist_toolcall SET result = %s, ok = %s, appointment_id = %s, duration_ms = %s WHERE id = %s"


@dataclass(frozen=True)
class ToolAnswer:
    """What goes back to the model: one line; not `ok` when the words only say what to ask or try next."""

    text: str
    ok: bool


@dataclass(frozen=True)
class _Wish:
    """One call as it came, made fit to be stored."""

    conversation: Conversation
    call_id: str
    name: str
    arguments: dict[str, Any] | None
    now: datetime
    customer: Customer | None
    """Who the conversation's customer was before the tool ran."""
    turn_id: uuid.UUID | None = None
    round: int = 0


def answer(
    *,
    conversation: Conversation,
    call_id: str,
    name: str,
    arguments: dict[str, Any] | str | None,
    now: datetime | None = None,
    turn_id: uuid.UUID | None = None,
    round: int = 0,  # noqa: A002 - the field's name
) -> ToolAnswer:
    """Run the tool `name` for the conversation and return what to say.

    The row of the call is claimed, the tool runs, and both are committed together **before this returns**: so
    what is said to have been booked is booked. For that it must not be called inside an open transaction. A
    `call_id` that comes again is answered from its row; while the first is still running, the second waits
    for it. Nothing the model, the caller or the database does raises: every failure is a sentence. Only in a
    chat (`turn_id` and `round`: the call's place in its turn) a database that is away raises: the turn is run
    again when it is back, and nobody has to ask twice. Runs inside the shop, makes no outbound call. An empty
    `call_id` cannot be recognised when it comes again.
    """
    call_id = storable.key(call_id) if call_id else uuid.uuid4().hex
    tool_name = storable.text(str(name), 80)
    wish = _Wish(
        conversation,
        call_id,
        tool_name,
        _parsed(arguments),
        _local(now),
        conversation.customer,
        turn_id,
        round,
    )
    for attempt in (1, 2):
        try:
            return _once(wish)
        except (OperationalError, InterfaceError) as error:
            if wish.turn_id is not None and _is_away(error):
                raise
            if attempt == 1 and _sqlstate(error) in _TRY_AGAIN:
                conversation.customer = wish.customer
                continue
            return _failed(wish, error)
        except Exception as error:  # noqa: BLE001 - a call goes on, whatever a tool met; _failed logs it
            return _failed(wish, error)
    raise AssertionError("unreachable")


def _committed() -> transaction.Atomic:
    """A transaction that is committed when its block ends, wherever anything is: a rehearsal keeps nothing."""
    return transaction.atomic(durable=not rehearsal.is_on())


def _once(wish: _Wish) -> ToolAnswer:
    tool = REGISTRY.get(wish.name)
    if tool is not None and tool.only_reads:
        return _read(wish)
    with _committed():
        started = time.perf_counter()
        claimed = _claim(wish)
        if claimed is None:
            return _stored(wish)
        reply = _run(wish)
        return _keep(wish, claimed, reply, started)


def _read(wish: _Wish) -> ToolAnswer:
    """A tool that changes nothing: one statement keeps it, after it has run. Who asks again hears the same."""
    started = time.perf_counter()
    said = _said(wish, _run(wish), started)
    return said.answer if _claim(wish, said) else _stored(wish)


@dataclass(frozen=True)
class _Said:
    """What a call's row holds of its answer; empty while the tool runs."""

    text: str = ""
    ok: bool | None = None
    appointment_id: uuid.UUID | None = None
    milliseconds: int = 0

    @property
    def answer(self) -> ToolAnswer:
        return ToolAnswer(self.text, bool(self.ok))


def _said(wish: _Wish, reply: Reply, started: float) -> _Said:
    text = one_line(storable.text(reply.text), MAX_ANSWER)
    milliseconds = int((time.perf_counter() - started) * 1000)
    log.info("tool answered", tool=wish.name, ok=reply.ok, ms=milliseconds)
    return _Said(text, reply.ok, reply.appointment_id, milliseconds)


def _claim(wish: _Wish, said: _Said = _Said()) -> uuid.UUID | None:
    """Insert the call's row; None when another call with its id has it, after waiting for that one to end.

    The ORM cannot tell a conflict from an insert in one statement.
    """
    row_id = uuid.uuid4()
    arguments = json.dumps(storable.json(wish.arguments or {}))
    call = (row_id, wish.conversation.pk, wish.call_id, wish.name, arguments, wish.turn_id, wish.round)
    answer = (said.text, said.ok, said.appointment_id, said.milliseconds)
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [*call, *answer, timezone.now()])
        return row_id if cursor.fetchone() else None


def _stored(wish: _Wish) -> ToolAnswer:
    row = ToolCall.objects.get(conversation_id=wish.conversation.pk, call_id=wish.call_id)
    log.info("tool call repeated", tool=row.name)
    return ToolAnswer(row.result or FAILED, bool(row.ok))


def _run(wish: _Wish) -> Reply:
    tool = REGISTRY.get(wish.name)
    if tool is None:
        log.warning("unknown tool", tool=wish.name)
        return Reply.ask(UNKNOWN)
    if wish.arguments is None:
        return Reply.ask(UNREADABLE)
    with history.acting(name=str(wish.conversation.channel), conversation_id=wish.conversation.pk):
        return tool.call(ToolContext(current_shop(), wish.conversation, wish.now), wish.arguments)


def _keep(wish: _Wish, row_id: uuid.UUID, reply: Reply, started: float) -> ToolAnswer:
    said = _said(wish, reply, started)
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [said.text, said.ok, said.appointment_id, said.milliseconds, row_id])
    return said.answer


def _failed(wish: _Wish, error: Exception) -> ToolAnswer:
    """Tell and keep that the tool failed; what it had done is rolled back. Another's finished answer wins."""
    wish.conversation.customer = wish.customer
    where = traceback.extract_tb(error.__traceback__)[-1]
    # Only the kind of error: a database's message quotes the customer's data.
    log.error(
        "tool failed",
        tool=wish.name,
        error=type(error).__name__,
        sqlstate=_sqlstate(error),
        where=f"{where.filename}:{where.lineno}",
    )
    try:
        with _committed():
            claimed = _claim(wish)
            if claimed is None:
                return _stored(wish)
            return _keep(wish, claimed, Reply.ask(FAILED), time.perf_counter())
    except DatabaseError as again:
        log.error("failed tool call not stored", tool=wish.name, error=type(again).__name__)
        return ToolAnswer(FAILED, ok=False)


def _parsed(arguments: dict[str, Any] | str | None) -> dict[str, Any] | None:
    """The arguments as an object; {} when there are none, None when they cannot be read."""
    if isinstance(arguments, str):
        if not arguments.strip():
            return {}
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            return None
    if arguments is None:
        return {}
    return arguments if isinstance(arguments, dict) else None


def _local(now: datetime | None) -> datetime:
    return (now or timezone.now()).astimezone(current_shop().tz)


def _is_away(error: BaseException) -> bool:
    """Whether the database itself was not there, or going: it did not answer, or said that it stops or starts."""
    state = _sqlstate(error)
    return state is None or state.startswith("08") or state in _GOING


def _sqlstate(error: BaseException) -> str | None:
    cause = error.__cause__
    return getattr(cause, "sqlstate", None) or getattr(error, "sqlstate", None)

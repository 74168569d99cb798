"""What has to be true afterwards: by the rows, by what Meta was sent, and by the logs."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import sql
from psycopg.rows import dict_row

from sandbox.meta import Sent
from tests.faults import people, programs, script
from tests.faults.people import Person
from tests.faults.stack import SCHEMAS, Stack

RANK = {"": 0, "sent": 1, "delivered": 2, "read": 3, "failed": 4}
CODE = re.compile(r"\b(k\d{5}[a-z]\d?):")
Row = dict[str, Any]


def ask(stack: Stack, schema: str, query: str, phones: Sequence[str]) -> list[Row]:
    """Rows of one shop; the query names the people as %(phones)s."""
    with stack.superuser() as admin:
        admin.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema)))
        with admin.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query.encode(), {"phones": list(phones)}).fetchall()


def problems(stack: Stack, crowd: Sequence[Person]) -> list[str]:
    """Everything that is not as it has to be, in sentences; empty when all is well."""
    accepted = _accepted(stack)
    found = [
        f"{each.code} was not told all they waited for; the last of {len(each.got)} answers: {each.last_words!r}"
        for each in crowd
        if not each.done
    ]
    for line, schema in SCHEMAS.items():
        here = {each.phone: each for each in crowd if each.line == line}
        found += _chats(stack, schema, here)
        found += _messages(stack, schema, here)
        found += _answers(stack, schema, here, accepted)
        found += _appointments(stack, schema, here)
    found += _said_once(crowd)
    return found


def _accepted(stack: Stack) -> dict[str, list[Sent]]:
    by_id: dict[str, list[Sent]] = defaultdict(list)
    for each in stack.meta.messages():
        by_id[str(each.body.get("biz_opaque_callback_data"))].append(each)
    return by_id


def _chats(stack: Stack, schema: str, here: dict[str, Person]) -> Iterable[str]:
    rows = ask(
        stack,
        schema,
        "SELECT contact, ended_at IS NULL AS open, lease_until > now() AS held, turn_id IS NOT NULL AS in_turn "
        "FROM receptionist_conversation WHERE contact = ANY(%(phones)s)",
        list(here),
    )
    opened = Counter(row["contact"] for row in rows if row["open"])
    for row in rows:
        who = here[row["contact"]].code
        if opened[row["contact"]] > 1:
            yield f"{who} has {opened[row['contact']]} open chats"
        if row["held"]:
            yield f"the lease of {who}'s chat is still held"
        if row["in_turn"]:
            yield f"a turn of {who} has not ended"
    for phone in here.keys() - {row["contact"] for row in rows}:
        yield f"{here[phone].code} has no chat"


def _messages(stack: Stack, schema: str, here: dict[str, Person]) -> Iterable[str]:
    rows = ask(
        stack,
        schema,
        "SELECT c.contact, m.wire_id, m.answered_at FROM receptionist_conversationmessage m "
        "JOIN receptionist_conversation c ON c.id = m.conversation_id "
        "WHERE m.role = 'customer' AND c.contact = ANY(%(phones)s)",
        list(here),
    )
    stored = Counter(row["wire_id"] for row in rows)
    for row in rows:
        if row["answered_at"] is None:
            yield f"a message of {here[row['contact']].code} is not answered"
    for person in here.values():
        for wamid in person.wrote:
            if stored[wamid] != 1:
                yield f"a message of {person.code} is stored {stored[wamid]} times"


def _answers(
    stack: Stack, schema: str, here: dict[str, Person], accepted: dict[str, list[Sent]]
) -> Iterable[str]:
    rows = ask(
        stack,
        schema,
        "SELECT o.id, o.status, o.wire_id, o.key, o.purpose, o.attempts, o.error_code, c.contact, "
        "(SELECT count(DISTINCT m.answered_at) FROM receptionist_conversationmessage m "
        " WHERE m.conversation_id = c.id AND m.role = 'customer') AS turns, "
        "count(*) FILTER (WHERE o.purpose = 'reply') OVER (PARTITION BY c.id) AS replies "
        "FROM receptionist_outboundmessage o JOIN receptionist_conversation c ON c.id = o.conversation_id "
        "WHERE c.contact = ANY(%(phones)s)",
        list(here),
    )
    seen_counts = set()
    for row in rows:
        who = here[row["contact"]].code
        sent = accepted.get(str(row["id"]), [])
        if row["turns"] != row["replies"] and who not in seen_counts:
            seen_counts.add(who)
            yield f"{who} was answered {row['replies']} times in {row['turns']} turns"
        if len(sent) != 1:
            yield f"a {row['purpose']} to {who} was accepted {len(sent)} times (it is {row['status']}, {row['error_code']})"
            continue
        reported = max((str(each["status"]) for each in sent[0].statuses), key=RANK.__getitem__, default="")
        if row["status"] != (reported or "sent"):
            yield f"a {row['purpose']} to {who} is {row['status']}, and Meta reported {reported}"
        if row["wire_id"] != sent[0].wamid:
            yield f"a {row['purpose']} to {who} has not the id that Meta gave it"
    known = {str(row["id"]) for row in rows}
    for person in here.values():
        for each in person.got:
            if str(each.body.get("biz_opaque_callback_data")) not in known:
                yield f"{person.code} got something that is not in the books"


def _appointments(stack: Stack, schema: str, here: dict[str, Person]) -> Iterable[str]:
    rows = ask(
        stack,
        schema,
        "SELECT c.phone, a.scheduled_at FROM scheduling_appointment a "
        "JOIN scheduling_customer c ON c.id = a.customer_id "
        "WHERE a.status IN ('pending', 'confirmed') AND c.phone = ANY(%(phones)s)",
        list(here),
    )
    booked = defaultdict(list)
    for row in rows:
        booked[row["phone"]].append(row["scheduled_at"].astimezone(script.ROME).replace(tzinfo=None))
    for phone, person in here.items():
        wanted = person.wants()
        if wanted is not None and booked[phone] != wanted:
            yield f"{person.code} wanted {wanted} and has {sorted(booked[phone])}"
        if person.by_steps and len(booked[phone]) != 1:
            starts = ", ".join(f"{each:%d/%m %H:%M}" for each in sorted(booked[phone]))
            yield f"{person.code} has {len(booked[phone])} appointments ({starts}), was told {_told(person)}"


def _told(person: Person) -> str:
    """The beginnings of the last answers, in the order in which they came."""
    return " | ".join(repr(each.text[:60]) for each in person.got[-8:])


def _said_once(crowd: Sequence[Person]) -> Iterable[str]:
    """What the script answers to one code was said to its person once."""
    for person in crowd:
        told = Counter(code for each in person.got for code in CODE.findall(each.text))
        for code, times in told.items():
            if times > 1:
                yield f"{person.code} was told {times} times about {code}"


def wrong_in_logs(logs: dict[str, str], crowd: list[Person]) -> list[str]:
    """Customers' words or numbers in any log, answers with 500, and programs that died of an error."""
    found = []
    for name, text in logs.items():
        for mark in people.marks(crowd):
            if mark in text:
                found.append(f"{mark!r} stands in the log of {name}")
    for event in programs.events(logs["web"]):
        if event.get("message") == "request" and event["metadata"].get("status") not in (200, 503):
            found.append(f"the web answered {event['metadata']['path']} with {event['metadata']['status']}")
    return found


def troubles_told(logs: dict[str, str]) -> Counter[str]:
    """What the programs complained of, and how often."""
    told: Counter[str] = Counter()
    for name, text in logs.items():
        for event in programs.events(text):
            if event.get("level") in ("error", "critical"):
                told[f"{name}: {str(event['message']).splitlines()[0][:100]}"] += 1
    return told

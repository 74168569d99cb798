"""The stand-in's world without HTTP: what people write, what shops send, and the webhooks that follow."""

import base64
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

from sandbox.httpd import BadRequest
from sandbox.meta import rules, shapes, templates, webhooks
from sandbox.meta.errors import GraphError
from sandbox.meta.faults import Faults
from sandbox.meta.rates import Rates
from sandbox.meta.state import (
    TYPING_SECONDS,
    Bubble,
    Chat,
    File,
    Line,
    Person,
    Sent,
    new_wamid,
    user_id_of,
)

# How long after it was accepted a message is reported as sent and as delivered.
SENT_AFTER, DELIVERED_AFTER, READ_AFTER = 0.12, 0.25, 0.3
TICKET_SECONDS = 300.0
TICKS = ("waiting", "sent", "delivered", "read")


class World:
    """Lines, people, chats and faults. Safe to use from many threads."""

    def __init__(self, lines: Iterable[Line], deliverer: webhooks.Deliverer) -> None:
        self.lines = {line.phone_number_id: line for line in lines}
        self.deliverer = deliverer
        self.faults = Faults()
        self.rates = Rates()
        self.people: dict[str, Person] = {}
        self.templates: dict[str, list[templates.Template]] = {}
        self.files: dict[str, File] = {}
        self.changed = threading.Condition(threading.RLock())
        self._sent: list[Sent] = []
        self._by_wamid: dict[str, Sent] = {}
        self.chats: dict[tuple[str, str], Chat] = {}
        self._chat_of: dict[str, Chat] = {}
        self._number = 0

    # --- people ---------------------------------------------------------------------------------------------

    def person(self, who: str, *, name: str = "", user_id: str = "", username: str = "") -> Person:
        """Whoever has this phone (digits, with or without +) or this business-scoped id; made when new."""
        phone = "" if rules.BUSINESS_SCOPED.fullmatch(who) else "".join(filter(str.isdigit, who))
        if not phone and not who:
            raise BadRequest("Nobody writes: give a phone number or a business-scoped id.")
        with self.changed:
            found = self.people.get(phone or who)
            if found is None:
                found = Person(phone, (user_id or user_id_of(phone)) if phone else who, name, username)
                self.people[found.key] = found
                self.people.setdefault(found.user_id, found)
            found.name, found.username = name or found.name, username or found.username
            return found

    def line(self, phone_number_id: str) -> Line:
        """The line with this id. Raises BadRequest."""
        try:
            return self.lines[phone_number_id]
        except KeyError:
            raise BadRequest(f"There is no line {phone_number_id}; there are {sorted(self.lines)}.") from None

    def chat(self, line: str, person: Person) -> Chat:
        """The chat of the two; made when new."""
        with self.changed:
            return self.chats.setdefault((line, person.key), Chat(person))

    # --- what people do -------------------------------------------------------------------------------------

    def customer_sends(self, line: str, person: Person, messages: Sequence[dict[str, Any]]) -> None:
        """Messages of a person in Meta's shape go out over the webhook, in one payload.

        What they lack (id, timestamp, from) is added. They stand in the chat; the 24-hour window opens.
        """
        chat, now = self.chat(line, person), time.time()
        for message in messages:
            message.setdefault("id", new_wamid())
            message.setdefault("timestamp", str(int(now)))
            sender = {"from": person.phone} if person.phone else {}
            message.update({**sender, "from_user_id": person.user_id, **message})
        with self.changed:
            chat.last_customer_at = now
            for message in messages:
                self._into_chat(chat, message)
            self._notify(chat)
        self._post(line, chat, messages)

    def _post(self, line: str, chat: Chat, messages: Sequence[dict[str, Any]]) -> None:
        payload = self.payload(line, messages=list(messages), contacts=[shapes.contact(chat.person)])
        self.deliver(payload, on_done=lambda: self._acknowledged(chat, messages))

    def _into_chat(self, chat: Chat, message: dict[str, Any]) -> None:
        kind = str(message.get("type", "unsupported"))
        content = message.get(kind, {})
        if kind == "reaction":
            target = chat.bubble(str(content.get("message_id", "")))
            if target:
                target.reactions["me"] = str(content.get("emoji", ""))
            return
        bubble = Bubble(
            str(message["id"]), True, kind, content if isinstance(content, dict) else {"items": content}
        )
        bubble.ticks, bubble.context = "waiting", str(message.get("context", {}).get("id", ""))
        chat.bubbles.append(bubble)
        self._chat_of[bubble.id] = chat

    def _acknowledged(self, chat: Chat, messages: Sequence[dict[str, Any]]) -> None:
        with self.changed:
            for message in messages:
                self._tick(chat.bubble(message["id"]), "delivered")
            self._notify(chat)

    def person_reads(self, line: str, person: Person) -> int:
        """The person looks at the chat: what the shop sent is reported as read. Returns how many messages."""
        chat = self.chat(line, person)
        with self.changed:
            unread = [each for each in chat.bubbles if not each.mine and each.ticks != "read"]
            for bubble in unread:
                bubble.ticks = "read"
            if unread:
                self._notify(chat)
        for bubble in unread:
            if sent := self._by_wamid.get(bubble.id):  # nobody reads what has not arrived
                self.report(sent, "read", delay=max(0.0, sent.at + READ_AFTER - time.time()))
        return len(unread)

    def close_window(self, line: str, person: Person) -> None:
        """As if 24 hours had passed since this person wrote."""
        with self.changed:
            chat = self.chat(line, person)
            chat.last_customer_at = 0.0
            self._notify(chat)

    # --- what shops do --------------------------------------------------------------------------------------

    def shop_sends(self, line: Line, body: Any) -> Sent:
        """A POST to /messages, after the token was checked. Raises GraphError, after noting what came."""
        sent = self._note(line, body)
        try:
            if failure := self.faults.failure(line.phone_number_id, "response"):
                sent.faults.append(f"fail {failure.code}")
                raise GraphError(failure.code, "A fault that was asked for.", failure.status)
            rules.check_message(body)
            self._accept(line, sent)
        except GraphError as error:
            sent.status, sent.error = error.http_status, error.answer()["error"]
            with self.changed:
                self.changed.notify_all()
            raise
        return sent

    def _note(self, line: Line, body: Any) -> Sent:
        fields = body if isinstance(body, dict) else {}
        kind = str(fields.get("type", "text"))
        if fields.get("status") is not None:
            kind = "typing" if "typing_indicator" in fields else "read"
        with self.changed:
            self._number += 1
            sent = Sent(
                self._number,
                line.phone_number_id,
                fields,
                kind,
                to=str(fields.get("to") or ""),
                recipient=str(fields.get("recipient") or ""),
            )
            self._sent.append(sent)
            return sent

    def _accept(self, line: Line, sent: Sent) -> None:
        if rules.is_read(sent.body):
            self._shop_read(line, sent)
            return
        who = rules.person_of(sent.body)
        if sent.to and rules.BUSINESS_SCOPED.fullmatch(sent.to):
            sent.faults.append("a business-scoped id in `to`: dropped in silence")
            with self.changed:
                sent.wamid = new_wamid()
                self.changed.notify_all()
            return
        if who == line.display:
            raise GraphError(131021, "The recipient is the sender.")
        if self.faults.rates:
            self.rates.check(line.phone_number_id, who)
        content = self._content(line, sent)
        person = self.person(who) if sent.to else self.people.get(who)
        error = self._why_undeliverable(line, sent, person)
        if error and error.code == 131047 and self.faults.window == "response":
            raise error
        with self.changed:
            sent.wamid = new_wamid()
            self._by_wamid[sent.wamid] = sent
            if person and not error:
                self._show(self.chat(line.phone_number_id, person), sent, content)
            self.changed.notify_all()
        self._report_fate(sent, error)

    def _shop_read(self, line: Line, sent: Sent) -> None:
        wamid = sent.body["message_id"]
        with self.changed:
            chat = self._chat_of.get(wamid)
            if chat is None or self.chats.get((line.phone_number_id, chat.person.key)) is not chat:
                raise GraphError(
                    131009, "The message_id does not exist, or is not of a message to this number."
                )
            for bubble in chat.bubbles:
                if bubble.mine:
                    self._tick(bubble, "read")
                if bubble.id == wamid:
                    break
            if sent.type == "typing":
                chat.typing_until = time.time() + TYPING_SECONDS
            self._notify(chat)

    def _content(self, line: Line, sent: Sent) -> dict[str, Any]:
        """What the customer sees. Raises GraphError for a template or a file that does not exist."""
        content: dict[str, Any] = sent.body[sent.type]
        if sent.type == "template":
            return templates.rendered(self.templates.get(line.waba_id, []), content)
        if sent.type in rules.MEDIA and "id" in content:
            file = self.files.get(content["id"])
            if file is None or file.line != line.phone_number_id:
                raise GraphError(131053, f"There is no media {content['id']}.")
            return content | {"mime_type": file.mime_type, "filename": content.get("filename", file.filename)}
        return dict(content)

    def rendered(self, sent: Sent) -> dict[str, Any]:
        """What the customer sees of a template message that was sent."""
        account = self.lines[sent.phone_number_id].waba_id
        return templates.rendered(self.templates.get(account, []), sent.body["template"])

    def _why_undeliverable(self, line: Line, sent: Sent, person: Person | None) -> GraphError | None:
        if failure := self.faults.failure(line.phone_number_id, "status"):
            sent.faults.append(f"fail {failure.code}")
            return GraphError(failure.code, "A fault that was asked for.")
        without_whatsapp = {"".join(filter(str.isdigit, each)) or each for each in self.faults.undeliverable}
        if person is None or person.key in without_whatsapp or person.phone.startswith("390"):
            return GraphError(131026, "The recipient has no WhatsApp, or has not accepted its terms.")
        if not rules.is_template(sent.body) and not self.chat(line.phone_number_id, person).window_is_open:
            return GraphError(
                131047,
                "Message failed to send because more than 24 hours have passed since the customer wrote.",
            )
        return None

    def _show(self, chat: Chat, sent: Sent, content: dict[str, Any]) -> None:
        chat.typing_until = 0.0
        if sent.type == "reaction":
            if target := chat.bubble(content["message_id"]):
                target.reactions["shop"] = content["emoji"]
        else:
            context = str(sent.body.get("context", {}).get("message_id", ""))
            chat.bubbles.append(
                Bubble(sent.wamid, False, sent.type, content, context=context, ticks="unread")
            )
        self._notify(chat)

    # --- webhooks -------------------------------------------------------------------------------------------

    def _report_fate(self, sent: Sent, error: GraphError | None) -> None:
        if error:
            self.report(sent, "failed", delay=SENT_AFTER, error=error)
            return
        self.report(sent, "sent", delay=SENT_AFTER)
        self.report(sent, "delivered", delay=DELIVERED_AFTER)

    def report(self, sent: Sent, status: str, *, delay: float = 0.0, error: GraphError | None = None) -> None:
        """A status goes out over the webhook, unless statuses are off."""
        person = self.people.get(rules.person_of(sent.body)) or shapes.recipient_of(sent)
        at = time.time() + delay
        wire = shapes.status(sent, status, person, at, error)
        entry: dict[str, Any] = {"status": status, "at": at, "acknowledged": False}
        entry |= {"code": error.code} if error else {}
        with self.changed:
            sent.statuses.append(entry)
            self.changed.notify_all()
        if self.faults.statuses:
            payload = self.payload(sent.phone_number_id, statuses=[wire])
            self.deliver(payload, delay=delay, on_done=lambda: entry.update(acknowledged=True))

    def payload(self, line: str, **parts: list[dict[str, Any]]) -> dict[str, Any]:
        """A webhook of one line: contacts, messages, statuses. An unknown line is sent as it is."""
        known = self.lines.get(line) or Line(line, f"waba-of-{line}", "")
        change = webhooks.messages_change(line, known.display, **parts)
        return webhooks.payload(known.waba_id, [change])

    def template_status(self, account: str, template: templates.Template, status: str) -> None:
        """A template is approved, rejected, paused … by Meta, and the product is told."""
        with self.changed:
            template["status"] = status
        self.deliver(webhooks.payload(account, [shapes.template_update(template)]))

    def deliver(self, payload: Any, *, delay: float = 0.0, on_done: Callable[[], None] | None = None) -> None:
        """Send a webhook through the faults: late, several times, or held."""
        faults = self.faults
        for _ in range(max(1, faults.duplicate)):
            self.deliverer.send(payload, delay=delay + faults.lateness(), hold=faults.hold, on_done=on_done)

    # --- files ----------------------------------------------------------------------------------------------

    def add_file(
        self, line: str, content: bytes, mime_type: str, *, filename: str = "", sha256: str = ""
    ) -> File:
        """Keep a file for a line. `sha256` (hex) may lie."""
        file = File(str(secrets.randbelow(9 * 10**15) + 10**15), line, content, mime_type, filename, sha256)
        with self.changed:
            self.files[file.id] = file
        return file

    def described_file(self, file: File) -> dict[str, Any]:
        """A file as a message carries it. The sum is in base64 there, and hexadecimal where the file is asked for."""
        sum_ = file.sha256
        with suppress(ValueError):
            sum_ = base64.b64encode(bytes.fromhex(file.sha256)).decode()
        return {"id": file.id, "mime_type": file.mime_type, "sha256": sum_}

    # --- what came ------------------------------------------------------------------------------------------

    @property
    def sent(self) -> list[Sent]:
        """Everything that shops posted to /messages, in order, with what was refused."""
        with self.changed:
            return list(self._sent)

    def restore(self, sent: list[Sent]) -> None:
        """Take up what an earlier run had received; chats and people are there already.

        What people wrote and the product had not acknowledged is sent again.
        """
        with self.changed:
            self._sent = sent
            self._number = max((each.id for each in sent), default=0)
            self._by_wamid = {each.wamid: each for each in sent if each.wamid}
            mine = [(each, chat) for chat in self.chats.values() for each in chat.bubbles if each.mine]
            self._chat_of = {bubble.id: chat for bubble, chat in mine}
            waiting = [
                (line, chat, shapes.message(bubble, chat.person, self.line(line).display))
                for (line, _), chat in self.chats.items()
                for bubble in chat.bubbles
                if line in self.lines and bubble.mine and bubble.ticks == "waiting"
            ]
        for line, chat, message in waiting:
            self._post(line, chat, [message])

    def clear(self) -> None:
        """Forget what was sent; people, windows and templates stay."""
        with self.changed:
            self._sent.clear()
            self.rates.forget()
            self.changed.notify_all()

    def forget(self, line: str, person: Person) -> None:
        """Empty the chat on this person's phone, as they can themselves. The window stays as it is."""
        with self.changed:
            chat = self.chat(line, person)
            chat.bubbles.clear()
            self._notify(chat)

    def _tick(self, bubble: Bubble | None, ticks: str) -> None:
        if bubble and bubble.mine and TICKS.index(ticks) > TICKS.index(bubble.ticks):
            bubble.ticks = ticks

    def _notify(self, chat: Chat) -> None:
        chat.revision += 1
        self.changed.notify_all()

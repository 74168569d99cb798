"""What one turn of the guided mode works with: the shop, the person, the state, the tools."""

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from receptionist import identity, toolcalls
from receptionist.guided.sentences import Words
from receptionist.guided.state import State, Wish
from receptionist.models import Conversation, Formality, ToolCall
from receptionist.tools import ToolContext
from receptionist.tools.appointments import own, upcoming
from scheduling import catalogue
from scheduling.catalogue import Catalogue
from scheduling.models import Appointment, Customer, Service, Vehicle
from shops.context import current_shop


@dataclass(frozen=True)
class Used:
    """What a tool answered, and under which id it is kept."""

    text: str
    ok: bool
    call_id: str


class Turn:
    """One turn. `now` is local to the shop. Everything is fetched when it is first needed."""

    def __init__(self, conversation: Conversation, now: datetime) -> None:
        shop = current_shop()
        self.conversation = conversation
        self.now = now.astimezone(shop.tz)
        self.context = ToolContext(shop, conversation, self.now)
        self.state = State.of(conversation.guided)

    @property
    def wish(self) -> Wish:
        """The appointment that is being talked about."""
        return self.state.wish

    @property
    def today(self) -> date:
        """The shop's date."""
        return self.now.date()

    @property
    def say(self) -> Words:
        """The sentences in the conversation's language and manner."""
        return Words(self.lang, tu=self.context.config.formality == Formality.TU)

    @property
    def lang(self) -> str:
        """The language of the answers: "it" or "en"."""
        return "en" if self.conversation.language.startswith("en") else "it"

    @cached_property
    def shop(self) -> Catalogue:
        """The shop's services, hours and bays, as they are now."""
        return catalogue.load(self.context.shop)

    @property
    def customer(self) -> Customer | None:
        """Who writes."""
        return self.conversation.customer

    @cached_property
    def cars(self) -> list[Vehicle]:
        """The customer's own cars, the last registered first."""
        return identity.vehicles_of(self.customer)

    @property
    def service(self) -> Service | None:
        """The service of the wish, None when it is not known or no longer offered."""
        return self.service_of(self.wish.service)

    def service_of(self, service_id: str) -> Service | None:
        """A bookable service by its id as text (with or without hyphens)."""
        wanted = service_id.replace("-", "")
        return next((each for each in self.shop.services if each.pk.hex == wanted), None)

    def car_of(self, plate: str) -> Vehicle | None:
        """The customer's own car with this plate."""
        return next((each for each in self.cars if each.license_plate == plate), None)

    def appointments(self) -> list[Appointment]:
        """The customer's coming appointments, next first, four at most. One query."""
        return upcoming(self.customer, self.context)

    def appointment(self, code: str) -> Appointment | None:
        """The customer's own appointment with this code, or the one of a message of ours that was tapped, whatever its
        state. One query, two more for what is not the customer's own."""
        return own(self.conversation, code)

    def use(self, name: str, **arguments: str) -> Used:
        """Run a tool, once for this turn: the same wish in the same turn is answered from its row."""
        given = {key: value for key, value in arguments.items() if value}
        digest = hashlib.sha256(json.dumps([name, given], sort_keys=True).encode()).hexdigest()[:16]
        call_id = f"{self.conversation.turn_id or uuid.uuid4()}:g:{digest}"
        answer = toolcalls.answer(
            conversation=self.conversation,
            call_id=call_id,
            name=name,
            arguments=given,
            now=self.now,
            turn_id=self.conversation.turn_id,
        )
        # Tools make customers and cars, and somebody else books meanwhile: look again.
        for known in ("cars", "shop"):
            self.__dict__.pop(known, None)
        return Used(answer.text, answer.ok, call_id)

    def about(self, used: Used) -> Appointment | None:
        """The appointment that a tool's answer is about. Two queries."""
        call = ToolCall.objects.filter(conversation=self.conversation, call_id=used.call_id).first()
        found: uuid.UUID | None = call.appointment_id if call else None
        rows = Appointment.objects.select_related("service", "vehicle", "customer")
        return rows.filter(pk=found).first() if found else None

"""What a message says, before a channel gives it its shape.

Options are what the person can choose with a tap; a channel shows them as buttons or as a list, and one that has
neither writes them down. A template is what goes out instead when the channel does not let free text through.
"""

from dataclasses import dataclass, field
from typing import Any

MOST_OPTIONS = 10


@dataclass(frozen=True)
class Option:
    """Something to choose. `id` comes back with the tap (at most 200 characters), `title` is what is shown."""

    id: str
    title: str
    description: str = ""


@dataclass(frozen=True)
class Template:
    """A message that the channel knows in advance: its name, what fills its places, what its buttons send back."""

    name: str
    parameters: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    language: str = "it"


@dataclass(frozen=True)
class KnownTemplate:
    """A template that a channel may send now: its words with {{1}}, {{2}}… for its places, and its buttons' titles."""

    name: str
    body: str
    buttons: tuple[str, ...] = ()
    language: str = "it"


@dataclass(frozen=True)
class Content:
    """One message. `button` opens the list of options; `subject` is for channels that have one (e-mail)."""

    text: str
    options: tuple[Option, ...] = ()
    button: str = "Scegli"
    template: Template | None = None
    subject: str = ""
    link: str = ""

    def to_json(self) -> dict[str, Any]:
        """As OutboundMessage keeps it; what is empty is left out."""
        kept: dict[str, Any] = {"text": self.text}
        if self.options:
            kept["options"] = [
                {"id": each.id, "title": each.title, "description": each.description} for each in self.options
            ]
            kept["button"] = self.button
        if self.template:
            kept["template"] = {
                "name": self.template.name,
                "parameters": list(self.template.parameters),
                "buttons": list(self.template.buttons),
                "language": self.template.language,
            }
        return kept | {name: value for name in ("subject", "link") if (value := getattr(self, name))}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Content":
        """The content that `to_json` kept."""
        template = kept.get("template")
        return cls(
            text=str(kept.get("text", "")),
            options=tuple(Option(**each) for each in kept.get("options", ())),
            button=str(kept.get("button", "Scegli")),
            template=Template(
                name=template["name"],
                parameters=tuple(template.get("parameters", ())),
                buttons=tuple(template.get("buttons", ())),
                language=template.get("language", "it"),
            )
            if template
            else None,
            subject=str(kept.get("subject", "")),
            link=str(kept.get("link", "")),
        )


@dataclass(frozen=True)
class Answer:
    """What the receptionist answers in one turn. `content` None: nothing is to be said.

    `ends`: the conversation is done. `mode` says who answered ("model" or "guided"). `failed`: the customer was not
    understood or could not be helped; three of these in a row bring a person.
    """

    content: Content | None
    ends: bool = False
    mode: str = "guided"
    failed: bool = False
    why: str = ""
    """Why it was not the model that answered, or not in its own words; fit for the log. "" when it did."""
    discloses: bool = field(default=False)
    """Whether the words say that an AI answers; the first answer of a conversation has to."""

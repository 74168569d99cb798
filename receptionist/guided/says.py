"""What a step says, and its way into WhatsApp's limits."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from receptionist.content import MOST_OPTIONS, Content, Option

MOST_BUTTONS = 3
BUTTON_TITLE, ROW_TITLE, ROW_DESCRIPTION, OPTION_ID = 20, 24, 72, 200
BODY_WITH_OPTIONS, BODY = 1024, 4096


@dataclass(frozen=True)
class Says:
    """One answer. `did`: something was done, so these words must reach the customer whatever comes after them."""

    text: str
    options: tuple[Option, ...] = ()
    button: str = ""
    ends: bool = False
    failed: bool = False
    did: bool = False

    def after(self, lead: str) -> "Says":
        """The same with something said before."""
        return replace(self, text=f"{lead}\n\n{self.text}".strip()) if lead else self

    def content(self) -> Content:
        """As a message within the limits."""
        options = tuple(_fitting(self.options))
        text = clip(self.text, BODY_WITH_OPTIONS if options else BODY)
        return Content(text=text, options=options, button=clip(self.button or "Scegli", BUTTON_TITLE))


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, with a sign that something is missing."""
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def _fitting(options: Iterable[Option]) -> Iterable[Option]:
    """Ten at most, each id and each title once, titles short enough for buttons where there are only three."""
    kept: dict[str, Option] = {}
    for each in options:
        if each.id and each.title.strip() and len(each.id) <= OPTION_ID:
            kept.setdefault(each.id, each)
    few = len(kept) <= MOST_BUTTONS and not any(each.description for each in kept.values())
    titles: set[str] = set()
    for number, each in enumerate(list(kept.values())[:MOST_OPTIONS], 1):
        title = clip(each.title, BUTTON_TITLE if few else ROW_TITLE)
        if title in titles:
            suffix = f" ({number})"
            title = f"{clip(title, (BUTTON_TITLE if few else ROW_TITLE) - len(suffix))}{suffix}"
        titles.add(title)
        yield Option(each.id, title, clip(each.description, ROW_DESCRIPTION))

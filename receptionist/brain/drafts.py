"""The answer while it is being written, for channels on which the person sees it grow.

Sentence by sentence, and only what passes the same guards as the answer itself. The draft is a row's field that the
visitor's page asks for: nobody's connection is held. It is gone in the transaction that stores the answer.
"""

import re
import time
from typing import TYPE_CHECKING

import structlog
from django.db import Error

from receptionist import welcome
from receptionist.brain import manners
from receptionist.brain.verdicts import judge
from receptionist.models import Channel, Conversation
from shops.db import rehearsal
from shops.db.current import let_go

if TYPE_CHECKING:
    from receptionist.brain.rounds import Turn

log = structlog.get_logger(__name__)
EVERY = 0.3  # seconds
# The end of the text is no end of a sentence: "alle 9." may go on with "30".
_WHOLE = re.compile(r"[.!?…](?=\s)|\n")


def of(turn: "Turn") -> "Draft | None":
    """Where this turn's words are shown; None on channels that show only what is finished."""
    conversation = turn.conversation
    seen = conversation.channel == Channel.WEB and conversation.turn_id is not None
    return Draft(turn) if seen and not rehearsal.is_on() else None


class Draft:
    """What is shown of one turn's answer."""

    def __init__(self, turn: "Turn") -> None:
        self.turn = turn
        self.looked_at = 0.0
        self.read = ""
        self.shown = False

    def show(self, text: str) -> None:
        """Show the sentences that are whole, at most every EVERY seconds. Raises nothing: a draft is no answer."""
        if time.monotonic() - self.looked_at < EVERY:
            return
        ends = [hit.end() for hit in _WHOLE.finditer(text)]
        words = manners.tidy(text[: ends[-1]]) if ends else ""
        if not words or words == self.read:
            return
        self.looked_at, self.read = time.monotonic(), words
        try:
            if judge(words, self.turn) is None:
                self._write(self._opening() + words)
        except Error as error:
            log.warning("draft not shown", error=type(error).__name__)
        finally:
            let_go()  # the model is waited for again

    def take_back(self) -> None:
        """Show nothing any more. One statement when something was shown."""
        self.read = ""
        if self.shown:
            self._write("")
            self.shown = False

    def _opening(self) -> str:
        """The first words of a conversation say that an AI answers; the answer will have them too."""
        turn = self.turn
        if turn.conversation.disclosed_at is not None:
            return ""
        said = welcome.opening(config=turn.config, conversation=turn.conversation, now=turn.now)
        return f"{said}\n\n"

    def _write(self, words: str) -> None:
        """Only while the turn is still ours: a person may have taken the chat."""
        mine = Conversation.objects.filter(
            pk=self.turn.conversation.pk, turn_id=self.turn.conversation.turn_id
        )
        self.shown = bool(mine.update(draft=words)) or self.shown

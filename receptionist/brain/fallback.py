"""What is said when the model's own words cannot be: what was done, a refusal, or the next step of the guided mode."""

import re
from collections.abc import Sequence
from datetime import datetime

from receptionist import guided
from receptionist.brain.rounds import calls_of
from receptionist.brain.verdicts import Verdict
from receptionist.content import Answer, Content
from receptionist.models import AIConfig, Conversation, ConversationMessage, Formality

# What the customer has to hear of. A car that was only noted answers nobody's question.
CHANGES = frozenset({"book_appointment", "reschedule_appointment", "cancel_appointment", "request_human"})
_SENTENCE = re.compile(r"[^.!?]+[.!?]*\s*")
# Sentences of a tool that are meant for the model.
_FOR_MODEL = re.compile(
    r"\b(?:chiedere|proporre|usare|riprovare|ripetere|guardare|dire|è già stato fatto)\b", re.IGNORECASE
)
# A plate is spelled for the telephone; and the model may have named one that the customer never did.
_SPELLED_CAR = re.compile(
    r"l'auto targata .+?(?=, (?:oggi|domani|luned|marted|mercoled|gioved|venerd|sabato|domenica))"
)
_REFUSALS = {
    "en": "I cannot tell you anything about that. I can help you with your own car and appointments: what do you need?",
    "tu": "Su questo non posso dirti nulla. Posso aiutarti con la tua auto e i tuoi appuntamenti: che cosa ti serve?",
    "lei": "Su questo non posso dirle nulla. Posso aiutarla con la sua auto e i suoi appuntamenti: che cosa le serve?",
}


def instead(
    conversation: Conversation,
    pending: Sequence[ConversationMessage],
    now: datetime,
    verdict: Verdict | None = None,
) -> Answer:
    """The answer in place of the model's. What its tools have done in this turn is told first of all."""
    if done := _done(conversation):
        return Answer(Content(done), mode="model")
    if verdict and verdict.kind.startswith("leak"):
        return Answer(Content(_refusal(conversation)), mode="model")
    return guided.reply(conversation, pending=pending, now=now)


def _done(conversation: Conversation) -> str:
    """What this turn's tools changed, in their words; "" when they changed nothing."""
    said = dict.fromkeys(
        _SPELLED_CAR.sub("l'auto", each.result)
        for each in calls_of(conversation)
        if each.ok and each.name in CHANGES
    )
    sentences = [hit[0] for result in said for hit in _SENTENCE.finditer(f"{result} ")]
    return "".join(each for each in sentences if not _FOR_MODEL.search(each)).strip()


def _refusal(conversation: Conversation) -> str:
    if not conversation.language.startswith("it"):
        return _REFUSALS["en"]
    return _REFUSALS["tu" if AIConfig.load().formality == Formality.TU else "lei"]

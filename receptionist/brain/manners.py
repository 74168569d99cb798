"""How a chat is written: the length and marks of a message, when a thing has been said, and what can be tapped."""

import re
from collections.abc import Sequence

from receptionist.content import Option
from receptionist.models import Conversation, ConversationMessage, MessageKind

# WhatsApp takes 4096 characters; the turn may put the disclosure before them.
MAX_TEXT = 3600
MAX_WITH_BUTTONS = 700
_END = re.compile(r"[.!?…](?=\s)")
_HEADING = re.compile(r"^[ \t]{0,3}#{1,6}[ \t]+", re.MULTILINE)
_BOLD = re.compile(r"\*\*(\S(?:.*?\S)?)\*\*|__(\S(?:.*?\S)?)__")
_LINK = re.compile(r"\[([^\]\n]{1,200})\]\((https?://[^)\s]{1,500})\)")
_BLANK = re.compile(r"\n{3,}")
_WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_THANKS = re.compile(r"grazie|thanks?|arrivederci|addio|bye|goodbye|danke|merci|gracias|ringrazio")
_BESIDES = re.compile(
    "a|all|allora|and|aiuto|benissimo|bene|buon|buona|buonasera|buongiorno|ciao|cordiali|così|day|del|della|di|"
    "disponibilità|domani|e|evening|fine|for|gentilissim[ao]|gentile|giornata|good|great|have|help|il|infinite|la|"
    "l'aiuto|lavoro|lei|mille|molte|much|nice|ok|okay|ottimo|per|perfect|perfetto|presto|saluti|schön|see|sempre|"
    "serata|so|suo|tante|te|the|tuo|tutto|va|very|vi|voi|you|your"
)
_CONFIRM = re.compile(
    r"(?:conferm\w+|va bene|prenot\w+|procedo|giusto|corretto|d'accordo|è così|lo sposto|lo annullo|annullo|sposto|"
    r"confirm|shall i|is that (?:right|ok|okay|correct)|go ahead|book it|does that work)[^.!?\n]{0,120}\?$",
    re.IGNORECASE,
)
_CHOICE = re.compile(
    r"\b(?:quale|quando|a che|oppure|o preferisce|o preferisci|which|what|when|who|dove|come si|or)\b",
    re.IGNORECASE,
)
_YES_NO = {
    "it": ("Sì", "No"),
    "en": ("Yes", "No"),
    "de": ("Ja", "Nein"),
    "fr": ("Oui", "Non"),
    "es": ("Sí", "No"),
}


def tidy(text: str) -> str:
    """A model's text as a chat shows it: no headings, no web links, one star for bold, and not too long."""
    text = _HEADING.sub("", text.replace("\r\n", "\n"))
    text = _BOLD.sub(lambda found: f"*{found[1] or found[2]}*", text)
    text = _LINK.sub(r"\1: \2", text)
    return clip(_BLANK.sub("\n\n", text).strip())


def clip(text: str, limit: int = MAX_TEXT) -> str:
    """At most so many characters, cut after a sentence, else after a word."""
    if len(text) <= limit:
        return text
    cut = text[:limit]
    ends = [found.end() for found in _END.finditer(cut)]
    if ends and ends[-1] > limit // 3:
        return cut[: ends[-1]]
    return f"{cut[: limit - 1].rsplit(None, 1)[0]}…"


def whole_sentences(text: str) -> str:
    """What came before a text was cut off; empty when not one sentence was whole."""
    ends = [found.end() for found in re.finditer(r"[.!?…](?=\s|$)", text)]
    return text[: ends[-1]] if ends else ""


def ends(conversation: Conversation, pending: Sequence[ConversationMessage], text: str) -> bool:
    """Whether the person only thanked or said goodbye, to an answer of ours, and is asked nothing more."""
    return (
        bool(pending)
        and conversation.disclosed_at is not None
        and "?" not in text
        and all(map(is_goodbye, pending))
    )


def is_goodbye(message: ConversationMessage) -> bool:
    """Whether the message is nothing but thanks or a goodbye."""
    if message.kind != MessageKind.TEXT or "?" in message.text:
        return False
    words = [word.replace("’", "'") for word in _WORDS.findall(message.text.lower())]
    beside = [word for word in words if not _THANKS.fullmatch(word)]
    return len(beside) < len(words) and all(map(_BESIDES.fullmatch, beside))


def options(text: str, language: str) -> tuple[Option, ...]:
    """A tap for yes and one for no, where the text ends by asking to confirm something."""
    last = re.split(r"(?<=[.!?…])\s+|\n", text.strip())[-1]
    if len(text) > MAX_WITH_BUTTONS or _CHOICE.search(last) or not _CONFIRM.search(last):
        return ()
    yes, no = _YES_NO.get(language[:2], _YES_NO["it"])
    return Option("yes", yes), Option("no", no)

"""Which language somebody writes, by its small words.

Messages are short, and full of names and plates: the statistical libraries guess wrong on them or weigh hundreds of
megabytes. Here a language has to be certain; otherwise the conversation stays in the one it had.
"""

import re
from collections.abc import Sequence

from receptionist.models import Conversation, ConversationMessage

# No names of services, which travel. A word that several languages have decides nothing: the first must lead clearly.
_TELLING = {
    "it": (
        "il lo gli della dello degli nel nella sono è ho hai abbiamo avete vorrei volevo posso potete quando quanto "
        "quale perché anche ciao buongiorno buonasera salve grazie prego domani oggi macchina auto pronta pronto "
        "appuntamento prenotare mattina pomeriggio per con che non mi ci lunedì martedì mercoledì giovedì venerdì"
    ),
    "en": (
        "the is are was i'm i'd my your you we have has had would could can please hello hi hey thanks thank need want "
        "what when how where which there this that with for and not tomorrow today morning afternoon car ready tyre "
        "tire appointment book monday tuesday wednesday thursday friday saturday of at yes"
    ),
    "de": (
        "der die das den dem ein eine einen ist sind ich wir sie haben habe hätte könnte können bitte danke hallo guten "
        "tag morgen heute wann wie wo nicht und mit für mein meine auto termin reifen montag dienstag mittwoch "
        "donnerstag freitag möchte brauche"
    ),
    "fr": (
        "le les des une est sont je j'ai nous vous avez avoir voudrais pouvez bonjour bonsoir merci s'il plaît quand "
        "comment où pas et avec pour ma mon voiture demain aujourd'hui matin rendez-vous pneu lundi mardi mercredi "
        "jeudi vendredi c'est"
    ),
    "es": (
        "el los las una está están soy tengo tiene tienen quiero quisiera puedo puede hola buenos buenas gracias cuándo "
        "cuánto dónde no y con para mi coche mañana hoy cita rueda neumático lunes martes miércoles jueves viernes "
        "necesito usted"
    ),
}
_WORDS = {code: frozenset(words.split()) for code, words in _TELLING.items()}
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
LEAST = 2


def of(text: str) -> str:
    """The language's code, "" when it is not certain."""
    words = [word.replace("’", "'") for word in _WORD.findall(text.lower())]
    scores = sorted(
        ((sum(word in known for word in words), code) for code, known in _WORDS.items()), reverse=True
    )
    (best, code), (second, _other) = scores[:2]
    return code if best >= LEAST and best >= 2 * second else ""


def note(conversation: Conversation, pending: Sequence[ConversationMessage]) -> None:
    """Set the conversation's language to the one of what was just written. Changes the object, not the row."""
    found = of("\n".join(each.text for each in pending))
    if found:
        conversation.language = found


def is_italian(code: str) -> bool:
    """Whether fixed sentences are said in Italian to somebody of this language; to all others in English or theirs."""
    return not code or code.partition("-")[0] == "it"

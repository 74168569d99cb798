"""Reading a yes or a no, in Italian and English, in words, thumbs and hearts."""

from receptionist.italian.phrases import Phrases, words_of
from receptionist.italian.words import Words

_YES_MARKS = "👍👌✅✔☑🆗🙌👏💯"
_NO_MARKS = "👎❌✖🚫⛔🙅"
_YES = words_of(
    "si sii siii sisi certo certamente sicuro sicuramente ok okay okey oki okk okok perfetto perfect "
    "benissimo ottimo bene confermo confermato conferma confermiamo esatto esattamente giusto volentieri "
    "assolutamente yes yep yeah yup sure fine great confirm confirmed correct right accetto affermativo "
    "magari procediamo proceda procedi prenoti prenota prenotate eccome ovvio ovviamente good corretto "
    "d'accordo daccordo vabene vabbene absolutely fantastico appunto ya aggiudicato andata"
)
_NO = words_of(
    "no noo nooo nono nope nah mai annulla annullare annulli annullate niente nulla macche cancel "
    "negativo stop never cancelli rifiuto sbagliato errato wrong"
)
_YES_PHRASES = Phrases(
    "va bene | va benissimo | va benone | va perfetto | d accordo | ci sto | mi va | per me ok | va be | "
    "non c è problema | nessun problema | non ci sono problemi | senza problemi | perche no | come no | "
    "sounds good | of course | that works | go ahead | no problem | why not | non vedo l ora | senz altro "
    "| di sicuro | facciamo cosi | si grazie | puo andare | mi sta bene | ci sto dentro | è corretto | è "
    "giusto | è perfetto | all right | no problemi | nessunissimo problema | mi torna"
)
_NO_PHRASES = Phrases(
    "non va | non mi va | non vanno | non posso | non riesco | non confermo | non voglio | non ci sono | "
    "non serve | non importa | lasci stare | lasciamo stare | lascia stare | lasci perdere | lasciamo "
    "perdere | lascia perdere | per niente | non grazie | not really | do not | don t | no grazie | non "
    "direi | direi di no | credo di no | mi spiace | non è possibile | non mi serve | assolutamente no | "
    "certo che no | meglio di no | ho cambiato idea | preferisco di no | not ok | non ok | not good | non "
    "è giusto | non è corretto | non mi sta bene | non prenot | sicuramente no | va male | can t | "
    "proprio no | bene no | è sbagliat | non va bene | no good | ok no"
)
_UNSURE = Phrases(
    "non so | non saprei | forse | boh | mah | dipende | vediamo | ci penso | fammi pensare | non sono "
    "sicur | maybe | not sure | sapere se | devo vedere | le faccio sapere | vi faccio sapere | ti faccio "
    "sapere"
)
_TURNING = frozenset({"ma", "pero", "anzi", "but", "tranne", "solo", "invece"})
# "Si può…", "si accende…": the little word of impersonal verbs.
_WITH_SI = tuple(
    words_of(
        "puo potrebbe accend sent tratt fa deve dev è blocca spegn sono riesc paga prenot aggiust ved muov apr chiud "
        "rompe rott ferm"
    )
)
_MOST_WORDS = 14


def read_yes_no(text: str) -> bool | None:
    """True for a yes, False for a no, None for neither, both or a doubt. Never raises.

    "Sì, ma…" is neither: something is to be changed first.
    """
    marks = {char in _YES_MARKS for char in text[:200] if char in _YES_MARKS or char in _NO_MARKS}
    words = Words(text[:400])
    plain = [token.text for token in words.tokens]
    spoken = [token.text for token in words.tokens if token.is_word]
    if not spoken:
        return marks.pop() if len(marks) == 1 else None
    if any(_has(words, phrase) for phrase in _UNSURE.all) or len(spoken) > _MOST_WORDS:
        return None
    said = _said(words, plain)
    if said is True and (_TURNING & set(spoken) or plain[-1] == "?"):
        return None
    if said is None and len(marks) == 1:
        return marks.pop()
    return said


def _said(words: Words, plain: list[str]) -> bool | None:
    """By phrases first, which turn single words round ("nessun problema", "non va bene"), then by words."""
    taken: set[int] = set()
    answers: list[tuple[int, bool]] = []
    for phrases, answer in ((_NO_PHRASES, False), (_YES_PHRASES, True)):
        for phrase in phrases.all:
            for i in _places(words, phrase):
                span = set(range(i, i + len(phrase)))
                if not span & taken:
                    taken |= span
                    answers.append((i, answer))
    for i, word in enumerate(plain):
        if i in taken:
            continue
        if word in _NO:
            answers.append((i, False))
        elif word in _YES and not _is_impersonal(words, i):
            answers.append((i, plain[i - 1] not in ("non", "not") if i else True))
    if not answers:
        return None
    answers.sort()
    if len({answer for _place, answer in answers}) == 1:
        return answers[0][1]
    # "No, va bene così" and "sì, no" are no answers to rely on; "no, non posso, va bene giovedì" begins with no.
    return False if not answers[0][1] else None


def _is_impersonal(words: Words, i: int) -> bool:
    return words.at(i) == "si" and words.at(i + 1).startswith(_WITH_SI)


def _has(words: Words, phrase: tuple[str, ...]) -> bool:
    return next(iter(_places(words, phrase)), None) is not None


def _places(words: Words, phrase: tuple[str, ...]) -> list[int]:
    """Where the phrase stands; its last word may go on ("sicur" for "sicuro")."""
    last = len(phrase) - 1
    return [
        i
        for i in range(len(words))
        if all(words.at(i + k) == phrase[k] for k in range(last))
        and (
            words.at(i + last) == phrase[last]
            or (len(phrase[last]) > 4 and words.at(i + last).startswith(phrase[last]))
        )
    ]

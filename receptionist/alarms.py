"""Hearing danger and anger in what a customer writes, so that a person is called before any model is asked.

Patterns, not understanding: each wants the thing and what is wrong with it ("i freni non tengono", not "i freni"), and
what the sentence denies, only asks about or tells of the past does not count. Italian, and the English of tourists.
"""

import re
import unicodedata
from dataclasses import dataclass

from receptionist.models import Urgency

MOST = 2000  # characters that are looked at


@dataclass(frozen=True)
class Alarm:
    """What was heard. `english`: it was said in English. `stranded`: they may have to be towed."""

    urgency: Urgency
    english: bool = False
    stranded: bool = False


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{each})" for each in patterns))


_DANGER = _any(
    # brakes that do not brake
    r"\bfren[oi]\b[^.,;!?]{0,25}\bnon (?:\w+ ){0,2}(?:va|vanno|funzion|fren|teng|tien|rispond|prend)",
    r"\bnon (?:mi )?(?:\w+ )?fren(?:a|ano)\b",
    r"\b(?:sono |rimast[oa] |viaggio )?senza fren[oi]\b",
    r"\bfren[oi]\b[^.,;!?]{0,15}\b(?:rott[oi]|andat[oi]|bloccat[oi]|partit[oi]|lung(?:o|hi)\b)",
    r"\b(?:rott[oi]|bloccat[oi])\b[^.,;!?]{0,6}\b(?:i )?freni\b",
    r"\bpedale\b[^.,;!?]{0,25}\b(?:a fondo|a terra|molle|morbido|spugnos|lungo)",
    r"\bperd\w*\b[^.,;!?]{0,15}\b(?:olio|liquido) (?:dei |del )?fren[oi]",
    # smoke, fire, heat
    r"\b(?:esc\w+|usc\w+|fa|fanno|faceva|vien\w+|vedo|sale|pien[oa] di|tanto|molto|un sacco di|"
    r"c'e(?: del)?) fumo\b"
    r"(?![^.!?]{0,25}\b(?:scaric|marmitt|terminal))",
    r"\bfumo (?:dal|dal sotto|dal cofano|dal motore|bianco dal|nero dal|nell'abitacolo|"
    r"sotto il)\b(?! tubo| termin| scaric)"
    r"[^.!?]{0,20}\b(?:cofano|motor|cruscotto|abitacolo|ruot)",
    r"\b(?:va|sta andando|e andat[ao]|ha pres[oa]|prend\w+|sta prendendo) (?:a )?fuoco\b|\bin fiamme\b|"
    r"\bfiamme\b",
    r"\b(?:odore|puzza) (?:forte )?di (?:bruciat|benzina|gas|gasolio)",
    r"\bperd\w+ (?:tant[oa] |molt[oa] )?(?:benzina|gas|carburante)\b",
    r"\bsurriscald(?!\w*ment\w* global)",
    r"\b(?:temperatura|lancetta)\b[^.;!?]{0,30}\b(?:ross[oa]|al massimo|alle stelle|altissima|fondo scala)",
    r"\bboll(?:e|endo)\b[^.,;!?]{0,15}\bacqua\b|\bacqua\b[^.,;!?]{0,20}\bboll(?:e|endo)\b",
    # the red lamps
    r"\bspia\b[^.;!?]{0,30}\brossa\b|\bspie rosse\b|\bluce rossa\b[^.;!?]{0,20}\b(?:olio|cruscotto|"
    r"motor|fren|temperatura)",
    r"\bspia (?:dell'|della pressione (?:dell')?|pressione )?olio\b(?![^.;!?]{0,15}\b(?:giall|aranci|"
    r"cambio))",
    # people
    r"\b(?:ci sono|sono|c'e|qualche|un|una|dei) ferit[oaie]\b|\bferit[oi]\b|\bsanguin|\bambulanz",
    # steering and wheels
    r"\b(?:sterzo|volante)\b[^.,;!?]{0,20}\b(?:bloccat|non gira|non sterza|non risponde)",
    r"\b(?:scoppiat[ao]|esplos[ao])\b[^.,;!?]{0,12}\b(?:gomma|ruota|pneumatic)|\b(?:gomma|ruota|"
    r"pneumatic\w)\b[^.,;!?]{0,12}\b(?:scoppiat|esplos)",
    r"\b(?:si (?:sta |e )?(?:staccando|staccata)|persa?|perso) (?:\w+ )?(?:una |la )?ruota\b|"
    r"\bruota\b[^.,;!?]{0,12}\bstacca",
)
_DANGER_EN = _any(
    r"\bbrakes?\b[^.,;!?]{0,20}\b(?:don'?t|do not|doesn'?t|aren'?t|not|isn'?t|won'?t|"
    r"stopped)\b[^.,;!?]{0,10}\b(?:work|brak|stop|hold|respond)",
    r"\bno brakes\b|\bbrakes? (?:has |have |are |is )?(?:failed|failing|gone)\b",
    r"\b(?:brake )?pedal\b[^.,;!?]{0,25}\b(?:to the floor|soft|spongy)",
    r"\b(?:smoke|smoking)\b[^.!?]{0,30}\b(?:engine|bonnet|hood|dashboard|car)\b|\b(?:engine|car|hood|"
    r"bonnet)\b[^.!?]{0,15}\b(?:is )?smok(?:e|ing)",
    r"\bon fire\b|\bflames\b|\boverheat|\b(?:smell|smells) of (?:burning|petrol|gas|fuel)",
    r"\bred (?:\w+ )?(?:warning )?(?:light|lamp)\b|\boil (?:pressure )?(?:warning )?light\b",
    r"\b(?:injured|bleeding|ambulance)\b",
    r"\b(?:tyre|tire) (?:has )?(?:blew|blown|burst|exploded)|\bsteering\b[^.,;!?]{0,15}\b(?:locked|"
    r"stuck|failed)",
)
# What mostly is over when it is told: then the car is to be repaired, and nobody stands in the road.
_ACCIDENT = _any(
    r"\b(?:avut\w|fatt\w|success\w|coinvolt\w in|c'e|e stato|stato) (?:\w+ )?(?:un |ad un |"
    r"in un )?(?:brutto |grave |piccolo )?incidente\b",
    r"\bincidente\b[^.!?]{0,20}\b(?:adesso|ora|appena|poco fa)\b|\bincidente (?:stradale )?(?:in|"
    r"su) (?:autostrad|strad|tangenzial|statal)",
    r"\bincendi",
)
_ACCIDENT_EN = _any(
    r"\b(?:had|have|been in|there(?:'s| was| has been)) (?:\w+ ){0,3}(?:accident|crash)\b|\bjust crashed\b",
)
_OVER = _any(
    r"\b(?:settimana|mese|anno|estate|inverno|lunedi|martedi|mercoledi|giovedi|venerdi|sabato|"
    r"domenica) scors[oa]\b",
    r"\b(?:giorn[oi]|settiman[ae]|mes[ei]|ann[oi]) fa\b|(?<!da )\bieri\b|\bl'altro giorno\b|"
    r"\btempo fa\b|\bgia riparat",
    r"\b(?:preventiv|carrozzeri|periz|perit[oi]\b|assicura|sinistro|polizza|furto|riverniciare|cid\b|"
    r"constatazione)",
    r"\b(?:last (?:week|month|year)|yesterday|(?:days|weeks|months|years) ago|quote|insurance|estimate)\b",
)
_LONG_OVER = _any(
    r"\b(?:mese|anno|estate|inverno) scors[oa]\b|\b(?:mes[ei]|ann[oi]) fa\b",
    r"\blast (?:month|year)\b|\b(?:months|years) ago\b",
)
_HIGH = _any(
    r"\bvergogna\b|\bvergognat|\bvergognos",
    r"\b(?:il|un|al|mio|dal|l'|all'|dall'|"
    r"agli) ?avvocat[oi]\b(?<!sono l'avvocato)(?! (?:[a-z]+ ){0,2}(?:vorrei|vuole|per prenot))",
    r"\bavvocat[oi]\b[^.!?]{0,20}\b(?:vi|contro)\b|\bvie legali\b|\bazion\w legal\w\b|\bin tribunale\b|"
    r"\bcodacons\b|\bconsumatori\b",
    r"\bdenunci\w*\b(?! (?:di|per) (?:smarriment|furt|sinistr)| sinistr| cautel| all'assicur)|\bquerel",
    r"\b(?:chiam\w+|vado|andro|avvert\w+|mando) (?:i|dai|la|alla|le) (?:carabinieri|polizia|"
    r"guardia di finanza|finanza|vigili)\b",
    r"\b(?:vogli[oa]|vorrei|chied\w+|esig\w+|pretend\w+|dovete|aspetto|aspettando|mio|ridat\w+|indietro|"
    r"ottenere) "
    r"(?:\w+ ){0,3}(?:rimbors\w*|i (?:miei )?soldi|soldi indietro)\b|\brimborsatemi\b|"
    r"\b(?:mi )?rimborsate\b",
    r"\btruff|\bimbrogli|\b(?:siete|che|dei|solo) (?:\w+ )?ladri\b|\bladri\b!|\bfregat[oi] i soldi\b",
    r"\breclam(?!e|izz)\w*\b|\blamentel|\bmi (?:voglio |devo )?lament(?:o|are)\b",
    r"\bincompetent|\bincapac[ei]\b|\bcretin|\bidioti\b|\b(?:siete|sei) (?:un |una |degli |"
    r"delle )?idiot|\bdeficient[ei]\b|\bimbecill|\bpagliacc|\bbuffoni\b|\bfarabutt|\bdelinquent",
    r"\bstronz|\bcoglion|\bcazz[oi]\b|\bmerd[ae]\b|\bvaffa|\bfanculo\b|\bbastard|\bporc[oa] (?:dio|"
    r"madonna|puttana)\b",
    r"\b(?:fate|siete (?:uno|uno vero)|fa veramente|che|uno) schifo\b(?! di auto| di macchina)",
    r"\b(?:siete|sei|stupid[oi]) (?:degli |uno |dei )?stupid[oi]\b",
    r"\b(?:sono|siamo|mi avete fatto) (?:\w+ ){0,2}(?:arrabbia\w+|furios[oaie]|incazzat[oaie]|"
    r"stuf[oaie]|indignat[oaie]|inviperit[oaie]|esasperat[oaie])",
    r"\binaccettabil|\binammissibil|\bscandalo|\bindecent|\bmi avete (?:rovinat|rotto|danneggiat|"
    r"preso in giro|rubato)",
    r"\bpres[oaie] in giro\b|\bnon (?:verro|torno|tornero|vengo) (?:piu|mai piu)\b",
    r"(?<!se )(?<!quando )\be(?: molto| davvero|) urgent(?:e|issimo)\b(?!\?)|\burgentissim|"
    r"(?<!di )(?<!d')\bemergenza\b|\burgenza assoluta\b",
)
_STRANDED = _any(
    r"\b(?:sono|siamo|mi trovo) (?:ferm[oaie]|bloccat[oaie]|in panne)\b(?! (?:in|da|a|con) (?:casa|"
    r"garage|ufficio|officina|voi|la prenot|il lavor))",
    r"\brimast[oaie] (?:ferm|bloccat|a piedi|in panne|in mezzo)|\blasciat[oaie] a piedi\b|"
    r"\bin mezzo alla strada\b|\bin panne\b",
    r"\b(?:serve|servirebbe|bisogno|mandat\w+|mandare|chiamat\w+|vorrei|voglio|"
    r"urgente) (?:\w+ ){0,4}(?:carro ?attrezzi|soccorso|traino)\b",
)
_HIGH_EN = _any(
    r"\bshame on you\b|\bdisgrace|\bdisgusting\b|\bunacceptable\b|\boutrageous\b|\bridiculous\b",
    r"\b(?:my|a|our) (?:lawyer|attorney|solicitor)\b|\bsue you\b|\blegal action\b|"
    r"\bcall(?:ing)? the police\b",
    r"\b(?:want|demand|give|need|get) (?:me |my |a )?(?:\w+ )?(?:refund|money back)\b|\brefund me\b",
    r"\bscam|\bthieves\b|\brip(?:ped)?[ -]?off\b|\bcrooks\b|\bidiots?\b|\bincompetent\b|\bfuck|"
    r"\bbullshit\b|\bassholes?\b",
    r"\bi(?:'m| am) (?:\w+ )?(?:furious|angry|fed up|livid)\b|\bcomplaint\b|\bcomplain\b",
    r"\b(?:is|very|it's) urgent\b|"
    r"\bemergency\b",
)
_STRANDED_EN = _any(r"\bstranded\b|\b(?:broke|broken) down\b|\btow(?:ing)? truck\b")
# Before what was heard, in the same breath: it is denied, or only asked about, or a condition.
_DENIED = re.compile(
    r"\b(?:non|niente|nulla|nessun\w*|mai|ne|senza|not|no|never|isn't|nothing|without)(?: [\w']+){0,2} ?$"
)
_ASKED = re.compile(
    r"\b(?:fate|offrite|avete|c'e il|vendete|fornite|quanto|do you (?:have|do|offer)|se|quando|"
    r"in caso di|if|in case of)"
    r"(?: [\w']+){0,3} ?$"
)
_BREATH = re.compile(r"[.,;!?\n]|\b(?:ma|pero|perche|che|but|because|why)\b")


def hear(text: str) -> Alarm | None:
    """The most urgent thing in a message; None where there is nothing. Never raises."""
    plain = _plain(text)
    for english, danger, accident in ((False, _DANGER, _ACCIDENT), (True, _DANGER_EN, _ACCIDENT_EN)):
        told = _said(plain, danger) and not _LONG_OVER.search(plain)
        if told or (_said(plain, accident) and not _OVER.search(plain)):
            return Alarm(Urgency.DANGER, english=english)
    for english, stranded, high in ((False, _STRANDED, _HIGH), (True, _STRANDED_EN, _HIGH_EN)):
        for pattern in (stranded, high):
            if _said(plain, pattern, unless=(_DENIED, _ASKED)):
                return Alarm(Urgency.HIGH, english=english, stranded=pattern is stranded)
    return None


def _plain(text: str) -> str:
    """Lower case without accents, one kind of apostrophe, single spaces."""
    kept = unicodedata.normalize("NFKD", text[:MOST].replace("’", "'").replace("`", "'"))
    bare = "".join(each for each in kept if not unicodedata.combining(each)).lower()
    bare = re.sub(r"\be'(?=\s)", "e", bare)
    return re.sub(r"[^\S\n]+", " ", bare)


def _said(text: str, pattern: re.Pattern[str], unless: tuple[re.Pattern[str], ...] = (_DENIED,)) -> bool:
    """Whether the pattern stands somewhere in the text without what takes it back, in the same breath before it."""
    for found in pattern.finditer(text):
        before = _BREATH.split(text[: found.start()])[-1]
        if not any(each.search(before) for each in unless):
            return True
    return False

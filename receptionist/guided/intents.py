"""What a message is about, by its words: a table of patterns over plain text (lower case, no accents, no marks).

The order is the order of importance: what is dangerous first, a greeting last.
"""

import re

from receptionist.tools.info import plain

_EMERGENCY = (
    r"\bspi[ae]\b.{0,25}\bross[ae]\b|\bross[ae]\b.{0,12}\bspi[ae]\b|\bspia (dell )?(olio|acqua|temperatura)\b",
    r"\bspia (del )?(freni|freno)\b",
    r"\bnon (mi )?fren\w*|\bfren\w*\b.{0,25}\b(non (vann?o?|va|funzion\w*|prend\w*|rispond\w*|ten\w*|fren\w*)|mol+[ie]|"
    r"lungh\w*|a vuoto|rott[io]|andat[io]|cedut[io])\b|\bsenza freni\b|\brimast[oa] senza freni\b",
    r"\bpedale\b.{0,30}\b(moll\w+|fondo|vuoto|spugnos\w+|affond\w+)\b",
    r"\bfumo\b|\bfuma\b|\bsta fumando\b|\bpuzza di bruciato\b|\bbrucia\w*\b|\bfiamm\w+\b|\bincendi\w+\b|\bprend\w+ fuoco\b",
    r"\bsurriscald\w+|\b(acqua|motore|radiatore|macchina|auto)\b.{0,15}\bboll\w+\b|\bbolle\b",
    r"\btemperatura\b.{0,20}\b(alta|altissima|stelle|massimo|rosso|rossa)\b",
    r"\bincidente\b|\btamponat\w+\b|\bperd\w* benzina\b|\bsterzo\b.{0,15}\bbloccat\w+\b",
    r"\bred\b.{0,12}\b(light|warning)\b|\b(light|warning)\b.{0,15}\bred\b|\boil light\b",
    r"\bbrakes?\b.{0,25}\b(fail\w*|not work\w*|t work|gone|soft|dead|spongy)\b|\bno brakes\b",
    r"\bsmok(e|ing)\b|\boverheat\w*\b|\b(had|in) an accident\b|\bcrash(ed)?\b|\bon fire\b",
)
_PERSON = (
    r"\b(parl\w+|sentire|passa\w*|passi)\b.{0,25}\b(person[ae]|qualcuno|operator\w*|uman[oi]|titolare|meccanico|"
    r"responsabile|capo|proprietario|addett[oa])\b",
    r"^(persona|operator[ei]|umano|titolare|meccanico)$|\bpersona (vera|reale|in carne)\b|\bvoglio (una persona|un operatore)",
    r"\b(potete|puo|puoi|mi|ci|fatemi|farmi|facci\w*)\b.{0,12}\brichiam\w+|\brichiamatemi\b|\bchiamatemi\b|\btelefonatemi\b",
    r"\b(human|real person|operator)\b|\b(speak|talk) (to|with) (someone|somebody|a person|the)\b|\bcall me\b",
)
_SURVEYOR = (
    r"\bsono (il|un|una|la) perit[oa]\b|\bperit[oa] (dell|assicur)\w*|\bperizia\b|\bstudio peritale\b|"
    r"\bnumero (di )?sinistro\b",
)
_SELLER = (
    r"\brappresentant\w+\b|\bfornitor\w+\b|\bagente di commercio\b|\b(propost\w|offert\w) commercial\w\b",
    r"\b(la )?nostra (azienda|ditta|agenzia|gamma)\b|\bnostri (prodotti|servizi|listini)\b|\bseo\b|\bmarketing\b",
    r"\b(primi|prime|prima pagina) (su|di) google\b|\bsito web\b|\bpartnership\b|\bcollaborazion\w+\b|\bnostro catalogo\b",
    r"\bvend(o|iamo)\b|\bfotovoltaic\w+\b|\bcontratto (luce|gas)\b|\bforniamo\b|\bvi propon\w+\b|\bvorrei proporvi\b",
    r"\bsupplier\b|\bsales rep\w*\b",
)
_JOB = (
    r"\bcercate (personale|un meccanico|meccanici|apprendist\w+)\b|\bcerco lavoro\b|\bcurriculum\b|\bcv\b|\bassumete\b|"
    r"\bcandid(atura|armi|o)\b|\blavorare (da|con|per) voi\b|\btirocinio\b|\bstage\b|\blooking for (a job|work)\b",
)
_COMPLAINT = (
    r"\breclam\w+\b|\blament\w+\b|\binsoddisfatt\w+\b|\bdelus[oaie]\b|\barrabbiat\w+\b|\bvergogn\w+\b|\bschifo\b",
    r"\binaccettabil\w+\b|\bincapac\w+\b|\bincompetent\w+\b|\bpeggio di prima\b|\bstesso (problema|difetto|rumore) di prima\b",
    r"\bmi avete (rovinat\w+|danneggiat\w+|graffiat\w+|rotto|fatto pagare)\b|\brimbors\w+\b|\bavvocat\w+\b|\bdenunci\w+\b",
    r"\btruff\w+\b|\bladri\b|\bho (gia )?pagato\b.{0,40}\b(ma|e|pero)\b|\bnon avete (risolto|riparato|sistemato)\b",
    r"\bcomplain\w*\b|\brefund\b|\blawyer\b|\bunacceptable\b|\bruined\b",
)
_STATUS = (
    r"\bpront[ae]\b|\ba che punto\b|\bavete finito\b|\b(macchina|auto|vettura|lavoro)\b.{0,15}\bfinit[oa]\b",
    r"\b(posso|quando|passo)\b.{0,20}\b(ritir\w+|venire a prender\w*|prenderla|riprender\w+)\b",
    r"\bstato (della|dell) (macchina|auto|riparazione)\b|\bis (it|my car|the car) ready\b|\bcar ready\b|\bpick (it|my car|the car) up\b",
)
_MOVE = (
    r"\bspost\w+\b|\brimand\w+\b|\bposticip\w+\b|\banticip(are|o|iamo)\b|\briprogramm\w+\b|\breschedul\w+\b|\bpostpone\b",
    r"\bcambi(are|o) (l |il |la |di )?(appuntamento|giorno|orario|ora|data)\b|\b(move|change) (my|the) (appointment|booking)\b",
)
_CANCEL = (
    r"\bannull\w+\b|\bdisd\w+\b|\bcancell\w+\b|\bcancel\b|\bnon (posso|riesco|potro|riusciro)\b.{0,6}\b(a )?(più |piu )?venire\b|"
    r"\bnon vengo piu\b|\bho un imprevisto\b",
)
_APPOINTMENTS = (
    r"\b(il mio|i miei|mio|miei) (prossim\w )?appuntament\w\b|\bche appuntament\w\b|\bquando (ho|e|era)\b.{0,12}\bappuntamento\b",
    r"\bho (gia )?(un|qualche) appuntamento\b|\bmy (appointments?|bookings?)\b|\bwhen is my\b",
)
_PRICE = (
    r"\bquanto (mi |ci |vi )?(costa|costano|costerebbe|viene|vengono|verrebbe|spendo|prendete|pago|chiedete)\b",
    r"\bprezz\w+\b|\bcosto\b|\bcosti\b|\bpreventiv\w+\b|\btariff\w+\b|\blistino\b|\bhow much\b|\bprices?\b|\bcosts?\b|\bquote\b",
)
_HOURS = (
    r"\borari? (di apertura|di chiusura|dell officina|vostr\w|fate|avete|siete)\b|\borari\b|\bche orari[oi]?\b",
    r"\ba che ora (apr|chiud)\w+|\bquando (apr|chiud)\w+|\bsiete (apert|chius)\w\b|\bapert[io]\b|\bchius[io]\b|\b(apr|chiud)ete\b",
    r"\bferie\b|\bopening (hours|times)\b|\bare you open\b|\bwhen do you (open|close)\b|\bhours\b",
)
_FACTS = (
    r"\bindirizz\w*\b|\bdove (siete|vi trov\w+|e l officina|si trova)\b|\bcome (si )?arriv\w+\b|\bparchegg\w+\b",
    r"\b(pag|carta|bancomat|contant|satispay|fattur)\w*\b|\ba rate\b|\bsostitutiv\w+\b|\bcortesia\b|\bauto in prestito\b",
    r"\bsoccorso\b|\bcarro attrezzi\b|\btraino\b|\bwhere are you\b|\baddress\b|\bparking\b|\bpay\b|\bcourtesy car\b|\btow\b",
)
_KINDS = (
    r"\b(lavorate|riparate|fate|seguite|accettate|trattate|do you)\b.{0,40}\b(elettric\w+|ibrid\w+|camper|moto|furgon\w+|"
    r"gpl|metano|electric|hybrid|vans?|motorbikes?)\b",
)
_BOOK = (
    r"\bprenot\w+\b|\bappuntamento\b|\bfiss(are|o|iamo)\b|\bposto libero\b|\bdisponibil\w+\b|\bavete posto\b|\bbook\b|\bappointment\b",
    r"\bport(are|o|arvi|arla) (la|l|una)? ?(macchina|auto|vettura)\b|\bschedule\b",
)
_MENU = (r"^(menu|inizio|da capo|ricomincia\w*|aiuto|help|start|home)$",)
_BACK = (r"^(torn[ai] )?indietro$|^(go )?back$",)
_DROP = (
    r"^(annulla|annulla tutto|lascia stare|lasci stare|lascia perdere|lasci perdere|niente|non importa|basta|esci|"
    r"fa niente|non fa niente|ci ripenso|ho cambiato idea|cancel|never mind|nevermind|forget it)$",
)
_THANKS = (
    r"^((ok|va bene|perfetto|ottimo|bene|benissimo|no|molte|mille|tante|allora|a posto|tutto|grazie|la|ti|vi|ringrazio|"
    r"arrivederci|ciao|a presto|a domani|buona|giornata|serata|notte|buon|lavoro|cosi|sono|siete|gentil\w+|null|nient|niente|altro|"
    r"non|serve|mi|"
    r"no thanks|thanks|thank you|thank|you|bye|goodbye|great|that s all|all good|very|much|have a nice day) ?)+$",
)
_GREETING = (
    r"^((ciao|buongiorno|buon giorno|giorno|salve|buonasera|buona sera|buon pomeriggio|pronto|hello|hi|hey|"
    r"good (morning|afternoon|evening)|a tutti|there|c e qualcuno|ehi) ?)+$",
)
TABLE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("surveyor", _SURVEYOR),
    ("emergency", _EMERGENCY),
    ("complaint", _COMPLAINT),
    ("job", _JOB),
    ("seller", _SELLER),
    ("person", _PERSON),
    ("menu", _MENU),
    ("back", _BACK),
    ("drop", _DROP),
    ("status", _STATUS),
    ("move", _MOVE),
    ("cancel", _CANCEL),
    ("appointments", _APPOINTMENTS),
    ("price", _PRICE),
    ("hours", _HOURS),
    ("kinds", _KINDS),
    ("facts", _FACTS),
    ("greeting", _GREETING),
    ("thanks", _THANKS),
    ("book", _BOOK),
)
_COMPILED = tuple((name, tuple(re.compile(each) for each in patterns)) for name, patterns in TABLE)
# Thanks are said in the middle of things; only these words make them an end.
_ENDING = re.compile(
    r"\bgrazie\b|\bringrazio\b|\barrivederci\b|\bbuona (giornata|serata|notte)\b|\bthank|\bbye\b|\ba presto\b|\baltro\b|\ba posto\b"
)
# An old accident, or one that is told of for its repair, is no emergency.
_AFTERWARDS = re.compile(
    r"\b(preventiv\w+|carrozzeria|settimana scorsa|mese scorso|anno scorso|l altro giorno|tempo fa|mesi fa|giorni fa)\b"
)
_ACCIDENT_ALONE = re.compile(r"\b(incidente|tamponat\w+|accident|crash\w*)\b")
SYMPTOM = re.compile(
    r"\b(rumor\w+|vibra\w*|fischi\w+|cigol\w+|strattona\w*|strapp\w+|singhiozz\w+|si spegne|non (mi )?(parte|si accende|va|tiene|funziona)|"
    r"fatica a partire|perde (olio|acqua|liquido|potenza|colpi)|perdita|puzza|consuma troppo|tira a (destra|sinistra)|spi[ae]|"
    r"batte in testa|minimo|problema|guast\w+|difett\w+|strano|strana|noise|rattl\w+|check engine|warning light|"
    r"won t start|doesn t start|leak\w*|engine light|broken)\b"
)
PART = re.compile(
    r"\b(frizion\w+|cinghi\w+|distribuzion\w+|marmitt\w+|batteri\w+|ammortizzator\w+|convergenz\w+|sospension\w+|"
    r"carrozzeri\w+|ammaccatur\w+|parabrezz\w+|radiator\w+|alternator\w+|iniettor\w+|turbin\w+|candel\w+|"
    r"cuscinett\w+|paraurti|tergicristall\w+|lampadin\w+|far[oi]|specchiett\w+|finestrin\w+|serratur\w+|"
    r"motorin\w+|catalizzator\w+|filtro antiparticolato|fap|dpf|semiass\w+|giunt\w+|sterzo|volano|"
    r"clutch|battery|exhaust|windscreen|suspension|gearbox|bumper|headlight)\b"
)
ENGLISH_WORK: tuple[tuple[str, str], ...] = (
    (r"\b(puncture\w*|flat|tyres?|tires?)\b", "gomma forata"),
    (
        r"\b(oil change|full service|service my car|car service|regular service|a service|servicing|maintenance)\b",
        "tagliando",
    ),
    (r"\b(mot|inspection|roadworthiness)\b", "revisione"),
    (r"\b(brakes?|brake pads?)\b", "freni"),
    (r"\b(air con\w*|a c|climate)\b", "aria condizionata"),
    (
        r"\b(check engine|engine light|warning light|noise|diagnos\w+|problem|won t start|broken|leak\w*)\b",
        "diagnosi",
    ),
)


def of(text: str) -> tuple[str, ...]:
    """The intents that the text shows, the most important first."""
    words = plain(text)
    return tuple(name for name, patterns in _COMPILED if _shows(name, patterns, words))


def _shows(name: str, patterns: tuple[re.Pattern[str], ...], words: str) -> bool:
    if not any(each.search(words) for each in patterns):
        return False
    if name == "thanks":
        return bool(_ENDING.search(words))
    return not (name == "emergency" and _AFTERWARDS.search(words) and _ACCIDENT_ALONE.search(words))


def is_symptom(text: str) -> bool:
    """Whether something is wrong with the car, rather than a work being asked for."""
    return bool(SYMPTOM.search(plain(text)))


def is_part(text: str) -> bool:
    """Whether a part of the car is named."""
    return bool(PART.search(plain(text)))


def english_work(text: str) -> str:
    """The Italian words for the work that an English text names, "" for none."""
    words = plain(text)
    return next((italian for pattern, italian in ENGLISH_WORK if re.search(pattern, words)), "")

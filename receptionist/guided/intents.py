"""What a message is about, by its words: a table of patterns over plain text (lower case, no accents, no marks).

The order is the order of importance: what is dangerous first, a greeting last.
"""

import re

from receptionist.tools.info import plain

# Beside what receptionist.alarms hears: brakes that still brake, but not as they should.
_EMERGENCY = (
    r"\bfren[oi]\b.{0,25}\b(mol+[ie]|lungh[oi]|cedut[io]|spugnosi)\b",
    r"\bpedale\b.{0,30}\b(moll\w+|vuoto|spugnos\w+|affond\w+)\b",
    r"\bbrakes?\b.{0,25}\b(soft|spongy|weak)\b",
)
_PERSON = (
    r"\b(parl\w+|sentire|passa\w*|passi)\b.{0,25}\b(person[ae]|qualcuno|operator\w*|uman[oi]|titolare|"
    r"meccanico|"
    r"responsabile|capo|proprietario|addett[oa])\b",
    r"^(persona|operator[ei]|umano|titolare|meccanico)$|\bpersona (vera|reale|in carne)\b|"
    r"\bvoglio (una persona|un operatore)",
    r"\b(potete|puo|puoi|mi|ci|fatemi|farmi|facci\w*)\b.{0,12}\brichiam\w+|\brichiamatemi\b|"
    r"\bchiamatemi\b|\btelefonatemi\b",
    r"\b(human|real person|operator)\b|\b(speak|talk) (to|with) (someone|somebody|a person|the)\b|"
    r"\bcall me\b",
)
_SURVEYOR = (
    r"\bsono (il|un|una|la) perit[oa]\b|\bperit[oa] (dell|assicur)\w*|\bperizia\b|\bstudio peritale\b|"
    r"\bnumero (di )?sinistro\b",
)
_SELLER = (
    r"\brappresentant\w+\b|\bfornitor\w+\b|\bagente di commercio\b|\b(propost\w|offert\w) commercial\w\b",
    r"\b(la )?nostra (azienda|ditta|agenzia|gamma)\b|\bnostri (prodotti|servizi|listini)\b|\bseo\b|"
    r"\bmarketing\b",
    r"\b(primi|prime|prima pagina) (su|di) google\b|\bsito web\b|\bpartnership\b|\bcollaborazion\w+\b|"
    r"\bnostro catalogo\b",
    r"\bvend(o|iamo)\b|\bfotovoltaic\w+\b|\bcontratto (luce|gas)\b|\bforniamo\b|\bvi propon\w+\b|"
    r"\bvorrei proporvi\b",
    r"\bsupplier\b|\bsales rep\w*\b",
)
_JOB = (
    r"\bcercate (personale|un meccanico|meccanici|apprendist\w+)\b|\bcerco lavoro\b|\bcurriculum\b|"
    r"\bcv\b|\bassumete\b|"
    r"\bcandid(atura|armi|o)\b|\blavorare (da|con|per) voi\b|\btirocinio\b|\bstage\b|"
    r"\blooking for (a job|work)\b",
)
_COMPLAINT = (
    r"\breclam\w+\b|\blament\w+\b|\binsoddisfatt\w+\b|\bdelus[oaie]\b|\barrabbiat\w+\b|\bvergogn\w+\b|"
    r"\bschifo\b",
    r"\binaccettabil\w+\b|\bincapac\w+\b|\bincompetent\w+\b|\bpeggio di prima\b|\bstesso (problema|"
    r"difetto|rumore) di prima\b",
    r"\bmi avete (rovinat\w+|danneggiat\w+|graffiat\w+|rotto|fatto pagare)\b|\brimbors\w+\b|"
    r"\bavvocat\w+\b|\bdenunci\w+\b",
    r"\btruff\w+\b|\bladri\b|\bho (gia )?pagato\b.{0,40}\b(ma|e|pero)\b|\bnon avete (risolto|riparato|"
    r"sistemato)\b",
    r"\bcomplain\w*\b|\brefund\b|\blawyer\b|\bunacceptable\b|\bruined\b",
)
_STATUS = (
    r"\bpront[ae]\b|\ba che punto\b|\bavete finito\b|\b(macchina|auto|vettura|lavoro)\b.{0,15}\bfinit[oa]\b",
    r"\b(posso|quando|passo)\b.{0,20}\b(ritir\w+|venire a prender\w*|prenderla|riprender\w+)\b",
    r"\bstato (della|dell) (macchina|auto|riparazione)\b|\bis (it|my car|the car) ready\b|\bcar ready\b|"
    r"\bpick (it|my car|the car) up\b",
)
_MOVE = (
    r"\bspost\w+\b|\brimand\w+\b|\bposticip\w+\b|\banticip(are|o|iamo)\b|\briprogramm\w+\b|"
    r"\breschedul\w+\b|\bpostpone\b",
    r"\bcambi(are|o) (l |il |la |di )?(appuntamento|giorno|orario|ora|data)\b|\b(move|change) (my|"
    r"the) (appointment|booking)\b",
)
_CANCEL = (
    r"\bannull\w+\b|\bdisd\w+\b|\bcancell\w+\b|\bcancel\b|\bnon (posso|riesco|potro|"
    r"riusciro)\b.{0,6}\b(a )?(più |piu )?venire\b|"
    r"\bnon vengo piu\b|\bho un imprevisto\b",
)
_APPOINTMENTS = (
    r"\b(il mio|i miei|mio|miei) (prossim\w )?appuntament\w\b|\bche appuntament\w\b|\bquando (ho|e|"
    r"era)\b.{0,12}\bappuntamento\b",
    r"\bho (gia )?(un|qualche) appuntamento\b|\bmy (appointments?|bookings?)\b|\bwhen is my\b",
)
_PRICE = (
    r"\bquanto\b.{0,12}\bcost\w+|\bquanto (mi |ci |vi )?(costa|costano|costerebbe|viene|vengono|"
    r"verrebbe|spendo|prendete|pago|"
    r"chiedete)\b",
    r"\bprezz\w+\b|\bcosto\b|\bcosti\b|\bpreventiv\w+\b|\btariff\w+\b|\blistino\b|\bhow much\b|"
    r"\bprices?\b|\bcosts?\b|\bquote\b",
)
_HOURS = (
    r"\borari? (di apertura|di chiusura|dell officina|vostr\w|fate|avete|siete)\b|\borari\b|"
    r"\bche orari[oi]?\b",
    r"\ba che ora (apr|chiud)\w+|\bquando (apr|chiud)\w+|\bsiete (apert|chius)\w\b|\bapert[io]\b|"
    r"\bchius[io]\b|\b(apr|chiud)ete\b",
    r"\bferie\b|\bopening (hours|times)\b|\bare you open\b|\bwhen do you (open|close)\b|\bhours\b",
)
_FACTS = (
    r"\bindirizz\w*\b|\bdove (siete|vi trov\w+|e l officina|si trova)\b|\bcome (si )?arriv\w+\b|"
    r"\bparchegg\w+\b",
    r"\b(pag|carta|bancomat|contant|satispay|fattur)\w*\b|\ba rate\b|\bsostitutiv\w+\b|\bcortesia\b|"
    r"\bauto in prestito\b",
    r"\bsoccorso\b|\bcarro attrezzi\b|\btraino\b|\bwhere are you\b|\baddress\b|\bparking\b|\bpay\b|"
    r"\bcourtesy car\b|\btow\b",
)
_KINDS = (
    r"\b(lavorate|riparate|fate|seguite|accettate|trattate|do you)\b.{0,40}\b(elettric\w+|ibrid\w+|"
    r"camper|moto|furgon\w+|"
    r"gpl|metano|electric|hybrid|vans?|motorbikes?)\b",
)
_BOOK = (
    r"\bprenot\w+\b|\bappuntamento\b|\bfiss(are|o|iamo)\b|\bposto libero\b|\bdisponibil\w+\b|"
    r"\bavete posto\b|\bbook\b|\bappointment\b",
    r"\bport(are|o|arvi|arla) (la|l|una)? ?(macchina|auto|vettura)\b|\bschedule\b",
)
_MENU = (r"^(menu|inizio|da capo|ricomincia\w*|aiuto|help|start|home)$",)
_ABOUT = (
    r"\bquanto tempo\b|\bquanto (dura|ci (mettete|vuole|metti|mette))\b|\bhow long\b",
    r"\b(cosa|documenti) (devo|serve|servono|bisogna|dovrei)( \w+)? ?(port\w+)?$|\bche documenti\b|"
    r"\bwhat (do|should) i bring\b",
    r"\b(cosa|documenti) (devo|bisogna|dovrei) portar\w*\b",
)
_LATER = (
    r"\b(devo|dovrei) (sentire|chiedere|vedere|controllare|guardare|pensarci)\b|\bci penso\b|\bci devo pensare\b|"
    r"\b(le|vi|ti) (faccio|faro) sapere\b|\bun attimo\b|\blet me (think|check)\b|\bi ll let you know\b",
)
_BACK = (r"^(torn[ai] )?indietro$|^(go )?back$",)
_DROP = (
    r"^(no )?(annulla|annulla tutto|lascia stare|lasci stare|lascia perdere|lasci perdere|niente|non importa|"
    r"basta|esci|"
    r"fa niente|non fa niente|ci ripenso|ho cambiato idea|cancel|never mind|nevermind|forget it)$",
)
_THANKS = (
    r"^((ok|va bene|perfetto|ottimo|bene|benissimo|no|molte|mille|tante|allora|a posto|tutto|grazie|la|"
    r"ti|vi|ringrazio|"
    r"arrivederci|ciao|a presto|a domani|buona|giornata|serata|notte|buon|lavoro|cosi|sono|siete|"
    r"gentil\w+|null|nient|niente|altro|"
    r"non|serve|mi|"
    r"no thanks|thanks|thank you|thank|you|bye|goodbye|great|that s all|all good|very|much|"
    r"have a nice day) ?)+$",
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
    ("about", _ABOUT),
    ("later", _LATER),
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
    r"\bgrazie\b|\bringrazio\b|\barrivederci\b|\bbuona (giornata|serata|notte)\b|\bthank|\bbye\b|"
    r"\ba presto\b|\baltro\b|\ba posto\b"
)
SYMPTOM = re.compile(
    r"\b(rumor\w+|vibra\w*|fischi\w+|cigol\w+|strattona\w*|strapp\w+|singhiozz\w+|si spegne|"
    r"non (mi )?(parte|si accende|va|tiene|funziona)|"
    r"fatica a partire|perde (olio|acqua|liquido|potenza|colpi)|perdita|puzza|consuma troppo|"
    r"tira a (destra|sinistra)|spi[ae]|"
    r"batte in testa|minimo|problema|guast\w+|difett\w+|strano|strana|noise|rattl\w+|check engine|"
    r"warning light|"
    r"won t start|doesn t start|leak\w*|engine light|broken)\b"
)
PART = re.compile(
    r"\b(frizion\w+|cinghi\w+|distribuzion\w+|marmitt\w+|batteri\w+|ammortizzator\w+|convergenz\w+|"
    r"sospension\w+|"
    r"carrozzeri\w+|ammaccatur\w+|parabrezz\w+|radiator\w+|alternator\w+|iniettor\w+|turbin\w+|candel\w+|"
    r"cuscinett\w+|paraurti|tergicristall\w+|lampadin\w+|far[oi]|specchiett\w+|finestrin\w+|serratur\w+|"
    r"motorin\w+|catalizzator\w+|filtro antiparticolato|fap|dpf|semiass\w+|giunt\w+|sterzo|volano|"
    r"clutch|battery|exhaust|windscreen|suspension|gearbox|bumper|headlight)\b"
)
ENGLISH_WORK: tuple[tuple[str, str], ...] = (
    (r"\b(puncture\w*|flat|tyres?|tires?)\b", "gomma forata"),
    (
        r"\b(oil change|full service|service my car|car service|regular service|a service|servicing|"
        r"maintenance)\b",
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
    return name != "thanks" or bool(_ENDING.search(words))


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

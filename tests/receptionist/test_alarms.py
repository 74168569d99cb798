"""Danger and anger are heard in a customer's words, and not where they only seem to be."""

import pytest

from receptionist import alarms
from receptionist.models import Urgency

DANGER = """
i freni non funzionano
Aiuto, la macchina non frena più!
ho i freni che non tengono
il pedale del freno va a fondo
Il pedale è diventato molle, arrivo lo stesso?
sta perdendo liquido dei freni
mi si sono rotti i freni
esce fumo dal cofano
c'è fumo bianco nel motore, che faccio
Sta andando a fuoco
il motore è in fiamme
sento odore di benzina in macchina
puzza di bruciato fortissima
il motore si surriscalda
la lancetta della temperatura è sul rosso
l'acqua bolle
si è accesa la spia rossa
Si è accesa la spia dell'olio
spia olio accesa, posso continuare?
mi si è accesa una spia sul cruscotto, è rossa
ho avuto un incidente
abbiamo fatto un incidente in autostrada
c'è stato un incidente, ci sono feriti
non so perché ma esce fumo
non capisco, i freni non frenano
lo sterzo si è bloccato
è scoppiata una gomma in tangenziale
da ieri i freni non rispondono bene
due giorni fa si è accesa la spia rossa dell'olio
my brakes don't work
there is smoke coming from the engine
the car is on fire
the engine is overheating
red oil light is on
I just had an accident
the brake pedal goes to the floor
""".strip().splitlines()

HIGH = """
È una vergogna!
vergognatevi
chiamo il mio avvocato
Vi mando l'avvocato
vi denuncio tutti
voglio il rimborso di quanto ho pagato
ridatemi i soldi indietro
rivoglio: voglio i miei soldi
siete dei ladri
siete dei truffatori
voglio fare un reclamo
siete incompetenti
ma che cazzo, è la terza volta
siete degli idioti
fate schifo
sono molto arrabbiato con voi
sono furiosa
è inaccettabile
mi avete rovinato la macchina
non verrò mai più da voi
sono rimasto a piedi
sono fermo in mezzo alla strada
siamo in panne sulla A4
mi serve subito un carro attrezzi
ho bisogno del soccorso
è urgente
È urgentissimo!!
è un'emergenza
I want a refund
this is unacceptable
my lawyer will contact you
you are a scam
I'm stranded, I need a tow truck
it's urgent
""".strip().splitlines()

NOTHING = """
non è urgente
non è urgente, quando avete posto
niente di urgente
se non è urgente passo la settimana prossima
quanto è urgente la revisione?
devo fare i freni
vorrei cambiare le pastiglie dei freni
i freni fischiano un po'
quanto costa rifare i freni?
controllo freni e tagliando
il freno a mano è un po' duro
ho cambiato i freni l'anno scorso perché non frenavano
esce fumo nero dallo scarico
io non fumo in macchina
non esce fumo
spia gialla del motore accesa
si è accesa la spia arancione
spia dell'olio gialla
è ora del cambio olio
vorrei fare il tagliando con cambio olio e filtro
revisione scaduta
ho avuto un incidente la settimana scorsa, vorrei un preventivo
ho fatto un incidente un mese fa e devo riparare il paraurti
mi hanno tamponato, mi serve un preventivo per la carrozzeria
la polizza copre furto e incendio
non ho mai fatto incidenti
sono l'avvocato Rossi, vorrei prenotare un tagliando
buongiorno, avv. Bianchi
ho fatto denuncia di smarrimento del libretto
l'assicurazione mi rimborsa il carro attrezzi?
avete il carro attrezzi?
fate soccorso stradale?
mi vergogno a chiederlo ma non so che olio metta
la macchina è ferma in garage da due settimane
la domanda è forse idiota, ma il diesel si può?
non sono arrabbiato, volevo solo sapere
nessun reclamo, tutto bene
il freno di emergenza elettrico
le luci di emergenza non si accendono
mi hanno rubato la marmitta
grazie, siete gentilissimi
stop allo scarico
l'aria condizionata fa aria calda
ci sono i carabinieri in via Roma, parcheggio dietro?
vorrei prenotare, sono libero subito
preferisco una persona
ho due gomme rosse nel bagagliaio
I need new brakes
no smoke, just a noise
do you have a tow truck?
it's not urgent
la mia targa è GA112BC

👍
""".strip("\n").splitlines()


@pytest.mark.parametrize("text", DANGER)
def test_danger(text: str) -> None:
    heard = alarms.hear(text)
    assert heard
    assert heard.urgency == Urgency.DANGER


@pytest.mark.parametrize("text", HIGH)
def test_anger_and_need(text: str) -> None:
    heard = alarms.hear(text)
    assert heard
    assert heard.urgency == Urgency.HIGH


@pytest.mark.parametrize("text", NOTHING)
def test_false_alarms(text: str) -> None:
    assert alarms.hear(text) is None


def test_case_accents_and_apostrophes_make_no_difference() -> None:
    for text in ("I FRENI NON VANNO", "si e' accesa la spia dell’olio", "SI È ACCESA LA SPIA ROSSA"):
        heard = alarms.hear(text)
        assert heard
        assert heard.urgency == Urgency.DANGER


@pytest.mark.parametrize(("text", "english"), [("the car is on fire", True), ("esce fumo dal motore", False)])
def test_the_language_is_known(text: str, english: bool) -> None:
    heard = alarms.hear(text)
    assert heard
    assert heard.english is english


@pytest.mark.parametrize(
    "text", ["\x00" * 50, "‮" * 4096, "spia " * 900, "non " * 1000 + "frena", "e' " * 1300]
)
def test_anything_may_be_written(text: str) -> None:
    alarms.hear(text)

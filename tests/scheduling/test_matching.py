"""Which service people mean by what they say."""

import pytest

from scheduling import matching, seeds

SERVICES = [matching.Named(s.name, s.words) for s in seeds.SERVICES]
NAMES = [s.name for s in seeds.SERVICES]


# what is said, the service that is meant
@pytest.mark.parametrize(
    ("said", "service"),
    [
        ("Tagliando", "Tagliando"),
        ("il tagliando", "Tagliando"),
        ("vorrei fare il tagliando alla mia macchina", "Tagliando"),
        ("TAGLIANDI", "Tagliando"),
        ("taliando", "Tagliando"),  # misheard
        ("cambio dell'olio", "Tagliando"),
        ("cambio olio e filtri", "Tagliando"),
        ("la revisione", "Revisione"),
        ("devo fare la revisione ministeriale", "Revisione"),
        ("cambio gomme", "Cambio gomme"),
        ("montare le gomme invernali", "Cambio gomme"),
        ("gomme", "Cambio gomme"),
        ("ho bucato una gomma", "Cambio gomme"),
        ("i freni", "Freni"),
        ("pastiglie dei freni", "Freni"),
        ("si è accesa la spia del motore", "Diagnosi"),
        ("aria condizionata", "Ricarica clima"),
        ("il climatizzatore", "Ricarica clima"),
    ],
)
def test_sure(said: str, service: str) -> None:
    ranked = matching.rank(said, SERVICES)
    assert ranked.sure is not None, [NAMES[i] for i in ranked.candidates]
    assert NAMES[ranked.sure] == service


# what is said, what to ask about
@pytest.mark.parametrize(
    ("said", "candidates"),
    [
        ("tagliando e revisione", {"Tagliando", "Revisione"}),
        ("cambio", {"Tagliando", "Cambio gomme"}),
        ("un viaggio sulla luna", set()),
        ("", set()),
        ("vorrei un appuntamento per la macchina", set()),
        ("x" * 5000, set()),
        ("\x00 ' OR 1=1 --", set()),
    ],
)
def test_unsure(said: str, candidates: set[str]) -> None:
    ranked = matching.rank(said, SERVICES)
    assert ranked.sure is None
    assert {NAMES[i] for i in ranked.candidates} == candidates


def test_the_longer_phrase_wins() -> None:
    services = [
        matching.Named("Gomme", ["gomme"]),
        matching.Named("Riparazione gomme", ["riparazione gomma"]),
    ]
    assert matching.rank("riparazione della gomma", services).sure == 1
    assert matching.rank("le gomme", services).sure == 0


def test_the_name_itself_is_sure_even_if_words_overlap() -> None:
    services = [matching.Named("Freni", ["freni"]), matching.Named("Controllo freni", ["freni"])]
    assert matching.rank("freni", services).sure == 0


def test_two_services_with_the_same_words_are_asked_about() -> None:
    services = [
        matching.Named("Tagliando benzina", ["tagliando"]),
        matching.Named("Tagliando diesel", ["tagliando"]),
    ]
    assert set(matching.rank("il tagliando", services).candidates) == {0, 1}
    assert matching.rank("il tagliando", services).sure is None
    assert matching.rank("tagliando diesel", services).sure == 1

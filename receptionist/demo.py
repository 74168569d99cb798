"""What the receptionist of a demonstration's shop knows, so that pages and messages say where the shop is."""

from typing import Any

from receptionist.models import AIConfig
from scheduling.demo import Kind

FACTS = {
    Kind.OFFICINA: {
        "address": "Via delle Officine 12, 20100 Milano",
        "parking": "Parcheggio gratuito davanti all'officina; fuori orario le chiavi vanno nella cassetta.",
        "payment": "Contanti, bancomat e carte.",
        "courtesy_car": "Sì, su prenotazione e finché ce n'è.",
    },
    Kind.CARROZZERIA: {
        "address": "Via dei Carrozzieri 8, 20100 Milano",
        "parking": "Si entra dal cortile, sulla destra.",
        "payment": "Contanti, bancomat, carte e bonifico.",
        "courtesy_car": "Sì, per i lavori di più giorni.",
    },
}


def on_filled(sender: Any, kind: Kind, **_kwargs: Any) -> None:
    """Receiver of scheduling.signals.demo_filled: fills in what nobody has written yet."""
    config = AIConfig.load()
    missing = {name: text for name, text in FACTS[kind].items() if not getattr(config, name)}
    for name, text in missing.items():
        setattr(config, name, text)
    if missing:
        config.save(update_fields=[*missing, "updated_at"])

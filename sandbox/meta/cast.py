"""Who writes from the phone page: people of the demo's data, and people whom no shop knows."""

from typing import Any

# The demo's customers have +39 320 0000 and a counter (scheduling/demo). The large shop has forty, the small one
# fourteen with the same numbers under other names, so a customer of the small one writes to nobody else.
CAST: list[dict[str, Any]] = [
    {
        "key": "393200000022",
        "name": "Silvia Vitale",
        "hint": "cliente di Officina Rossi, ha un’auto",
    },
    {
        "key": "393200000001",
        "name": "Alessandro Lombardi",
        "hint": "cliente di Carrozzeria Bianchi, ha un’auto",
        "line": "wa-bianchi",
    },
    {"key": "393515550101", "name": "Giorgia", "hint": "mai vista, scrive per la prima volta"},
    {"key": "393515550102", "name": "Mr. James Cole", "hint": "a tourist, writes English"},
    {
        "key": "IT.4207714839115072",
        "name": "Lucia",
        "username": "@lucia.vespa",
        "hint": "solo nome utente, il numero non si vede",
    },
    {
        "key": "393200000901",
        "name": "Titolare",
        "hint": "dell’officina: riceve gli avvisi se il numero è nella sua scheda",
    },
]

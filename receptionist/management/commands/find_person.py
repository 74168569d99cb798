"""`manage.py find_person`: where a name, a number, a plate stands, in every table and file of a shop."""

import sys
from typing import Any

from django.core.management.base import CommandParser

from receptionist.rights import search, terms
from shops.context import in_shop
from shops.management.operators import OperatorCommand, add_shop, shop_named
from shops.refusals import Refused

FOUND = 3


class Command(OperatorCommand):
    """Looks everywhere. Says where, never what stands there; exit code 3 when something was found."""

    help = (
        "Cerca nomi, telefoni, targhe ed e-mail in tutte le tabelle e in tutti i file dell'officina: la prova che di una "
        "persona non è rimasto nulla. Esce con 0 se non trova niente, con 3 se trova qualcosa."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The shop and what to look for."""
        add_shop(parser)
        parser.add_argument("text", nargs="+", help='per esempio "Mario Verdi" +393331234567 AB123CD')

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, and say where."""
        for each in options["text"]:
            if len(each.strip()) < terms.LEAST:
                raise Refused(f"«{each}» è troppo corto: servono almeno {terms.LEAST} caratteri.")
        with in_shop(shop_named(options["shop"])):
            found = search.look_for(options["text"])
            places = len(search.columns())
        for each in found:
            self.say(str(each))
        self.say(f"Guardato in {places} colonne e in tutti i file: {len(found)} volte trovato.")
        if found:
            sys.exit(FOUND)

"""`manage.py set_line`: a Vapi line or a WhatsApp number, attached to a shop or moved to it."""

import os
from typing import Any

from django.core.management.base import CommandParser

from shops import lines
from shops.management.operators import OperatorCommand, add_shop, shop_named
from shops.models import Shop
from shops.refusals import Refused


class Command(OperatorCommand):
    """Attaches a line or a number to a shop, or moves it there from another one."""

    help = (
        "Assegna a un'officina una linea Vapi (--vapi ID --number) o un numero WhatsApp (--whatsapp ID), o li sposta "
        "da un'altra. Il token di WhatsApp viene da WHATSAPP_TOKEN; se manca resta quello che c'è."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The shop, and one of the two."""
        add_shop(parser)
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--vapi", metavar="PHONE_NUMBER_ID", help="id della linea presso Vapi")
        which.add_argument("--whatsapp", metavar="PHONE_NUMBER_ID", help="id del numero presso Meta")
        parser.add_argument("--number", default="", help="il numero, come +39 02 12345678")
        parser.add_argument("--waba", default="", help="id dell'account WhatsApp Business")

    def handle(self, *args: Any, **options: Any) -> None:
        """Attach or move, and say which of the two it was."""
        shop = shop_named(options["shop"])
        if options["vapi"]:
            self._vapi(shop, options["vapi"], options["number"], options["waba"])
        else:
            self._whatsapp(shop, options["whatsapp"], options["number"], options["waba"])

    def _vapi(self, shop: Shop, phone_number_id: str, number: str, waba: str) -> None:
        if not number:
            raise Refused("Con --vapi serve anche --number, il numero che risponde.")
        if waba:
            raise Refused("--waba vale per --whatsapp.")
        line, changed = lines.attach_line(shop, phone_number_id=phone_number_id, number=number)
        self.say(
            f"{line.number} ({phone_number_id}) {'risponde ora' if changed else 'rispondeva già'} per {shop.slug}."
        )

    def _whatsapp(self, shop: Shop, phone_number_id: str, number: str, waba: str) -> None:
        whatsapp, changed = lines.attach_whatsapp(
            shop,
            phone_number_id=phone_number_id,
            waba_id=waba,
            number=number,
            access_token=os.environ.get("WHATSAPP_TOKEN") or None,
        )
        token = "" if whatsapp.access_token else " Manca il token: ripetere con WHATSAPP_TOKEN."
        self.say(
            f"WhatsApp {whatsapp} {'risponde ora' if changed else 'rispondeva già'} per {shop.slug}.{token}"
        )

"""Two shops with rows of their own to look for."""

import pytest

from shops.context import as_platform, in_shop
from shops.models import Domain, Shop, WhatsAppNumber
from tests import factories

CANARY = "canarino-giallo-di-bianchi"
TOKEN = "token-che-nessuno-deve-leggere"


@pytest.fixture
def furnished(rossi: Shop, bianchi: Shop) -> tuple[Shop, Shop]:
    """Rossi and Bianchi; Bianchi has a customer of a name to look for, and both have rows in every public table."""
    with in_shop(bianchi):
        factories.customer(first_name=CANARY)
    with as_platform():
        for number, shop in enumerate((rossi, bianchi)):
            Domain.objects.create(tenant=shop, domain=f"secondo-{number}.example", is_primary=False)
            WhatsAppNumber.objects.create(shop=shop, phone_number_id=f"wa-{number}", access_token=TOKEN)
    return rossi, bianchi

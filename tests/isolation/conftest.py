"""Two shops with rows of their own to look for."""

from datetime import timedelta

import pytest
from django.utils import timezone

from shops.context import as_platform, in_shop
from shops.models import Domain, Shop, ShopHealth, SupportVisit, WhatsAppNumber
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
            SupportVisit.objects.create(
                shop=shop,
                operator_email="op@aros.example",
                reason="prova",
                until=timezone.now() + timedelta(minutes=30),
                key_hash=f"digest-{number}",
                key_until=timezone.now(),
            )
    for shop in (rossi, bianchi):
        with in_shop(shop):
            ShopHealth.objects.create(shop=shop, reported_at=timezone.now(), month=timezone.localdate())
    return rossi, bianchi

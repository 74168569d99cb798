"""What the shop's people see of what was sent, and of the templates."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests.whatsapp import sending_kit as kit
from whatsapp.models import MessageTemplate

LogIn = Callable[[Client, StaffUser, Shop], Client]


@pytest.fixture
def office(rossi: Shop, manager: StaffUser, rossi_client: Client, log_in: LogIn) -> Client:
    return log_in(rossi_client, manager, rossi)


def test_messages_are_listed_with_what_became_of_them(rossi: Shop, office: Client) -> None:
    with in_shop(rossi):
        kit.message("La prima riga\ne la seconda")
        failed = kit.message("Addio", status="failed", error_code=131026, error="Non consegnabile.")
    page = office.get(reverse("admin:receptionist_outboundmessage_changelist")).content.decode()
    assert "La prima riga e la seconda" in page
    assert "Non consegnabile. (131026)" in page
    assert "Non riuscito" in page
    shown = office.get(reverse("admin:receptionist_outboundmessage_change", args=[failed.pk]))
    assert shown.status_code == 200
    assert "Addio" in shown.content.decode()


def test_only_failed_ones(rossi: Shop, office: Client) -> None:
    with in_shop(rossi):
        kit.message("che va")
        kit.message("che non va", status="failed")
    url = reverse("admin:receptionist_outboundmessage_changelist")
    page = office.get(url, {"status__exact": "failed"}).content.decode()
    assert "che non va" in page
    assert "che va<" not in page


def test_nothing_can_be_changed(rossi: Shop, office: Client) -> None:
    with in_shop(rossi):
        row = kit.message()
        template = MessageTemplate.objects.create(waba_id="w", name="aros_conferma", status="rejected")
    for model, pk in (("receptionist_outboundmessage", row.pk), ("whatsapp_messagetemplate", template.pk)):
        assert office.get(reverse(f"admin:{model}_add")).status_code == 403
        assert office.post(reverse(f"admin:{model}_change", args=[pk]), {}).status_code == 403
        assert office.post(reverse(f"admin:{model}_delete", args=[pk]), {"post": "yes"}).status_code == 403


def test_templates_are_listed_with_metas_verdict(rossi: Shop, office: Client) -> None:
    with in_shop(rossi):
        MessageTemplate.objects.create(waba_id="w", name="aros_conferma", status="rejected", reason="INVALID")
    page = office.get(reverse("admin:whatsapp_messagetemplate_changelist")).content.decode()
    assert "aros_conferma" in page
    assert "Respinto" in page
    assert "INVALID" in page


def test_another_shop_sees_none_of_it(
    rossi: Shop, bianchi: Shop, outsider: StaffUser, bianchi_client: Client, log_in: LogIn
) -> None:
    with in_shop(rossi):
        row = kit.message("segreto")
    log_in(bianchi_client, outsider, bianchi)
    url = reverse("admin:receptionist_outboundmessage_changelist")
    assert "segreto" not in bianchi_client.get(url).content.decode()
    assert (
        bianchi_client.get(reverse("admin:receptionist_outboundmessage_change", args=[row.pk])).status_code
        == 302
    )

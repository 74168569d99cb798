"""simulate_call against a real server on 127.0.0.1: every scenario, and the sentences when it cannot."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from receptionist.models import AIConfig, Conversation, ConversationStatus, Handover, ToolCall
from scheduling.models import Appointment
from scheduling.models.appointments import Status
from shops import provisioning
from shops.context import in_shop
from shops.models import PhoneLine, Shop
from tests.database import as_owner

Simulate = Callable[..., str]


@pytest.fixture
def simulate(live_server: Any, capsys: Any) -> Simulate:
    """Run the command against the live server; returns what it printed."""

    def simulate(**options: Any) -> str:
        call_command("simulate_call", url=live_server.url, **{"shop": "officina-rossi", **options})
        return str(capsys.readouterr().out)

    return simulate


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    """The first shop, committed."""
    return Shop.objects.get(slug="officina-rossi")


def test_book_many_times_in_a_row(simulate: Simulate, shop: Shop) -> None:
    for _time in range(5):
        printed = simulate(scenario="book")
        assert "Assistente: Prenotato: tagliando" in printed
        assert "/admin/receptionist/conversation/" in printed
        assert " ms" in printed
    with in_shop(shop):
        assert Appointment.objects.filter(source="ai_voice", status=Status.CONFIRMED).count() == 5
        conversations = Conversation.objects.all()
        assert len(conversations) == 5
        for each in conversations:
            assert each.status == ConversationStatus.COMPLETED
            assert each.summary.startswith("Prenotato")
            assert each.disclosed_at
            assert each.customer
            assert each.messages.count() >= 5
            assert each.cost
            call = ToolCall.objects.get(conversation=each)
            assert Appointment.objects.filter(pk=call.appointment_id, conversation_id=each.pk).exists()


def test_book_in_the_second_shop_stays_there(simulate: Simulate, shop: Shop) -> None:
    assert "Prenotato" in simulate(shop="carrozzeria-bianchi")
    with in_shop(shop):
        assert not Conversation.objects.exists()


def test_book_from_a_withheld_number(simulate: Simulate, shop: Shop) -> None:
    assert "Prenotato" in simulate(caller="withheld")
    with in_shop(shop):
        appointment = Appointment.objects.get(source="ai_voice")
        assert appointment.contact_phone == "+393339876543"
        assert appointment.customer.phone is None


@pytest.mark.parametrize(("scenario", "said"), [("move", "Spostato"), ("cancel", "Annullato")])
def test_what_was_booked_is_changed(simulate: Simulate, shop: Shop, scenario: str, said: str) -> None:
    for _time in range(2):
        assert f"Assistente: {said}" in simulate(scenario=scenario)
    with in_shop(shop):
        expected = [Status.CANCELLED if scenario == "cancel" else Status.CONFIRMED] * 2
        assert (
            list(Appointment.objects.filter(source="ai_voice").values_list("status", flat=True)) == expected
        )


def test_a_caller_who_is_named_is_recognised(simulate: Simulate, shop: Shop) -> None:
    simulate(scenario="book", caller="333 1234567")
    printed = simulate(scenario="cancel", caller="333 1234567")
    assert "Prima la telefonata" not in printed
    with in_shop(shop):
        assert Appointment.objects.get(source="ai_voice").status == Status.CANCELLED


def test_ready(simulate: Simulate) -> None:
    assert "Non risultano lavori in corso" in simulate(scenario="ready")


def test_a_person_is_asked_for(simulate: Simulate, shop: Shop) -> None:
    simulate(scenario="human")
    with in_shop(shop):
        AIConfig.objects.update(transfer_number="+393480000001", transfer_out_of_hours=True)
    assert "transfer-destination-request" in simulate(scenario="human")
    with in_shop(shop):
        assert sorted(Handover.objects.values_list("kind", flat=True)) == ["callback", "transfer"]
        statuses = set(Conversation.objects.values_list("status", flat=True))
        assert statuses == {ConversationStatus.COMPLETED, ConversationStatus.TRANSFERRED}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"shop": "officina-verdi"}, "^Non c'è nessuna officina «officina-verdi»: list_shops le elenca."),
        ({"caller": "nobody"}, "^«nobody» non è un numero di telefono."),
    ],
)
def test_wrong_options(simulate: Simulate, options: dict[str, str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        simulate(**options)


def test_no_server(db: None) -> None:
    with pytest.raises(
        CommandError, match=r"^Nessun server risponde a http://localhost:1/api/vapi/webhook: avviarlo"
    ):
        call_command("simulate_call", shop="officina-rossi", url="http://localhost:1")


def test_not_our_server(simulate: Simulate, live_server: Any, shop: Shop) -> None:
    with pytest.raises(CommandError, match=r"^Non c'è nessun webhook a .* \(404\)"):
        call_command("simulate_call", shop="officina-rossi", url=f"{live_server.url}/elsewhere")


def test_wrong_secret(simulate: Simulate, shop: Shop, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voice.management.commands.simulate_call.webhook_secrets", lambda: ["another-secret"])
    with pytest.raises(CommandError, match=r"^Il server rifiuta la firma \(401\)"):
        simulate()
    with in_shop(shop):
        assert not Conversation.objects.exists()


def test_no_secret(simulate: Simulate, shop: Shop, settings: Any) -> None:
    settings.VAPI_WEBHOOK_SECRETS = []
    with pytest.raises(CommandError, match=r"^Impostare VAPI_WEBHOOK_SECRETS"):
        simulate()


def test_no_line(simulate: Simulate, shop: Shop) -> None:
    with as_owner():
        PhoneLine.objects.filter(shop=shop).delete()
    with pytest.raises(CommandError, match=r"^officina-rossi non ha linee: assegnarne una con set_line"):
        simulate()


def test_a_suspended_shop(simulate: Simulate, shop: Shop) -> None:
    with as_owner():
        provisioning.suspend(shop)
    with pytest.raises(
        CommandError, match=r"non presenta un assistente .*Officina Rossi in questo momento non può"
    ):
        simulate()


@pytest.mark.parametrize("way", ["hmac", "secret", "bearer"])
def test_every_way_to_sign(simulate: Simulate, shop: Shop, settings: Any, way: str) -> None:
    settings.VAPI_AUTH = [way]
    assert "Assistente:" in simulate(scenario="ready")


def test_a_form_of_signature_it_does_not_speak(simulate: Simulate, shop: Shop, settings: Any) -> None:
    settings.VAPI_AUTH, settings.VAPI_HMAC_ALGORITHM = ["hmac"], "sha512"
    with pytest.raises(CommandError, match=r"^VAPI_AUTH accetta hmac, in una forma"):
        simulate()

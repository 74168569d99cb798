"""The back office: history is read, hand-overs are worked off, the settings refuse what would break a call."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from receptionist import conversations, handover
from receptionist.conversations import Line
from receptionist.models import (
    AIConfig,
    Conversation,
    Handover,
    Media,
    MessageRole,
    OutboundMessage,
    OutboundStatus,
    Purpose,
)
from receptionist.models.config import is_own_number
from receptionist.seeds import seed
from scheduling.models import Appointment
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.receptionist.conftest import MARIO, NOW, THURSDAY, counted, open_call, statements, use

LogIn = Callable[[Client, StaffUser, Shop], Client]


@pytest.fixture
def office(rossi: Shop, manager: StaffUser, rossi_client: Client, log_in: LogIn) -> Client:
    """The first shop's back office, its manager logged in."""
    return log_in(rossi_client, manager, rossi)


def a_call(number: int) -> Conversation:
    """A call with everything that can hang on one."""
    factories.vehicle(factories.customer(phone=f"+39333000{number:04d}"))
    conversation = open_call(f"+39333000{number:04d}")
    use(conversation, "check_availability", service="tagliando")
    use(conversation, "request_human", reason="preventivo")
    conversations.finish_call(
        conversation=conversation,
        messages=[Line(MessageRole.CUSTOMER, f"parola{number}", NOW)],
        summary=f"Riassunto {number}",
        recording_url="https://example.com/a.wav",
    )
    return conversation


def url(model: str, page: str, *args: object) -> str:
    return reverse(f"admin:receptionist_{model}_{page}", args=args)


@pytest.mark.parametrize("model", ["conversation", "conversationmessage", "toolcall", "media", "handover"])
def test_lists_ask_the_same_for_few_and_for_many(rossi: Shop, office: Client, model: str) -> None:
    def asked() -> int:
        with counted() as captured:
            response = office.get(url(model, "changelist"))
        assert response.status_code == 200
        return len(statements(captured))

    with in_shop(rossi):
        a_call(1)
    asked()
    few = asked()
    with in_shop(rossi):
        for number in range(2, 8):
            a_call(number)
    assert asked() == few


def test_a_conversation_is_shown_whole_and_cannot_be_changed(rossi: Shop, office: Client) -> None:
    with in_shop(rossi):
        call = a_call(1)
        use(call, "book_appointment", service="tagliando", start=THURSDAY)
        when = date_format(timezone.localtime(Appointment.objects.get().scheduled_at), "D j M H:i").lower()
    page = office.get(url("conversation", "change", call.pk), follow=True)
    assert page.status_code == 200
    text = page.content.decode()
    for part in ("parola1", "Riassunto 1", "Cercare un posto libero", "Maria Bianchi", when):
        assert part in text
    assert office.post(url("conversation", "change", call.pk), {"summary": "x"}).status_code == 403
    assert office.get(url("conversation", "add")).status_code == 403
    assert office.post(url("conversation", "delete", call.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", ["conversationmessage", "toolcall", "media"])
def test_history_is_read_only(rossi: Shop, office: Client, model: str) -> None:
    with in_shop(rossi):
        call = a_call(1)
        row = {
            "conversationmessage": call.messages.first(),
            "toolcall": call.tool_calls.first(),
            "media": Media.objects.first(),
        }[model]
    assert row is not None
    assert office.get(url(model, "change", row.pk)).status_code == 200
    assert office.get(url(model, "add")).status_code == 403
    assert office.post(url(model, "change", row.pk), {}).status_code == 403
    assert office.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("query", ['"Riassunto 2"', "Bianchi", "+393330000002"])
def test_conversations_are_found(rossi: Shop, office: Client, query: str) -> None:
    with in_shop(rossi):
        a_call(1)
        a_call(2)
    text = office.get(url("conversation", "changelist"), {"q": query}).content.decode()
    assert "Riassunto 2" in text
    assert ("Riassunto 1" in text) is (query == "Bianchi")


def test_handovers_are_taken_and_done(rossi: Shop, office: Client, manager: StaffUser) -> None:
    with in_shop(rossi):
        a_call(1)
        row = Handover.objects.get()
    for action, status in (("mark_taken", "taken"), ("mark_done", "done"), ("mark_taken", "done")):
        office.post(url("handover", "changelist"), {"action": action, "_selected_action": [str(row.pk)]})
        with in_shop(rossi):
            row = Handover.objects.get()
            assert (row.status, row.taken_by) == (status, manager)
    assert row.closed_at is not None
    assert office.get(url("handover", "change", row.pk)).status_code == 200


def test_a_handover_that_is_done_is_asked_anew(call: Conversation) -> None:
    use(call, "request_human", reason="a")
    handover.close(handover=Handover.objects.get())
    use(call, "request_human", reason="b")
    assert sorted(Handover.objects.values_list("status", "reason")) == [("done", "a"), ("open", "b")]


def test_the_settings_are_one_object(rossi: Shop, office: Client) -> None:
    response = office.get(url("aiconfig", "changelist"))
    assert response.status_code == 302
    text = office.get(response.headers["Location"]).content.decode()
    assert "Sono l&#x27;assistente virtuale, un&#x27;intelligenza artificiale." in text
    assert office.get(url("aiconfig", "add")).status_code == 403
    with in_shop(rossi):
        assert AIConfig.objects.count() == 1


def form(config: AIConfig, **values: str) -> dict[str, str]:
    """What the settings' page sends."""
    names = [
        *("assistant_name", "greeting", "formality", "instructions", "voice_id", "voice_model", "llm_model"),
        *(
            "transcriber_model",
            "temperature",
            "max_call_seconds",
            "address",
            "parking",
            "payment",
            "courtesy_car",
        ),
        *("vehicles_served", "other_facts", "transfer_number", "callback_minutes", "tow_number"),
        *("silence_hours", "audio_days"),
    ]
    sent = {name: str(getattr(config, name)) for name in names} | {"languages": "it"}
    return sent | values


def test_the_settings_are_saved_by_the_page(rossi: Shop, office: Client) -> None:
    with in_shop(rossi):
        config = AIConfig.load()
    page = url("aiconfig", "change", config.pk)
    sent = form(config, transfer_number="340 1234567", assistant_name="Giulia", recording_enabled="on")
    assert office.post(page, sent).status_code == 302
    with in_shop(rossi):
        config = AIConfig.load()
    assert (config.transfer_number, config.assistant_name, config.recording_enabled) == (
        "+393401234567",
        "Giulia",
        True,
    )


def test_lists_are_chosen_and_written_in_rows(rossi: Shop, office: Client) -> None:
    with in_shop(rossi):
        config = AIConfig.load()
    page = url("aiconfig", "change", config.pk)
    sent = form(config) | {
        "languages": ["en"],
        "faq-domanda": ["Fate la convergenza?", "", " Avete il bar? "],
        "faq-risposta": ["Sì, su prenotazione.", "", "No."],
    }
    assert office.post(page, sent).status_code == 302
    with in_shop(rossi):
        config = AIConfig.load()
    assert config.languages == ["it", "en"]
    assert config.faq == [
        {"domanda": "Fate la convergenza?", "risposta": "Sì, su prenotazione."},
        {"domanda": "Avete il bar?", "risposta": "No."},
    ]
    text = office.get(page).content.decode()
    assert "Avete il bar?" in text
    assert "Su prenotazione" not in text


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"languages": "italiano"}, "italiano non"),
        ({"faq-domanda": "Chiusi il lunedì?", "faq-risposta": ""}, "Servono sia la domanda sia la risposta"),
        ({"faq-domanda": "", "faq-risposta": "Sì"}, "Servono sia la domanda sia la risposta"),
        ({"faq-domanda": "Perché?", "faq-risposta": "x" * 501}, "Troppo lungo per dirlo"),
        ({"voice": "own", "voice_id": ""}, "Scriva il codice della voce"),
    ],
)
def test_what_cannot_be_read_is_explained(
    rossi: Shop, office: Client, sent: dict[str, str], words: str
) -> None:
    with in_shop(rossi):
        config = AIConfig.load()
    response = office.post(url("aiconfig", "change", config.pk), form(config, **sent))
    assert response.status_code == 200
    assert words in response.content.decode()


def test_a_voice_is_chosen_by_name_or_by_its_code(rossi: Shop, office: Client) -> None:
    with in_shop(rossi):
        config = AIConfig.load()
    page = url("aiconfig", "change", config.pk)
    for sent, wanted in (
        ({"voice": "JBFqnCBsd6RMkjVDRZzb", "voice_id": "whatever"}, "JBFqnCBsd6RMkjVDRZzb"),
        ({"voice": "own", "voice_id": "my-voice"}, "my-voice"),
    ):
        assert office.post(page, form(config, **sent)).status_code == 302
        with in_shop(rossi):
            assert AIConfig.load().voice_id == wanted
    assert '<option value="own" selected' in office.get(page).content.decode()


def test_the_first_sentence_is_shown_before_it_is_saved(rossi: Shop, office: Client) -> None:
    address = reverse("admin:greeting_preview", urlconf="aros.urls_shop")
    asked = {"greeting": "Qui da Rossi, dica pure.", "formality": "tu", "recording_enabled": "on"}
    text = office.get(address, asked).json()["text"]
    assert text.startswith("Qui da Rossi, dica pure.")
    assert "intelligenza artificiale" in text
    assert "registrata" in text
    assert office.post(address, asked).status_code == 405
    with in_shop(rossi):
        assert AIConfig.load().greeting == ""


@pytest.mark.parametrize("number", ["+390212345678", "02 12345678", "0039 02 12345678"])
def test_a_transfer_in_a_loop_is_refused_by_the_page(rossi: Shop, office: Client, number: str) -> None:
    with in_shop(rossi):
        config = AIConfig.load()
    response = office.post(url("aiconfig", "change", config.pk), form(config, transfer_number=number))
    assert response.status_code == 200
    assert "la chiamata tornerebbe indietro all&#x27;infinito" in response.content.decode()


def test_a_shops_landline_and_its_lines_are_its_own(in_rossi: Shop) -> None:
    in_rossi.phone_number = "+390298765432"  # the landline that is forwarded to the line
    assert is_own_number("02 98765432")
    assert is_own_number("+390212345678")
    assert not is_own_number("+390287654321")  # another shop's
    assert not is_own_number("")


@pytest.mark.parametrize(
    ("field", "value", "fine"),
    [
        ("languages", ["it", "en"], True),
        ("languages", [], False),
        ("languages", {"it": 1}, False),
        ("languages", [1], False),
        ("faq", [{"domanda": "a", "risposta": "b"}], True),
        ("faq", [{"domanda": "a"}], False),
        ("faq", "x", False),
        ("max_call_seconds", 9, False),
        ("max_call_seconds", 43200, True),
        ("transfer_number", "+393401234567", True),
        ("transfer_number", "+390212345678", False),
        ("transfer_number", "abc", False),
    ],
)
def test_settings_are_checked(in_rossi: Shop, field: str, value: object, fine: bool) -> None:
    config = AIConfig.load()
    setattr(config, field, value)
    if fine:
        config.full_clean()
    else:
        with pytest.raises(ValidationError) as caught:
            config.full_clean()
        assert field in caught.value.message_dict


def test_the_settings_row_is_one_and_seeding_keeps_it(in_rossi: Shop) -> None:
    config = AIConfig.load()
    config.greeting = "Ciao"
    config.save()
    assert seed(in_rossi).greeting == "Ciao"
    AIConfig.objects.all().delete()
    with counted() as captured:
        assert AIConfig.load().greeting == ""
    assert len(statements(captured)) <= 4
    assert AIConfig.objects.count() == 1


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("manager", {"conversation", "conversationmessage", "toolcall", "media", "handover", "aiconfig"}),
        ("receptionist", {"conversation", "conversationmessage", "toolcall", "media", "handover"}),
        ("mechanic", set()),
    ],
)
def test_roles(rossi: Shop, rossi_client: Client, log_in: LogIn, role: str, allowed: set[str]) -> None:
    with in_shop(rossi):
        user = StaffUser.objects.create_user(email=f"{role}@rossi.example", password="x" * 12, role=role)
    client = log_in(rossi_client, user, rossi)
    models = ["conversation", "conversationmessage", "toolcall", "media", "handover", "aiconfig"]
    opened = {m for m in models if client.get(url(m, "changelist"), follow=True).status_code == 200}
    assert opened == allowed


def test_another_shops_conversation_does_not_exist(rossi: Shop, office: Client, bianchi: Shop) -> None:
    with in_shop(bianchi):
        theirs = open_call(MARIO)
    assert office.get(url("conversation", "change", theirs.pk)).status_code == 404
    assert office.get(reverse("admin:inbox_chat", args=[theirs.pk])).status_code == 404
    assert "Riassunto" not in office.get(url("conversation", "changelist")).content.decode()


def test_a_row_shows_its_state_in_words_and_its_two_lines_as_two(rossi: Shop, office: Client) -> None:
    with in_shop(rossi):
        a_call(1)
        row = Handover.objects.get()
        sent = OutboundMessage.objects.create(
            purpose=Purpose.REPLY, channel="whatsapp", recipient="+393330000001", status=OutboundStatus.READ
        )
    shown = office.get(url("outboundmessage", "change", sent.pk)).content.decode()
    assert "Letto" in shown
    assert "&#x27;read&#x27;" not in shown
    assert "<br>Preventivo. Già provato" in office.get(url("handover", "change", row.pk)).content.decode()


def test_an_empty_list_of_notices_says_who_is_told_nevertheless(office: Client) -> None:
    assert "ricevono per e-mail" in office.get(url("noticesetting", "changelist")).content.decode()

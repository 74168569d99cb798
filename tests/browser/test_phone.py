"""The phone page, at desk and phone size, against a product of a few lines that answers over the real wire."""

import base64
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from sandbox.meta import Meta
from tests.sandbox.product import Product, Shop, stage

pytestmark = pytest.mark.browser
Talk = tuple[Meta, Product, Shop]
SILVIA = "393200000022"
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR4nGNgYPhPAhrV+J8iDQBC1gH/qQ7tjwAAAABJRU5ErkJggg=="
)
SLOTS = {
    "type": "list",
    "body": {"text": "Ecco i primi posti per il *tagliando*:"},
    "action": {
        "button": "Scegli",
        "sections": [
            {
                "title": "Primi posti",
                "rows": [
                    {"id": "slot:1", "title": "gio 26/11 09:30", "description": "circa due ore"},
                    {"id": "slot:2", "title": "ven 27/11 08:00"},
                ],
            }
        ],
    },
}
PROPOSAL = {
    "type": "button",
    "body": {"text": "Giovedì 26 novembre alle 9:30. Le va bene?"},
    "action": {
        "buttons": [
            {"type": "reply", "reply": {"id": "yes", "title": "Sì, prenota"}},
            {"type": "reply", "reply": {"id": "no", "title": "Altro orario"}},
        ]
    },
}
TEMPLATE = {
    "name": "conferma",
    "language": "it",
    "category": "UTILITY",
    "components": [
        {
            "type": "BODY",
            "text": "Prenotato: {{1}}. A presto!",
            "example": {"body_text": [["giovedì alle 9:30"]]},
        },
        {"type": "FOOTER", "text": "Rispondi STOP per non ricevere altro"},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Sposta"}]},
    ],
}


@pytest.fixture
def talk() -> Iterator[Talk]:
    with stage() as found:
        yield found


@pytest.fixture
def chat(talk: Talk, page: Page) -> Page:
    """The chat of Silvia with Officina Rossi, opened as a person opens it."""
    page.goto(talk[0].url.replace("127.0.0.1", "localhost"))
    page.get_by_label("Chi scrive").select_option(SILVIA)
    page.get_by_role("button", name="Officina Rossi").click()
    expect(page.get_by_role("heading", name="Officina Rossi")).to_be_visible()
    return page


def say(page: Page, words: str) -> None:
    page.get_by_label("Messaggio", exact=True).fill(words)
    page.get_by_label("Messaggio", exact=True).press("Enter")


def bubble(page: Page, words: str) -> Any:
    return page.get_by_role("article").filter(has_text=words)


def answering(product: Product, answers: dict[str, Callable[[dict[str, Any]], Any]]) -> None:
    """The product answers each kind of message, from a thread of its own as a real one does."""

    def answer(message: dict[str, Any], _line: str) -> None:
        if act := answers.get(message["type"]):
            threading.Thread(target=act, args=(message,), daemon=True).start()

    product.on_message = answer


def test_booking_by_taps(talk: Talk, chat: Page) -> None:
    meta, product, shop = talk
    shop.post(TEMPLATE, "waba-rossi/message_templates")
    confirmed = [{"type": "body", "parameters": [{"type": "text", "text": "giovedì 26 alle 9:30"}]}]
    template = {"name": "conferma", "language": {"code": "it"}, "components": confirmed}

    def tapped(message: dict[str, Any]) -> None:
        if message["interactive"]["type"] == "list_reply":
            shop.send(f"+{SILVIA}", type="interactive", interactive=PROPOSAL)
        else:
            shop.send(f"+{SILVIA}", type="template", template=template)

    answering(
        product,
        {
            "text": lambda _: shop.send(f"+{SILVIA}", type="interactive", interactive=SLOTS),
            "interactive": tapped,
        },
    )
    say(chat, "Vorrei un tagliando")
    chat.get_by_role("button", name="Scegli").click()
    sheet = chat.get_by_role("dialog")
    expect(sheet.get_by_role("button", name="Invia")).to_be_disabled()
    sheet.get_by_label("gio 26/11 09:30").check()
    sheet.get_by_role("button", name="Invia").click()
    chat.get_by_role("button", name="Sì, prenota").click()

    expect(bubble(chat, "Prenotato: giovedì 26 alle 9:30. A presto!")).to_be_visible()
    expect(chat.get_by_text("Rispondi STOP per non ricevere altro")).to_be_visible()
    expect(chat.get_by_role("button", name="Altro orario")).to_be_disabled()
    expect(chat.locator("strong", has_text="tagliando")).to_be_visible()
    messages = product.values("messages")
    row = {"id": "slot:1", "title": "gio 26/11 09:30", "description": "circa due ore"}
    assert messages[1]["interactive"] == {"type": "list_reply", "list_reply": row}
    assert messages[2]["interactive"]["button_reply"] == {"id": "yes", "title": "Sì, prenota"}
    assert messages[2]["context"]["id"] == meta.messages()[1].wamid

    chat.get_by_role("button", name="Sposta").click()
    assert product.wait("messages", 4)[3]["button"] == {"text": "Sposta", "payload": "Sposta"}
    assert all(shop_message.last_status for shop_message in meta.messages())
    expect(chat.get_by_role("button", name="Sposta")).to_be_disabled()
    assert product.wait("statuses", 9)
    assert [each["status"] for each in product.values("statuses")].count("read") == 3


def test_ticks_and_typing(talk: Talk, chat: Page) -> None:
    meta, product, shop = talk
    product.status = 503
    say(chat, "C'è qualcuno?")
    mine = bubble(chat, "C'è qualcuno?")
    expect(mine.get_by_label("in attesa")).to_be_visible()
    product.status = 200
    expect(mine.get_by_label("consegnato")).to_be_visible()

    wamid = product.wait("messages", 1)[0]["id"]
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
    shop.post(read | {"typing_indicator": {"type": "text"}})

    expect(mine.get_by_label("letto")).to_be_visible()
    expect(chat.get_by_text("sta scrivendo…")).to_be_visible()
    expect(chat.get_by_role("img", name="Sta scrivendo")).to_be_visible()
    shop.say("Eccomi", to=f"+{SILVIA}")
    expect(bubble(chat, "Eccomi")).to_be_visible()
    expect(chat.get_by_text("sta scrivendo…")).to_have_count(0)
    product.wait("statuses", 3)
    assert {each["status"] for each in product.values("statuses")} == {"sent", "delivered", "read"}
    assert len(meta.messages()) == 1


def test_reactions_and_quotes_both_ways(talk: Talk, chat: Page) -> None:
    _meta, product, shop = talk
    say(chat, "Buongiorno")
    mine = product.wait("messages", 1)[0]["id"]
    to = f"+{SILVIA}"
    said = shop.say("Le va bene giovedì?", to=to).json()["messages"][0]["id"]
    shop.send(to, type="reaction", reaction={"message_id": mine, "emoji": "👋"})
    expect(bubble(chat, "Buongiorno").get_by_label("Reazioni: 👋")).to_be_visible()

    theirs = bubble(chat, "Le va bene giovedì?")
    theirs.get_by_text("Le va bene").click(button="right")
    chat.get_by_role("menuitemradio", name="Reazione 👍").click()
    expect(theirs.get_by_label("Reazioni: 👍")).to_be_visible()
    assert product.wait("messages", 2)[1]["reaction"] == {"message_id": said, "emoji": "👍"}
    theirs.get_by_text("Le va bene").click(button="right")
    chat.get_by_role("menuitemradio", name="Reazione 👍").click()
    assert product.wait("messages", 3)[2]["reaction"] == {"message_id": said, "emoji": ""}

    theirs.get_by_text("Le va bene").click(button="right")
    chat.get_by_role("menuitem", name="Rispondi citando").click()
    say(chat, "No, meglio venerdì")
    answered = product.wait("messages", 4)[3]
    assert answered["context"] == {"from": "390212345678", "id": said}
    expect(bubble(chat, "No, meglio venerdì").get_by_role("button", name="Officina Rossi")).to_be_visible()
    shop.say("Va bene", to=to, context={"message_id": answered["id"]})
    expect(bubble(chat, "Va bene").get_by_role("button", name="Tu No, meglio venerdì")).to_be_visible()


def test_pictures_documents_voice_notes_and_places(talk: Talk, chat: Page, tmp_path: Path) -> None:
    _meta, product, shop = talk
    files = {"foto.png": PICTURE, "libretto.pdf": b"%PDF-1.7 libretto", "nota.ogg": b"OggS voice"}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    chat.get_by_label("Messaggio", exact=True).fill("Il paraurti")
    for item, name in (
        ("Foto o video", "foto.png"),
        ("Documento", "libretto.pdf"),
        ("Nota vocale", "nota.ogg"),
    ):
        with chat.expect_file_chooser() as choosing:
            chat.get_by_role("button", name="Allega").click()
            chat.get_by_role("menuitem", name=item).click()
        choosing.value.set_files(tmp_path / name)
        expect(chat.get_by_role("article")).to_have_count(list(files).index(name) + 1)
    chat.get_by_role("button", name="Allega").click()
    chat.get_by_role("menuitem", name="Posizione").click()

    image, document, audio, place = product.wait("messages", 4, 10)
    assert (image["image"]["mime_type"], image["image"]["caption"]) == ("image/png", "Il paraurti")
    assert (document["document"]["mime_type"], document["document"]["filename"]) == (
        "application/pdf",
        "libretto.pdf",
    )
    assert audio["audio"]["voice"] is True
    assert audio["audio"]["mime_type"] == "audio/ogg; codecs=opus"
    assert place["location"]["name"] == "Milano"
    for sent, content in zip((image, document, audio), files.values(), strict=True):
        url = shop.call("GET", sent[sent["type"]]["id"]).json()["url"]
        headers = {"Authorization": f"Bearer {shop.token}"}
        assert shop.http.get(url, headers=headers, timeout=5).content == content
    expect(chat.get_by_alt_text("Il paraurti")).to_be_visible()
    expect(chat.get_by_alt_text("Il paraurti")).to_have_js_property("naturalWidth", 10)
    expect(chat.get_by_role("link", name=re.compile("libretto.pdf"))).to_be_visible()


def test_twenty_four_hours_stop_and_an_empty_chat(talk: Talk, chat: Page) -> None:
    _meta, product, shop = talk

    def do(what: str) -> None:
        chat.get_by_role("button", name="Altro", exact=True).click()
        chat.get_by_role("menuitem", name=what).click()

    do("Scrivi STOP")
    assert product.wait("messages", 1)[0]["text"] == {"body": "STOP"}
    do("Lascia passare 24 ore")
    expect(chat.get_by_text("Sono passate 24 ore")).to_be_visible()
    shop.say("Troppo tardi", to=f"+{SILVIA}")
    assert product.wait("statuses", 1)[0]["errors"][0]["code"] == 131047
    expect(bubble(chat, "Troppo tardi")).to_have_count(0)
    do("Svuota la chat")
    expect(chat.get_by_role("article")).to_have_count(0)


def test_who_writes_and_to_whom(talk: Talk, page: Page) -> None:
    meta, product, _shop = talk
    page.goto(meta.url)
    page.get_by_label("Chi scrive").select_option("IT.4207714839115072")
    page.get_by_role("button", name="Carrozzeria Bianchi").click()
    say(page, "Ciao *a tutti* <b>")
    message = product.wait("messages", 1)[0]
    assert "from" not in message
    assert product.values("contacts")[0]["profile"] == {"name": "Lucia", "username": "@lucia.vespa"}
    assert product.payloads[0]["entry"][0]["id"] == "waba-bianchi"
    expect(page.get_by_text("Ciao a tutti <b>")).to_be_visible()

    page.get_by_role("button", name="Torna alle chat").click()
    expect(page.get_by_role("button", name="Carrozzeria Bianchi")).to_contain_text("Tu: Ciao a tutti <b>")
    page.get_by_label("Chi scrive").select_option("other")
    expect(page.get_by_role("button", name="Officina Rossi")).to_be_disabled()
    page.get_by_label("Numero o id dell’altra persona").fill("+39 333 7654321")
    page.get_by_label("Nome sul profilo").fill("Paolo")
    page.get_by_role("button", name="Officina Rossi").click()
    say(page, "Sono Paolo")
    message = product.wait("messages", 2)[1]
    assert message["from"] == "393337654321"
    assert product.values("contacts")[1]["profile"]["name"] == "Paolo"
    page.reload()
    expect(bubble(page, "Sono Paolo")).to_be_visible()


def test_the_keyboard_is_enough(talk: Talk, chat: Page) -> None:
    _meta, product, shop = talk
    answering(product, {"text": lambda _: shop.send(f"+{SILVIA}", type="interactive", interactive=SLOTS)})
    say(chat, "Posti?")
    chat.get_by_role("button", name="Scegli").focus()
    chat.keyboard.press("Enter")
    chat.get_by_label("gio 26/11 09:30").focus()
    chat.keyboard.press("ArrowDown")
    chat.keyboard.press("Enter")
    assert product.wait("messages", 2)[1]["interactive"]["list_reply"]["id"] == "slot:2"

    chat.get_by_role("button", name="Scegli").focus()
    chat.keyboard.press("Enter")
    chat.keyboard.press("Escape")
    expect(chat.get_by_role("dialog")).to_have_count(0)
    chat.get_by_role("button", name="Allega").press("Enter")
    expect(chat.get_by_role("menuitem", name="Foto o video")).to_be_focused()
    chat.keyboard.press("Escape")
    expect(chat.get_by_role("menuitem", name="Foto o video")).to_have_count(0)


def test_a_stand_in_that_is_gone_is_said(talk: Talk, chat: Page) -> None:
    talk[0].close()
    say(chat, "Pronto?")
    expect(chat.get_by_role("alert")).to_contain_text("Il telefono non raggiunge il programma")
    expect(chat.get_by_label("Messaggio", exact=True)).to_have_value("Pronto?")


def test_the_field_grows_with_what_is_written(talk: Talk, chat: Page) -> None:
    field = chat.get_by_label("Messaggio", exact=True)
    one_line = field.evaluate("field => field.clientHeight")
    assert one_line >= 40
    field.fill("una\ndue\ntre")
    assert field.evaluate("field => field.clientHeight") > one_line + 30
    field.press("Enter")
    expect(bubble(chat, "tre")).to_be_visible()
    expect(field).to_have_js_property("clientHeight", one_line)
    assert talk[1].wait("messages", 1)[0]["text"]["body"] == "una\ndue\ntre"


def test_nothing_comes_from_elsewhere_and_nothing_spills_over(talk: Talk, chat: Page) -> None:
    asked: list[str] = []
    refused: list[str] = []
    chat.on("request", lambda request: asked.append(request.url))
    chat.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    chat.reload()
    say(chat, "parola" * 60)
    expect(bubble(chat, "parola")).to_be_visible()
    assert chat.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert chat.evaluate(
        "document.getElementById('log').scrollWidth <= document.getElementById('log').clientWidth"
    )
    assert {url.split("/")[2].split(":")[0] for url in asked} == {"localhost"}
    assert refused == []
    policy = talk[2].http.get(talk[0].url, timeout=5).headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy

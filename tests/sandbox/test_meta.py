"""The stand-in for Meta over its wire: messages, statuses, windows, tokens, files, templates, webhooks."""

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.meta import Meta, demo_lines
from sandbox.meta.keeping import Keeper
from tests.sandbox.product import ANNA, SECRET, Product, Shop, stage

Stage = tuple[Meta, Product, Shop]


@pytest.fixture
def on_stage() -> Iterator[Stage]:
    with stage() as found:
        yield found


def error_of(answer: requests.Response) -> tuple[int, int]:
    """HTTP status and Meta's code."""
    error = answer.json()["error"]
    assert error["type"] == "OAuthException"
    assert error["fbtrace_id"]
    assert error["error_data"]["details"]
    return answer.status_code, error["code"]


# --- people write -------------------------------------------------------------------------------------------------


def test_a_message_arrives_signed_and_in_metas_shape(on_stage: Stage) -> None:
    meta, product, _shop = on_stage
    wamid = meta.write("wa-rossi", ANNA, "Ciao 👋", name="Anna")
    message = product.wait("messages", 1)[0]

    value = product.payloads[0]["entry"][0]["changes"][0]["value"]
    assert product.payloads[0]["entry"][0]["id"] == "waba-rossi"
    assert value["metadata"] == {"display_phone_number": "390212345678", "phone_number_id": "wa-rossi"}
    user_id = value["contacts"][0]["user_id"]
    assert value["contacts"] == [{"profile": {"name": "Anna"}, "wa_id": "393331234567", "user_id": user_id}]
    assert message["id"] == wamid
    assert message["text"] == {"body": "Ciao 👋"}
    assert (message["from"], message["from_user_id"]) == ("393331234567", user_id)
    assert message["timestamp"].isdecimal()
    assert product.unsigned == 0


def test_someone_without_a_phone_has_only_an_id(on_stage: Stage) -> None:
    meta, product, shop = on_stage
    meta.write("wa-rossi", "IT.1349", "Ciao", name="Lucia", username="@lucia")
    message = product.wait("messages", 1)[0]

    assert "from" not in message
    assert message["from_user_id"] == "IT.1349"
    assert product.values("contacts") == [
        {"profile": {"name": "Lucia", "username": "@lucia"}, "user_id": "IT.1349"}
    ]
    assert shop.say("Buongiorno", to="IT.1349").status_code == 200
    sent = product.wait("statuses", 2)[0]
    assert (sent.get("recipient_id"), sent["recipient_user_id"]) == (None, "IT.1349")


def test_taps_reactions_and_quotes_name_what_they_answer(on_stage: Stage) -> None:
    meta, product, shop = on_stage
    meta.write("wa-rossi", ANNA, "Ciao")
    rows = [{"id": "slot:1", "title": "gio 26/11 09:30"}, {"id": "more", "title": "Altri orari"}]
    the_list = {
        "type": "list",
        "body": {"text": "Quando?"},
        "action": {"button": "Scegli", "sections": [{"rows": rows}]},
    }
    wamid = shop.send(type="interactive", interactive=the_list).json()["messages"][0]["id"]
    (sent,) = meta.messages()

    assert (sent.text, sent.options) == ("Quando?", [("slot:1", "gio 26/11 09:30"), ("more", "Altri orari")])
    meta.tap("wa-rossi", ANNA, sent, "slot:1")
    meta.react("wa-rossi", ANNA, wamid, "👍")
    _first, tap, reaction = product.wait("messages", 3)
    tap, reaction = sorted((tap, reaction), key=lambda each: each["type"])
    assert tap["interactive"] == {
        "type": "list_reply",
        "list_reply": {"id": "slot:1", "title": "gio 26/11 09:30"},
    }
    assert tap["context"] == {"from": "390212345678", "id": wamid}
    assert reaction["reaction"] == {"message_id": wamid, "emoji": "👍"}


def test_raw_messages_go_out_as_they_are(on_stage: Stage) -> None:
    meta, product, _shop = on_stage
    raw = [{"type": "unsupported", "errors": [{"code": 131051}], "id": "wamid.a"}, {"type": "hologram"}]

    ids = meta.write_many("wa-rossi", ANNA, raw, name="Anna")
    messages = product.wait("messages", 2)

    assert len(product.payloads) == 1
    assert [each["id"] for each in messages] == ids
    assert messages[0]["errors"] == [{"code": 131051}]
    assert meta.post(b"{nonsense") == 400
    assert meta.post(meta.payload("wa-elsewhere", messages=[{"id": "x"}])) == 200


# --- shops send ---------------------------------------------------------------------------------------------------


def test_statuses_come_back_with_what_was_sent_along(on_stage: Stage) -> None:
    meta, product, shop = on_stage
    meta.write("wa-rossi", ANNA, "Ciao")
    answer = shop.say("Buongiorno", biz_opaque_callback_data="my-own-id").json()
    wamid = answer["messages"][0]["id"]

    assert answer["contacts"] == [{"input": ANNA, "wa_id": "393331234567"}]
    product.wait("statuses", 2)
    assert meta.read("wa-rossi", ANNA) == 1
    assert meta.read("wa-rossi", ANNA) == 0
    statuses = product.wait("statuses", 3)
    assert {each["status"] for each in statuses} == {"sent", "delivered", "read"}
    assert {each["id"] for each in statuses} == {wamid}
    assert {each["biz_opaque_callback_data"] for each in statuses} == {"my-own-id"}
    assert all(each["timestamp"].isdecimal() for each in statuses)
    assert statuses[0]["pricing"]["category"] == "service"
    assert meta.wait_idle()
    (kept,) = meta.messages()
    assert [(each["status"], each["acknowledged"]) for each in kept.statuses] == [
        ("sent", True),
        ("delivered", True),
        ("read", True),
    ]


def test_read_receipts_and_typing(on_stage: Stage) -> None:
    meta, _product, shop = on_stage
    first, second = meta.write("wa-rossi", ANNA, "Ciao"), meta.write("wa-rossi", ANNA, "Ci siete?")
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": first}

    assert shop.post(read | {"typing_indicator": {"type": "text"}}).json() == {"success": True}

    chat = phone(meta)
    assert chat["bubbles"][0]["ticks"] == "read"
    assert chat["bubbles"][1]["ticks"] != "read"
    assert 20_000 < chat["typing_ms"] <= 25_000
    assert meta.sent[-1].type == "typing"
    assert meta.messages() == []
    shop.post(read | {"message_id": second})
    assert [each["ticks"] for each in phone(meta)["bubbles"]] == ["read", "read"]
    shop.say("Eccomi")
    assert phone(meta)["typing_ms"] == 0
    assert error_of(shop.post(read | {"message_id": "wamid.unknown"})) == (400, 131009)
    assert error_of(Shop(meta, "wa-bianchi").post(read)) == (400, 131009)


def phone(meta: Meta, line: str = "wa-rossi", person: str = ANNA) -> dict[str, Any]:
    asked = {"line": line, "person": person}
    return requests.get(f"{meta.url}/_phone/chat", params=asked, timeout=5).json()


@pytest.mark.parametrize("wrote", [True, False])
def test_a_closed_window_is_a_failed_status_and_templates_pass(on_stage: Stage, wrote: bool) -> None:
    meta, product, shop = on_stage
    if wrote:
        meta.write("wa-rossi", ANNA, "Ciao")
        assert shop.say("Buongiorno").status_code == 200
        product.wait("statuses", 2)
        meta.close_window("wa-rossi", ANNA)
    before = len(product.values("statuses"))

    assert shop.say("Ancora io").status_code == 200
    failed = product.wait("statuses", before + 1)[-1]
    assert (failed["status"], failed["errors"][0]["code"]) == ("failed", 131047)
    assert "Ancora io" not in json.dumps(phone(meta))

    make_template(shop)
    assert send_template(shop, "Anna").status_code == 200
    passed = product.wait("statuses", before + 3)[-1]
    assert (passed["status"], passed["pricing"]["category"]) == ("delivered", "utility")

    meta.set_faults(window="response")
    assert error_of(shop.say("E ora?")) == (400, 131047)


def make_template(shop: Shop) -> requests.Response:
    body = {"type": "BODY", "text": "Buongiorno {{1}}, a domani.", "example": {"body_text": [["Anna"]]}}
    buttons = {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Annulla"}]}
    wanted = {
        "name": "promemoria",
        "language": "it",
        "category": "UTILITY",
        "components": [body, buttons],
    }
    return shop.post(wanted, "waba-rossi/message_templates")


def send_template(shop: Shop, *words: str) -> requests.Response:
    parameters = [{"type": "text", "text": each} for each in words]
    payload = {"type": "payload", "payload": "annulla:7"}
    components = [
        {"type": "body", "parameters": parameters},
        {"type": "button", "sub_type": "quick_reply", "index": "0", "parameters": [payload]},
    ]
    template = {"name": "promemoria", "language": {"code": "it"}, "components": components}
    return shop.send(type="template", template=template)


def test_templates_are_made_listed_changed_and_tapped(on_stage: Stage) -> None:
    meta, product, shop = on_stage
    assert error_of(send_template(shop, "Anna")) == (404, 132001)
    made = make_template(shop).json()
    assert made["status"] == "APPROVED"
    assert error_of(make_template(shop)) == (400, 100)
    listed = shop.call("GET", "waba-rossi/message_templates", params={"name": "promemoria"}).json()["data"]
    assert [(each["id"], each["status"], each["language"]) for each in listed] == [
        (made["id"], "APPROVED", "it")
    ]
    assert error_of(send_template(shop, "Anna", "giovedì")) == (400, 132000)

    assert send_template(shop, "Anna").status_code == 200
    (sent,) = meta.messages()
    meta.tap("wa-rossi", ANNA, sent, "annulla:7")
    button = product.wait("messages", 1)[0]
    assert button["button"] == {"text": "Annulla", "payload": "annulla:7"}
    assert button["context"]["id"] == sent.wamid

    changed = {"components": [{"type": "BODY", "text": "A domani."}]}
    assert shop.post(changed, made["id"]).json()["success"]
    assert error_of(Shop(meta, "wa-bianchi").post(changed, made["id"])) == (400, 100)
    assert shop.call("GET", made["id"]).json()["components"] == changed["components"]
    approved = [
        change
        for each in product.payloads
        for change in each["entry"][0]["changes"]
        if change["field"] == "message_template_status_update"
    ]
    assert approved[0]["value"]["event"] == "APPROVED"


def test_templates_can_wait_for_approval_and_be_paused(on_stage: Stage) -> None:
    meta, _product, shop = on_stage
    meta.set_faults(pending=True)
    assert make_template(shop).json()["status"] == "PENDING"
    assert error_of(send_template(shop, "Anna")) == (404, 132001)
    for status, code in (("APPROVED", None), ("PAUSED", 132015), ("DISABLED", 132016)):
        requests.post(
            f"{meta.url}/_templates", json={"name": "promemoria", "status": status}, timeout=5
        ).raise_for_status()
        answer = send_template(shop, "Anna")
        assert answer.json().get("error", {}).get("code") == code


def test_a_business_scoped_id_in_to_is_dropped_in_silence(on_stage: Stage) -> None:
    meta, product, shop = on_stage
    meta.write("wa-rossi", "IT.1349", "Ciao")

    answer = shop.post(
        {"messaging_product": "whatsapp", "to": "IT.1349", "type": "text", "text": {"body": "x"}}
    )

    assert answer.status_code == 200
    assert answer.json()["messages"][0]["id"]
    time.sleep(0.3)
    assert product.values("statuses") == []
    assert len(phone(meta, person="IT.1349")["bubbles"]) == 1
    assert "dropped" in meta.sent[-1].faults[0]


@pytest.mark.parametrize("to", ["+390255512345", "IT.99999", "+393330000000"])
def test_people_without_whatsapp_are_undeliverable(on_stage: Stage, to: str) -> None:
    meta, product, shop = on_stage
    meta.set_faults(undeliverable=["+39 333 0000000"])

    assert shop.say("Buongiorno", to=to).status_code == 200

    failed = product.wait("statuses", 1)[0]
    assert (failed["status"], failed["errors"][0]["code"]) == ("failed", 131026)


def test_refusals_have_metas_shape_and_are_noted(on_stage: Stage) -> None:
    meta, _product, shop = on_stage
    meta.write("wa-rossi", ANNA, "Ciao")

    assert error_of(shop.say("x" * 4097)) == (400, 131009)
    assert error_of(shop.say("io", to="+390212345678")) == (400, 131021)
    assert error_of(shop.post([1])) == (400, 100)
    assert error_of(shop.call("POST", "wa-rossi/messages", data=b"{no json")) == (400, 100)
    assert error_of(shop.send(type="image", image={"id": "123"})) == (400, 131053)
    assert error_of(shop.call("GET", "wa-nowhere")) == (400, 100)
    assert [each.error["code"] for each in meta.sent if each.error] == [131009, 131021, 100, 131053]
    assert meta.messages() == []


def test_rates_of_a_pair_and_of_a_number(on_stage: Stage) -> None:
    meta, _product, shop = on_stage
    meta.write("wa-rossi", ANNA, "Ciao")
    answers = [shop.say(str(n)) for n in range(46)]
    assert [each.status_code for each in answers] == [200] * 45 + [400]
    assert error_of(answers[-1]) == (400, 131056)

    with ThreadPoolExecutor(8) as pool:
        many = list(pool.map(lambda n: Shop(meta).say("x", to=f"+39333{n:07}"), range(400)))
    assert {each.status_code for each in many} <= {200, 429}
    refused = [each for each in many if each.status_code != 200]
    assert refused
    assert {error_of(each) for each in refused} == {(429, 130429)}
    meta.set_faults(rates=False)
    assert shop.say("senza limiti").status_code == 200


# --- tokens, numbers, files ---------------------------------------------------------------------------------------


def test_a_token_opens_its_own_line_only(on_stage: Stage) -> None:
    meta, _product, shop = on_stage
    shop.token = "wrong"
    assert error_of(shop.say("x")) == (401, 190)
    shop.token = ""
    assert error_of(shop.call("GET", "wa-rossi")) == (401, 190)
    shop.token = meta.token("wa-bianchi")
    assert error_of(shop.say("x")) == (400, 100)
    assert error_of(shop.call("GET", "waba-rossi/message_templates")) == (400, 100)
    meta.add_line("wa-rossi", waba_id="waba-rossi", token="the new one")
    shop.token = "the new one"
    assert shop.call("GET", "wa-rossi").status_code == 200
    assert [each for each in meta.sent if not each.error] == []


def test_what_a_check_asks_for(on_stage: Stage) -> None:
    meta, _product, shop = on_stage
    number = shop.call("GET", "wa-rossi", params={"fields": "verified_name,quality_rating"}).json()
    assert (number["verified_name"], number["quality_rating"]) == ("Officina Rossi", "GREEN")
    assert number["display_phone_number"] == "+39 0212345678"
    listed = shop.call("GET", "waba-rossi/phone_numbers").json()["data"]
    assert [each["id"] for each in listed] == ["wa-rossi"]
    assert len(shop.call("GET", "waba-rossi/subscribed_apps").json()["data"]) == 1
    assert shop.call("DELETE", "waba-rossi/subscribed_apps").json() == {"success": True}
    assert shop.call("GET", "waba-rossi/subscribed_apps").json()["data"] == []
    assert shop.call("POST", "waba-rossi/subscribed_apps").json() == {"success": True}
    token = {"input_token": meta.token("wa-rossi")}
    assert shop.call("GET", "debug_token", params=token).json()["data"]["is_valid"]
    assert not shop.call("GET", "debug_token", params={"input_token": "x"}).json()["data"]["is_valid"]
    assert meta.verify_webhook("the token")
    assert not meta.verify_webhook("another")


def test_a_file_is_fetched_with_the_token_within_five_minutes(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    meta, product, shop = on_stage
    content = b"OggS a voice note"
    meta.write_file("wa-rossi", ANNA, "audio", content, "audio/ogg; codecs=opus", voice=True)
    audio = product.wait("messages", 1)[0]["audio"]
    assert audio["voice"] is True
    assert base64.b64decode(audio["sha256"]) == hashlib.sha256(content).digest()

    described = shop.call("GET", audio["id"]).json()
    assert described["sha256"] == hashlib.sha256(content).hexdigest()
    assert (described["mime_type"], described["file_size"]) == ("audio/ogg; codecs=opus", len(content))
    url = described["url"]
    bearer = {"Authorization": f"Bearer {shop.token}"}
    assert requests.get(url, headers=bearer, timeout=5).content == content
    assert requests.get(url, timeout=5).status_code == 401
    other = {"Authorization": f"Bearer {meta.token('wa-bianchi')}"}
    assert requests.get(url, headers=other, timeout=5).status_code == 404
    assert error_of(Shop(meta, "wa-bianchi").call("GET", audio["id"])) == (400, 100)
    monkeypatch.setattr("sandbox.meta.graph.TICKET_SECONDS", -1.0)
    late = shop.call("GET", audio["id"]).json()["url"]
    assert requests.get(late, headers=bearer, timeout=5).status_code == 404


def test_a_file_may_lie_about_its_sum_and_type(on_stage: Stage) -> None:
    meta, product, shop = on_stage
    meta.write_file("wa-rossi", ANNA, "image", b"<html>", "image/jpeg", caption="libretto", sha256="0" * 64)
    image = product.wait("messages", 1)[0]["image"]
    assert (image["mime_type"], image["caption"]) == ("image/jpeg", "libretto")
    assert base64.b64decode(image["sha256"]) == bytes(32)
    assert shop.call("GET", image["id"]).json()["sha256"] == "0" * 64


@pytest.mark.parametrize(
    ("content", "mime_type", "status"),
    [
        (b"\xff\xd8 picture", "image/jpeg", 200),
        (b"%PDF-1.7", "application/pdf", 200),
        (b"GIF89a", "image/gif", 400),
        (b"x" * (5 * 1024 * 1024 + 1), "image/png", 400),
        (b"", "image/png", 400),
    ],
    ids=["jpeg", "pdf", "gif", "too large", "empty"],
)
def test_files_that_shops_upload(on_stage: Stage, content: bytes, mime_type: str, status: int) -> None:
    meta, _product, shop = on_stage
    meta.write("wa-rossi", ANNA, "Ciao")
    answer = shop.call(
        "POST",
        "wa-rossi/media",
        files={"file": ("preventivo", content, mime_type)},
        data={"messaging_product": "whatsapp", "type": mime_type},
    )
    assert answer.status_code == status
    if status == 200:
        kind = "image" if mime_type.startswith("image") else "document"
        assert shop.send(type=kind, **{kind: {"id": answer.json()["id"]}}).status_code == 200
        file = phone(meta)["bubbles"][-1]["file"]
        assert requests.get(f"{meta.url}{file['url']}", timeout=5).content == content


# --- memory and load ----------------------------------------------------------------------------------------------


def test_it_remembers_over_a_restart(on_stage: Stage, tmp_path: Path) -> None:
    meta, product, shop = on_stage
    keeper = Keeper(meta.world, tmp_path)
    meta.write_file("wa-rossi", ANNA, "image", b"picture", "image/png", name="Anna")
    make_template(shop)
    shop.say("Buongiorno")
    meta.wait_idle()
    keeper.close()

    again = Meta(SECRET, product.server.url, lines=demo_lines({}))
    Keeper(again.world, tmp_path).close()
    try:
        assert [each["type"] for each in phone(again)["bubbles"]] == ["image", "text"]
        file = phone(again)["bubbles"][0]["file"]
        assert requests.get(f"{again.url}{file['url']}", timeout=5).content == b"picture"
        later = Shop(again)
        assert later.say("La finestra è aperta").status_code == 200
        assert send_template(later, "Anna").status_code == 200
        assert [each.id for each in again.sent] == [1, 2, 3]
        before = len(product.wait("statuses", 6))
        assert again.read("wa-rossi", ANNA) == 3
        product.wait("statuses", before + 3)
    finally:
        again.close()


def test_what_was_not_acknowledged_is_sent_again_after_a_restart(on_stage: Stage, tmp_path: Path) -> None:
    meta, product, _shop = on_stage
    keeper = Keeper(meta.world, tmp_path)
    product.status = 503
    quoted = meta.write("wa-rossi", "IT.1349", "Ciao", name="Lucia")
    second = meta.write("wa-rossi", "IT.1349", "Ci siete?", context=quoted)
    keeper.close()
    meta.close()
    product.status = 200

    again = Meta(SECRET, product.server.url, lines=demo_lines({}))
    Keeper(again.world, tmp_path).close()
    try:
        came = {each["id"]: each for each in product.wait("messages", 2)}
        assert came.keys() == {quoted, second}
        assert came[second]["text"] == {"body": "Ci siete?"}
        assert came[second]["context"] == {"from": "390212345678", "id": quoted}
        assert came[quoted]["from_user_id"] == "IT.1349"
        assert again.wait_idle()
        assert [each["ticks"] for each in phone(again, person="IT.1349")["bubbles"]] == ["delivered"] * 2
    finally:
        again.close()


def test_a_broken_memory_is_put_aside(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"people": 7', encoding="utf-8")
    with stage() as (meta, _product, _shop):
        Keeper(meta.world, tmp_path).close()
    assert (tmp_path / "state.json.broken").exists()


def test_a_hundred_connections_at_once(on_stage: Stage) -> None:
    meta, product, _shop = on_stage
    meta.set_faults(slow_ms=300, rates=False)
    people = [f"+39333{n:07}" for n in range(100)]
    for person in people:
        meta.write("wa-rossi", person, "Ciao")
    began = time.monotonic()
    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda person: Shop(meta).say("Buongiorno", to=person).status_code, people))
    assert answers == [200] * 100
    assert time.monotonic() - began < 6
    assert len(product.wait("statuses", 200, 20)) == 200

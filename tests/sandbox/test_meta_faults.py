"""What can be made to go wrong at the stand-in, and the knobs over HTTP."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.httpd import BadRequest
from sandbox.meta import Meta, demo_lines
from sandbox.postgres import free_port
from sandbox.watchdog import REPOSITORY
from tests.sandbox.product import ANNA, SECRET, Product, Shop, stage

Stage = tuple[Meta, Product, Shop]


@pytest.fixture
def on_stage() -> Iterator[Stage]:
    with stage() as found:
        found[0].write("wa-rossi", ANNA, "Ciao")
        found[1].wait("messages", 1)
        yield found


def codes(answers: list[requests.Response]) -> list[int]:
    return [each.json().get("error", {}).get("code", 0) for each in answers]


def test_the_next_ones_fail_with_a_code_and_a_status(on_stage: Stage) -> None:
    meta, product, shop = on_stage
    meta.set_faults(fail=[{"code": 131000, "next": 2}, {"code": 80007, "status": 503, "next": 1}])

    answers = [shop.say("x") for _ in range(4)]

    assert codes(answers) == [131000, 131000, 80007, 0]
    assert [each.status_code for each in answers] == [500, 500, 503, 200]
    product.wait("statuses", 2)
    assert [each.faults for each in meta.sent] == [["fail 131000"], ["fail 131000"], ["fail 80007"], []]


def test_some_fail_later_by_a_status(on_stage: Stage) -> None:
    meta, product, shop = on_stage
    meta.set_faults(fail={"code": 131049, "next": 1, "as": "status"})

    assert shop.say("x").status_code == 200

    failed = product.wait("statuses", 1)[0]
    assert (failed["status"], failed["errors"][0]["code"]) == ("failed", 131049)


def test_a_share_of_one_line_fails(on_stage: Stage) -> None:
    meta, _product, shop = on_stage
    meta.set_faults(fail={"code": 2, "share": 0.5, "line": "wa-rossi"}, seed=1, rates=False)
    other = Shop(meta, "wa-bianchi")
    meta.write("wa-bianchi", ANNA, "Ciao")

    mine = codes([shop.say("x") for _ in range(40)])

    assert 8 < mine.count(2) < 32
    assert set(codes([other.say("x") for _ in range(10)])) == {0}


def test_a_dead_token_of_one_line(on_stage: Stage) -> None:
    meta, _product, shop = on_stage
    meta.set_faults(fail={"code": 190, "line": "wa-rossi"})
    assert codes([shop.say("x"), shop.say("x")]) == [190, 190]
    meta.reset_faults()
    assert codes([shop.say("x")]) == [0]


def test_a_lost_answer_was_accepted_and_a_dropped_request_was_not(on_stage: Stage) -> None:
    meta, product, shop = on_stage
    meta.set_faults(lose={"next": 1})
    with pytest.raises(requests.ConnectionError):
        shop.say("perso", biz_opaque_callback_data="mine")
    assert product.wait("statuses", 2)[0]["biz_opaque_callback_data"] == "mine"
    assert [each.text for each in meta.messages()] == ["perso"]

    meta.set_faults(drop={"next": 1})
    with pytest.raises(requests.ConnectionError):
        shop.say("mai arrivato")
    assert [each.text for each in meta.messages()] == ["perso"]
    assert shop.say("di nuovo").status_code == 200


def test_slowness_strikes_answers_not_what_was_done(on_stage: Stage) -> None:
    meta, product, shop = on_stage
    meta.set_faults(slow_ms=400, jitter_ms=50)
    began = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(shop.say, "x")
        product.wait("statuses", 1)
        assert not asked.done()
        assert asked.result().status_code == 200
    assert 0.4 <= time.monotonic() - began < 2


def test_no_statuses(on_stage: Stage) -> None:
    meta, product, shop = on_stage
    meta.set_faults(statuses=False)
    shop.say("x")
    time.sleep(0.4)
    assert product.values("statuses") == []
    assert [each["status"] for each in meta.messages()[0].statuses] == ["sent", "delivered"]


def test_every_webhook_three_times_and_late(on_stage: Stage) -> None:
    meta, product, _shop = on_stage
    meta.set_faults(duplicate=3, shuffle_ms=200, seed=3)
    written = [meta.write("wa-rossi", ANNA, str(n)) for n in range(10)]

    messages = product.wait("messages", 31)[1:]

    came = [each["id"] for each in messages]
    assert sorted(came) == sorted(written * 3)
    assert came != sorted(came, key=written.index)


def test_webhooks_wait_until_told(on_stage: Stage) -> None:
    meta, product, _shop = on_stage
    meta.set_faults(hold=True)
    written = [meta.write("wa-rossi", ANNA, str(n)) for n in range(5)]
    time.sleep(0.1)
    assert len(product.values("messages")) == 1
    assert meta.deliverer.held == 5

    assert meta.release(random.Random(2).shuffle) == 5

    assert sorted(each["id"] for each in product.wait("messages", 6)[1:]) == sorted(written)


def test_a_refused_webhook_comes_again_and_keeps_nobody_waiting() -> None:
    with stage() as (meta, product, _shop):
        product.status = 503
        wamid = meta.write("wa-rossi", ANNA, "Ciao")
        until = time.monotonic() + 5
        while len(meta.deliverer.refused) < 3 and time.monotonic() < until:
            time.sleep(0.01)
        pauses = [
            later["at"] - earlier["at"]
            for earlier, later in zip(meta.deliverer.refused, meta.deliverer.refused[1:], strict=False)
        ]
        assert pauses[1] > pauses[0] > 0.015
        assert meta.deliverer.refused[0]["status"] == 503
        assert not meta.wait_idle(0.01)

        product.status = 200
        assert meta.wait_idle()

        assert [each["id"] for each in product.values("messages")] == [wamid]
        assert meta.world.chats["wa-rossi", "393331234567"].bubbles[0].ticks == "delivered"


def test_a_product_that_is_away_gets_its_webhooks_when_it_is_back() -> None:
    port = free_port()
    with stage() as (_meta, product, _shop):
        meta = Meta(SECRET, f"http://127.0.0.1:{port}", lines=demo_lines({}), first_retry=0.02)
        try:
            meta.write("wa-rossi", ANNA, "Ciao")
            assert not meta.wait_idle(0.1)
            assert meta.deliverer.refused[0]["status"] == 0
            meta.deliverer.url = f"{product.server.url}/api/whatsapp/webhook"
            assert meta.wait_idle()
            assert len(product.values("messages")) == 1
        finally:
            meta.close()


@pytest.mark.parametrize(
    "wanted",
    [{"slowness": 3}, {"fail": {"kode": 3}}, {"fail": 7}, {"lose": {"next": 1, "code": 3}}],
)
def test_faults_that_do_not_exist_are_refused_in_words(on_stage: Stage, wanted: dict[str, Any]) -> None:
    meta, _product, _shop = on_stage
    with pytest.raises(BadRequest):
        meta.set_faults(**wanted)
    answer = requests.post(f"{meta.url}/_faults", json=wanted, timeout=5)
    assert answer.status_code == 400
    assert "fault" in answer.json()["error"]


# --- over HTTP ----------------------------------------------------------------------------------------------------


class Knobs:
    """The stand-in as another program uses it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        return requests.request(method, f"{self.url}{path}", json=body, headers=headers, timeout=10)


def test_the_knobs(on_stage: Stage) -> None:
    meta, product, shop = on_stage
    knobs = Knobs(meta.url)
    wrote = knobs(
        "POST", "/_write", {"line": "wa-rossi", "from": ANNA, "name": "Anna", "text": "Ancora"}
    ).json()
    assert product.wait("messages", 2)[1]["id"] == wrote["id"]
    place = {"latitude": 45.4, "longitude": 9.1}
    knobs("POST", "/_write", {"line": "wa-rossi", "from": "IT.77", "type": "location", "location": place})
    assert product.wait("messages", 3)[2]["location"] == place

    knobs("POST", "/_faults", {"fail": {"code": 131000, "next": 1}})
    assert knobs("GET", "/_faults").json()["fail"] == [
        {"next": 1, "share": 0.0, "line": "", "code": 131000, "status": 0, "as": "response"}
    ]
    shop.say("uno")
    shop.say("due", biz_opaque_callback_data="d")
    product.wait("statuses", 2)
    meta.wait_idle()
    first, second = knobs("GET", "/_sent").json()
    assert (first["status"], first["error"]["code"], first["wamid"]) == (500, 131000, "")
    assert (second["status"], second["error"], second["type"]) == (200, None, "text")
    assert second["body"]["biz_opaque_callback_data"] == "d"
    assert [each["status"] for each in second["statuses"]] == ["sent", "delivered"]
    assert abs(second["at"] - time.time()) < 60
    since = knobs("GET", f"/_sent?since={first['id']}&phone_number_id=wa-rossi&to=%2B393331234567").json()
    assert [each["id"] for each in since] == [second["id"]]
    assert knobs("GET", "/_sent?phone_number_id=wa-bianchi").json() == []
    assert knobs("POST", "/_read", {"line": "wa-rossi", "from": ANNA}).json() == {"read": 1}
    assert knobs("DELETE", "/_sent").json() == {"success": True}
    assert knobs("GET", "/_sent").json() == []
    assert knobs("DELETE", "/_faults").json()["fail"] == []
    assert knobs("GET", "/_health").json()["lines"] == ["wa-bianchi", "wa-rossi"]
    assert knobs("POST", "/_webhook", meta.payload("wa-rossi", statuses=[])).json() == {"status": 200}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"line": "wa-verdi", "from": ANNA, "text": "x"}, "no line wa-verdi"),
        ({"line": "wa-rossi", "text": "x"}, "Nobody writes"),
        ({"line": "wa-rossi", "from": ANNA, "type": "image", "base64": "%"}, "base64"),
        ([], "JSON object"),
    ],
)
def test_what_cannot_be_written_is_said(on_stage: Stage, body: Any, words: str) -> None:
    answer = Knobs(on_stage[0].url)("POST", "/_write", body)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


def test_pages_of_other_sites_may_not_press_the_knobs(on_stage: Stage) -> None:
    meta, product, _shop = on_stage
    knobs = Knobs(meta.url)
    body = {"line": "wa-rossi", "from": ANNA, "text": "x"}
    assert knobs("POST", "/_write", body, Origin="https://evil.example").status_code == 400
    assert knobs("POST", "/_write", body, Host="evil.example").status_code == 400
    assert knobs("GET", "/_phone/chat?line=wa-rossi&person=1", Host="evil.example:80").status_code == 400
    assert knobs("POST", "/_write", body, Origin=meta.url).status_code == 200
    assert len(product.wait("messages", 2)) == 2


def test_as_a_program(tmp_path: Path) -> None:
    port, product = free_port(), Product()
    env = os.environ | {
        "WHATSAPP_APP_SECRET": SECRET,
        "WHATSAPP_TOKEN_ROSSI": "from the environment",
        "META_FAULTS": json.dumps({"fail": {"code": 131016, "next": 1}}),
    }
    command = [sys.executable, "-m", "sandbox.meta", "--port", str(port), "--product", product.server.url]
    with (
        product.server,
        subprocess.Popen(
            [*command, "--data", str(tmp_path)], cwd=REPOSITORY, env=env, stdout=subprocess.PIPE, text=True
        ) as program,
    ):
        assert program.stdout is not None
        assert f"http://localhost:{port}/" in program.stdout.readline()
        url = f"http://127.0.0.1:{port}"
        Knobs(url)("POST", "/_write", {"line": "wa-rossi", "from": ANNA, "text": "Ciao"})
        product.wait("messages", 1)
        body = {"messaging_product": "whatsapp", "to": ANNA, "type": "text", "text": {"body": "x"}}
        headers = {"Authorization": "Bearer from the environment"}
        answers = [
            requests.post(f"{url}/v25.0/wa-rossi/messages", json=body, headers=headers, timeout=5)
            for _ in range(2)
        ]
        assert codes(answers) == [131016, 0]
        program.send_signal(signal.SIGTERM)
        assert program.wait(10) == 0
    assert "Ciao" in (tmp_path / "state.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({}, "Set WHATSAPP_APP_SECRET"),
        ({"WHATSAPP_APP_SECRET": SECRET, "META_FAULTS": '{"x": 1}'}, "There is no fault x"),
        ({"WHATSAPP_APP_SECRET": SECRET, "META_FAULTS": "nonsense"}, "META_FAULTS cannot be read"),
    ],
)
def test_it_says_in_one_sentence_why_it_cannot_begin(env: dict[str, str], words: str) -> None:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("WHATSAPP_", "META_"))}
    done = subprocess.run(
        [sys.executable, "-m", "sandbox.meta", "--port", str(free_port())],
        cwd=REPOSITORY,
        env=clean | env,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 1
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1

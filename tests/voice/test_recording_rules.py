"""Recording: only after the announcement, not against the caller's will, and not beyond the transfer."""

import io
import wave
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from receptionist import conversations, recording
from receptionist.models import AIConfig, Conversation, Media, MediaState, RemoteCopy
from receptionist.rights import erase
from sandbox.httpd import HttpServer, Reply
from sandbox.recording import RATE, tone
from scheduling.models import Consent
from shops.context import in_shop
from shops.downloads import Download
from shops.http import OutboundError
from shops.models import Shop
from tests import factories
from tests.voice.conftest import Post
from tests.voice.payloads import load
from voice import cutting, recordings, refusing

REPORT = "end-of-call-report__artifact"
CALL = load(REPORT)["message"]["call"]["id"]


@pytest.fixture
def asked(rossi: Shop) -> Any:
    """What Vapi is to delete."""

    def asked() -> list[str]:
        with in_shop(rossi):
            return list(RemoteCopy.objects.filter(service="vapi").values_list("external_id", flat=True))

    return asked


def seconds(data: bytes) -> float:
    with wave.open(io.BytesIO(data)) as file:
        return float(file.getnframes() / file.getframerate())


def refuse_by_tool() -> Any:
    payload = load("tool-calls__captured_objects")
    for key in ("toolCallList", "toolCalls", "toolWithToolCallList"):
        payload["message"].pop(key, None)
    payload["message"]["toolCallList"] = [
        {"id": "call_no", "type": "function", "function": {"name": refusing.NAME, "arguments": {}}}
    ]
    return payload


# --- the announcement ---------------------------------------------------------------------------------------------


def test_recorded_only_where_the_first_sentence_says_so(post: Post, rossi: Shop) -> None:
    def ring() -> Any:
        return post("assistant-request__caller_shown")["assistant"]

    assert ring()["artifactPlan"]["recordingEnabled"] is False
    with in_shop(rossi):
        AIConfig.objects.update(recording_enabled=True, greeting="Pronto?")
    assistant = ring()
    assert assistant["artifactPlan"] == {
        "recordingEnabled": True,
        "recordingFormat": "wav;l16",
        "pcapEnabled": False,
    }
    assert recording.ANNOUNCEMENT in assistant["firstMessage"]
    with in_shop(rossi):
        call = Conversation.objects.get()
    assert call.disclosed_at is not None
    assert "artificiale" in call.disclosure


def test_a_recording_without_the_announcement_is_not_kept(post: Post, rossi: Shop, asked: Any) -> None:
    post(REPORT)  # of a call whose first sentence nobody knows
    with in_shop(rossi):
        assert not Media.objects.exists()
    assert asked() == [CALL]


# --- the refusal --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("announced")
def test_who_refuses_is_not_kept_and_books_all_the_same(post: Post, rossi: Shop, asked: Any) -> None:
    with in_shop(rossi):
        who = factories.customer(phone="+393331234567")
        Conversation.objects.update(customer=who)
    said = post(refuse_by_tool())["results"]
    assert said == [{"toolCallId": "call_no", "name": refusing.NAME, "result": recording.REFUSED}]
    post(refuse_by_tool())
    post(REPORT)
    with in_shop(rossi):
        consent = Consent.objects.get()
        assert (consent.purpose, consent.granted, consent.channel) == ("recording", False, "voice")
        assert recording.ANNOUNCEMENT in consent.wording
        assert consent.conversation_id == Conversation.objects.get().pk
        assert not Media.objects.exclude(state=MediaState.PURGED).exists()
        assert Conversation.objects.get().messages.count() == 4, "what was said is kept"
    assert asked() == [CALL]


@pytest.mark.usefixtures("announced")
def test_a_refusal_that_the_model_missed_is_heard_in_the_report(post: Post, rossi: Shop, asked: Any) -> None:
    report = load(REPORT)
    report["message"]["artifact"]["messages"].append(
        {"role": "user", "message": "Guardi, non voglio essere registrato.", "time": 1795509679712}
    )
    post(report)
    with in_shop(rossi):
        assert not Media.objects.exists()
        assert Conversation.objects.get().recording_refused_at is not None
    assert asked() == [CALL]


def test_who_refused_once_is_not_recorded_the_next_time(post: Post, rossi: Shop) -> None:
    with in_shop(rossi):
        AIConfig.objects.update(recording_enabled=True)
        who = factories.customer(phone="+393331234567")
        before = conversations.open_call(external_id="earlier", phone_number="+393331234567")
        assert before.customer_id == who.pk
        recording.refuse(conversation=before)
    assistant = post("assistant-request__caller_shown")["assistant"]
    assert assistant["artifactPlan"]["recordingEnabled"] is False
    assert recording.ANNOUNCEMENT not in assistant["firstMessage"]
    tools = [each.get("function", {}).get("name") for each in assistant["model"]["tools"]]
    assert refusing.NAME not in tools
    with in_shop(rossi):
        assert AIConfig.load().recording_enabled, "for the others it is as it was"


def test_a_recording_that_is_there_already_goes(
    in_rossi: Shop, django_capture_on_commit_callbacks: Any
) -> None:
    from tests.receptionist.keeping import file, talk

    call = talk(timezone.now(), channel="voice", external_id=CALL)
    media = file(call, "recording", timezone.now())
    path = Path(media.file.path)
    with django_capture_on_commit_callbacks(execute=True):
        assert recording.refuse(conversation=call)
    assert not path.exists()
    media.refresh_from_db()
    assert media.state == MediaState.PURGED
    assert recording.refuse(conversation=call) is False


@pytest.mark.parametrize(
    "text",
    [
        "non voglio essere registrato",
        "Preferirei di no, non registratemi",
        "senza registrazione, per favore",
        "può spegnere la registrazione?",
        "no alla registrazione",
        "non acconsento alla registrazione della chiamata",
        "I do not want to be recorded",
        "please stop recording",
    ],
)
def test_refusals_are_heard(text: str) -> None:
    assert recording.refuses(text)


@pytest.mark.parametrize(
    "text",
    [
        "va bene, registri pure",
        "non ho registrato la macchina da voi",
        "vorrei un tagliando",
        "l'auto non parte",
        "Siete voi che avete registrato il collaudo?",
    ],
)
def test_other_things_are_no_refusal(text: str) -> None:
    assert not recording.refuses(text)


# --- the transfer -------------------------------------------------------------------------------------------------


def test_the_transfer_takes_the_assistant_out_and_ends_the_recording(post: Post, rossi: Shop) -> None:
    with in_shop(rossi):
        AIConfig.objects.update(transfer_number="+393480000001", transfer_out_of_hours=True)
    payload = load("transfer-destination-request__asked_for_a_person")
    destination = post(payload)["destination"]
    assert destination["transferPlan"] == {"mode": "blind-transfer"}
    with in_shop(rossi):
        first = Conversation.objects.get().recorded_until
    assert first is not None
    payload["message"]["timestamp"] += 60_000
    post(payload)
    with in_shop(rossi):
        assert Conversation.objects.get().recorded_until == first


@pytest.fixture
def tape(settings: Any) -> Iterator[Any]:
    """Serve these bytes as the recording."""
    settings.DOWNLOAD_FROM_PRIVATE_ADDRESSES = True
    servers: list[HttpServer] = []

    def tape(body: bytes, kind: str = "audio/wav") -> str:
        servers.append(HttpServer(lambda request: Reply(200, body, kind)))
        return f"{servers[-1].url}/call.wav"

    yield tape
    for each in servers:
        each.close()


def waiting(url: str, *, passed_on_after: float) -> Media:
    begun = timezone.now() - timedelta(minutes=5)
    call = conversations.open_call(external_id=CALL, phone_number=None, started_at=begun)
    recording.stop(conversation=call, at=begun + timedelta(seconds=passed_on_after))
    return Media.objects.create(conversation=call, kind="recording", source_url=url)


def test_what_follows_the_transfer_is_cut_off(in_rossi: Shop, tape: Any, asked: Any) -> None:
    media = waiting(tape(tone(8.0)), passed_on_after=5)
    assert recordings.fetch(media_id=media.pk)
    media.refresh_from_db()
    kept = Path(media.file.path).read_bytes()
    assert seconds(kept) == pytest.approx(5 - recordings.MARGIN.total_seconds())
    assert kept[44:] == tone(8.0)[44 : len(kept)]
    assert (media.state, media.size) == (MediaState.STORED, len(kept))
    assert asked() == [CALL], "Vapi's copy may hold the rest"


def test_a_recording_that_ended_with_the_transfer_is_whole(in_rossi: Shop, tape: Any) -> None:
    media = waiting(tape(tone(2.0)), passed_on_after=30)
    assert recordings.fetch(media_id=media.pk)
    media.refresh_from_db()
    assert Path(media.file.path).read_bytes() == tone(2.0)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"ID3" + bytes(5000), "audio/mpeg"),
        (b"RIFF" + bytes(5000), "audio/wav"),
        (tone(1.0)[:30], "audio/wav"),
    ],
    ids=["mp3", "broken", "short"],
)
def test_what_cannot_be_cut_is_not_kept(
    in_rossi: Shop, tape: Any, asked: Any, body: bytes, kind: str
) -> None:
    media = waiting(tape(body, kind), passed_on_after=5)
    with pytest.raises(OutboundError) as caught:
        recordings.fetch(media_id=media.pk)
    assert caught.value.permanent
    media.refresh_from_db()
    assert (media.state, media.file.name, media.source_url) == (MediaState.PURGED, "", "")
    assert asked() == [CALL]


@pytest.mark.usefixtures("announced")
def test_passed_on_nobody_knows_when_is_not_kept(post: Post, rossi: Shop, asked: Any) -> None:
    report = load("end-of-call-report__forwarded")
    report["message"]["artifact"]["recordingUrl"] = "https://storage.example.invalid/call.wav"
    post(report)
    with in_shop(rossi):
        assert not Media.objects.exists()
    assert asked() == [CALL]


def test_a_header_that_says_too_little_is_not_believed() -> None:
    """Written while it streams: the sizes in the header are those of nothing."""
    sound = tone(3.0)
    lying = sound[:4] + (36).to_bytes(4, "little") + sound[8:40] + (0).to_bytes(4, "little") + sound[44:]
    download = Download(file=io.BytesIO(lying), content_type="audio/wav", size=len(lying), sha256="")
    with cutting.shortened(download, 1.0) as short:
        assert len(short.file.read()) <= 44 + RATE * 2


def test_a_booking_is_no_matter_of_recording(post: Post, rossi: Shop) -> None:
    """The same tools answer the same before and after a refusal."""
    with in_shop(rossi):
        AIConfig.objects.update(recording_enabled=True)
    post("assistant-request__caller_shown")
    before = post("tool-calls__captured_objects")["results"]
    post(refuse_by_tool())
    again = load("tool-calls__captured_objects")
    again["message"]["toolCallList"][0]["id"] = "call_again"
    after = post(again)["results"]
    assert after[0]["result"] == before[0]["result"]
    with in_shop(rossi):
        assert list(Conversation.objects.get().tool_calls.values_list("ok", flat=True)) == [True, True]


# --- events in any order ------------------------------------------------------------------------------------------


def test_a_transfer_that_is_told_after_the_recording_came_takes_it_away(
    in_rossi: Shop, tape: Any, asked: Any, django_capture_on_commit_callbacks: Any
) -> None:
    media = waiting(tape(tone(8.0)), passed_on_after=60)
    Conversation.objects.update(recorded_until=None)
    assert recordings.fetch(media_id=media.pk)
    media.refresh_from_db()
    path = Path(media.file.path)
    assert path.exists()
    call = Conversation.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        recording.stop(conversation=call, at=call.started_at + timedelta(seconds=3))
    media.refresh_from_db()
    assert (media.state, path.exists()) == (MediaState.PURGED, False)
    assert asked() == [CALL]


def test_a_transfer_that_is_told_while_it_is_fetched(in_rossi: Shop, settings: Any) -> None:
    settings.DOWNLOAD_FROM_PRIVATE_ADDRESSES = True
    media = waiting("http://127.0.0.1:1/", passed_on_after=60)
    Conversation.objects.update(recorded_until=None)
    media.conversation.refresh_from_db()
    recordings_seen = recordings._seconds_to_keep(media)
    assert recordings_seen is None
    begun = media.conversation.started_at
    Conversation.objects.update(recorded_until=begun + timedelta(seconds=3))
    file = io.BytesIO(tone(8.0))
    download = Download(file=file, content_type="audio/wav", size=len(tone(8.0)), sha256="x")
    recordings._keep_if_still_right(media, download, ".wav", recordings_seen)
    media.refresh_from_db()
    assert (media.state, media.file.name) == (MediaState.PURGED, "")


def test_a_call_that_is_erased_while_its_recording_is_fetched_leaves_no_file(
    in_rossi: Shop, settings: Any
) -> None:
    """The task ends in peace, and nothing of the voice is on the disk."""
    settings.DOWNLOAD_FROM_PRIVATE_ADDRESSES = True
    media = waiting("http://127.0.0.1:1/", passed_on_after=60)
    who = factories.customer(phone="+393331234567")
    Conversation.objects.update(customer=who)
    seen = Media.objects.select_related("conversation").get(pk=media.pk)
    data = tone(2.0)
    download = Download(file=io.BytesIO(data), content_type="audio/wav", size=len(data), sha256="x")
    erase.erase(customer=who)
    assert not recordings._keep_if_still_right(seen, download, ".wav", None)
    assert not Media.objects.exists()
    folder = Path(default_storage.path(""))
    assert [each for each in folder.rglob("*") if each.is_file()] == []


def test_what_was_passed_on_before_it_began_is_not_kept(in_rossi: Shop, tape: Any, asked: Any) -> None:
    media = waiting(tape(tone(8.0)), passed_on_after=-30)
    assert not recordings.fetch(media_id=media.pk)
    media.refresh_from_db()
    assert (media.state, media.file.name) == (MediaState.PURGED, "")
    assert asked() == [CALL]


@pytest.mark.usefixtures("announced")
def test_a_status_of_the_transfer_after_the_report(post: Post, rossi: Shop) -> None:
    post(REPORT)
    with in_shop(rossi):
        media = Media.objects.get()
        assert media.state == MediaState.PENDING
    forwarding = load("status-update__forwarding")
    forwarding["message"]["call"]["id"] = CALL
    post(forwarding)
    with in_shop(rossi):
        call = Conversation.objects.get(external_id=CALL)
        assert call.recorded_until is not None
        media.refresh_from_db()
        assert recordings._seconds_to_keep(Media.objects.select_related("conversation").get()) is not None


@pytest.mark.usefixtures("announced")
def test_a_refusal_after_the_report_takes_what_waits(post: Post, rossi: Shop, asked: Any) -> None:
    post(REPORT)
    post(refuse_by_tool())
    post(REPORT)
    with in_shop(rossi):
        assert Media.objects.get().state == MediaState.PURGED
    assert asked() == [CALL]


def test_of_several_transfers_the_first_counts_in_any_order(in_rossi: Shop) -> None:
    begun = timezone.now() - timedelta(minutes=5)
    call = conversations.open_call(external_id=CALL, phone_number=None, started_at=begun)
    for seconds_in in (90, 30, 60):
        recording.stop(conversation=call, at=begun + timedelta(seconds=seconds_in))
    call.refresh_from_db()
    assert call.recorded_until == begun + timedelta(seconds=30)

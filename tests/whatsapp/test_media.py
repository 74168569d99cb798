"""Files: fetched once from a server on this machine, checked, kept in the shop's folder; voice notes written down."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from receptionist import handover, retention, signals
from receptionist.models import (
    AIConfig,
    Conversation,
    ConversationMessage,
    Media,
    MediaState,
    ModelUsage,
    OutboundMessage,
)
from shops.context import in_shop
from shops.http import OutboundError
from shops.models import Shop
from tests.database import superuser
from tests.whatsapp.conftest import TOKEN, Post
from tests.whatsapp.payloads import body, message, value
from whatsapp import media

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + b"\x00" * 500
PDF = b"%PDF-1.7\n" + b"a" * 500
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00" * 500
# Two pages; the last one ends after three seconds of 48,000 samples.
OGG = (
    b"OggS\x00\x02"
    + bytes(8)
    + b"\x01\x13OpusHead"
    + bytes(200)
    + b"OggS\x00\x04"
    + (144_000).to_bytes(8, "little")
)
OGG += bytes(100)


class Meta:
    """Meta's media, and a server that writes down voice notes."""

    def __init__(self) -> None:
        self.url = ""
        self.files: dict[str, tuple[dict[str, Any], bytes]] = {}
        self.asked: list[tuple[str, str]] = []  # path, Authorization
        self.statuses: dict[str, list[int]] = {}
        self.redirects: dict[str, str] = {}
        self.words: list[Any] = []
        self.heard = 0

    def has(self, media_id: str, content: bytes, mime_type: str, **said: Any) -> None:
        """Keep a file; `said` overrides what is said of it."""
        about = {
            "messaging_product": "whatsapp",
            "id": media_id,
            "url": f"{self.url}/file/{media_id}",
            "mime_type": mime_type,
            "sha256": hashlib.sha256(content).hexdigest(),
            "file_size": len(content),
        }
        self.files[media_id] = (about | said, content)

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        kind, _, name = path.strip("/").partition("/")
        if left := self.statuses.get(path):
            return left.pop(0), {}, b"{}"
        if path in self.redirects:
            return 302, {"Location": self.redirects[path]}, b""
        if name not in self.files:
            return (
                400,
                {},
                json.dumps({"error": {"code": 100, "message": "Unsupported get request."}}).encode(),
            )
        about, content = self.files[name]
        if kind == "file":
            return 200, {"Content-Type": str(about["mime_type"])}, content
        return 200, {"Content-Type": "application/json"}, json.dumps(about).encode()

    def write_down(self) -> tuple[int, dict[str, str], bytes]:
        self.heard += 1
        said = self.words.pop(0) if self.words else 500
        if isinstance(said, int):
            return said, {}, b"{}"
        return 200, {"Content-Type": "application/json"}, json.dumps(said).encode()


def served(found: Meta) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append((self.path, self.headers.get("Authorization", "")))
            self.reply(*found.answer(self.path))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self.reply(*found.write_down())

        def reply(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, said in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, said)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_args: object) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture
def meta(settings: Any) -> Iterator[Meta]:
    found = Meta()
    with served(found) as web:
        found.url = f"http://127.0.0.1:{web.server_port}"
        settings.WHATSAPP_API_URL, settings.WHATSAPP_API_VERSION = found.url, "v25.0"
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = f"{found.url}/v1", "a key"
        settings.DOWNLOAD_FROM_PRIVATE_ADDRESSES = True
        threading.Thread(target=web.serve_forever, args=(0.01,), daemon=True).start()
        yield found
        web.shutdown()


@pytest.fixture
def comes(post: Post, meta: Meta, rossi: Shop) -> Any:
    """A message with a file arrives; its Media row."""

    def comes(
        kind: str, content: bytes, mime_type: str, said: dict[str, Any] | None = None, **fields: Any
    ) -> Media:
        media_id = f"{kind}-{hashlib.sha256(content).hexdigest()[:8]}"
        meta.has(media_id, content, mime_type, **(said or {}))
        file = {"id": media_id, "mime_type": mime_type, **fields}
        post(body(value(message(None) | {"type": kind, kind: file})))
        with in_shop(rossi):
            return Media.objects.select_related("message").latest("created_at")

    return comes


def fetched(row: Media, shop: Shop, *, fails: bool = False) -> Media:
    """Fetch it as the task does; the row afterwards."""
    with in_shop(shop):
        if fails:
            with pytest.raises(OutboundError):
                media.fetch(media_id=row.pk)
        else:
            media.fetch(media_id=row.pk)
        return Media.objects.select_related("message").get(pk=row.pk)


@pytest.mark.parametrize(
    ("kind", "content", "mime_type", "suffix"),
    [
        ("image", JPEG, "image/jpeg", ".jpg"),
        ("document", PDF, "application/pdf", ".pdf"),
        ("document", b"targa;km\nAB123CD;90000\n", "text/csv", ".csv"),
        ("video", MP4, "video/mp4", ".mp4"),
        ("audio", OGG, "audio/ogg; codecs=opus", ".ogg"),
    ],
)
def test_a_file_is_kept(
    comes: Any, meta: Meta, rossi: Shop, settings: Any, kind: str, content: bytes, mime_type: str, suffix: str
) -> None:
    row = fetched(comes(kind, content, mime_type), rossi)
    assert (row.state, row.size, row.error) == (MediaState.STORED, len(content), "")
    assert row.sha256 == hashlib.sha256(content).hexdigest()
    path = Path(settings.MEDIA_ROOT) / rossi.schema_name / (row.file.name or "")
    assert path.read_bytes() == content
    assert path.suffix == suffix
    assert {token for _path, token in meta.asked} == {f"Bearer {TOKEN}"}


def test_a_file_is_fetched_once(comes: Any, meta: Meta, rossi: Shop) -> None:
    row = comes("image", JPEG, "image/jpeg")
    fetched(row, rossi)
    asked = len(meta.asked)
    fetched(row, rossi)
    assert len(meta.asked) == asked


@pytest.mark.parametrize(
    ("kind", "content", "mime_type"),
    [
        ("image", PDF, "image/jpeg"),
        ("image", b"<!DOCTYPE html><script>alert(1)</script>", "image/jpeg"),
        ("image", b'<svg xmlns="http://www.w3.org/2000/svg">', "image/svg+xml"),
        ("document", b"MZ\x90\x00\x03" + bytes(200), "application/pdf"),
        ("document", b"MZ\x90\x00\x03" + bytes(200), "application/x-msdownload"),
        ("document", b"  <html><script>alert(1)</script>", "text/plain"),
        ("document", b"\x00\x01\x02", "text/plain"),
        ("audio", JPEG, "audio/ogg"),
        ("audio", PDF, "application/pdf"),
        ("video", OGG, "video/mp4"),
        ("sticker", JPEG, "image/jpeg"),
    ],
)
def test_a_lie_never_reaches_the_store(
    comes: Any, rossi: Shop, settings: Any, kind: str, content: bytes, mime_type: str
) -> None:
    row = fetched(comes(kind, content, mime_type), rossi, fails=True)
    assert row.state == MediaState.FAILED
    assert row.error.startswith("File rifiutato")
    assert not row.file
    assert row.message is not None
    assert row.message.payload["file"] == "not what it says"
    assert not any(path.is_file() for path in Path(settings.MEDIA_ROOT).rglob("*"))
    with in_shop(rossi):
        # Of a voice note the turn asks to write.
        said = [each.content["text"] for each in OutboundMessage.objects.all()]
    assert ["Non riesco ad aprire il file" in each for each in said] == ([] if kind == "audio" else [True])


def test_nothing_is_said_in_a_chat_that_a_person_has(comes: Any, rossi: Shop) -> None:
    row = comes("image", PDF, "image/jpeg")
    with in_shop(rossi):
        handover.staff_took_over(conversation=row.conversation)
    fetched(row, rossi, fails=True)
    with in_shop(rossi):
        assert not OutboundMessage.objects.exists()


@pytest.mark.parametrize("announced", [True, False])
def test_a_video_one_byte_too_large(comes: Any, rossi: Shop, settings: Any, announced: bool) -> None:
    settings.WHATSAPP_MEDIA_MAX_BYTES = len(MP4) - 1
    row = fetched(comes("video", MP4, "video/mp4", {} if announced else {"file_size": 10}), rossi, fails=True)
    assert row.state == MediaState.FAILED
    assert row.error.startswith("File rifiutato: supera")
    assert row.message is not None
    assert row.message.payload["file"] == "too large"
    with in_shop(rossi):
        said = OutboundMessage.objects.get().content["text"]
    assert "troppo grande" in said
    assert "intelligenza artificiale" in said


def test_another_file_than_was_announced_is_tried_again_and_then_given_up(comes: Any, rossi: Shop) -> None:
    row = comes("image", JPEG, "image/jpeg", {"sha256": "0" * 64})
    assert fetched(row, rossi, fails=True).state == MediaState.PENDING
    with in_shop(rossi):
        assert not OutboundMessage.objects.exists()
        Media.objects.update(attempts=media.MAX_ATTEMPTS)
    lost = fetched(row, rossi, fails=True)
    assert lost.state == MediaState.FAILED
    assert lost.message is not None
    assert lost.message.payload["file"] == "failed"
    with in_shop(rossi):
        assert media.LOST in OutboundMessage.objects.get().content["text"]


@pytest.mark.parametrize("in_base64", [True, False])
def test_the_webhooks_own_digest_counts_where_meta_says_none(
    comes: Any, rossi: Shop, in_base64: bool
) -> None:
    digest = hashlib.sha256(JPEG)
    right = base64.b64encode(digest.digest()).decode() if in_base64 else digest.hexdigest()
    assert fetched(comes("image", JPEG, "image/jpeg", {"sha256": ""}, sha256=right), rossi).state == "stored"
    wrong = comes("image", JPEG + b"x", "image/jpeg", {"sha256": ""}, sha256=right)
    assert fetched(wrong, rossi, fails=True).state == MediaState.PENDING


def test_an_expired_link_is_asked_for_again(comes: Any, meta: Meta, rossi: Shop) -> None:
    row = comes("image", JPEG, "image/jpeg")
    meta.statuses[f"/file/{row.external_id}"] = [404]
    assert fetched(row, rossi).state == MediaState.STORED
    assert [path.split("/")[1] for path, _token in meta.asked] == ["v25.0", "file", "v25.0", "file"]


def test_a_file_that_meta_does_not_have(comes: Any, meta: Meta, rossi: Shop) -> None:
    row = comes("image", JPEG, "image/jpeg")
    meta.files.clear()
    assert fetched(row, rossi, fails=True).state == MediaState.FAILED


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_meta_away_or_a_dead_token_is_tried_again(comes: Any, meta: Meta, rossi: Shop, status: int) -> None:
    row = comes("image", JPEG, "image/jpeg")
    meta.statuses[f"/v25.0/{row.external_id}"] = [status]
    assert fetched(row, rossi, fails=True).state == MediaState.PENDING
    assert fetched(row, rossi).state == MediaState.STORED


def test_the_token_does_not_go_to_another_host(comes: Any, meta: Meta, rossi: Shop) -> None:
    other = Meta()
    with served(other) as web:
        threading.Thread(target=web.serve_forever, args=(0.01,), daemon=True).start()
        other.url = f"http://127.0.0.1:{web.server_port}"
        row = comes("image", JPEG, "image/jpeg")
        other.has(row.external_id, JPEG, "image/jpeg")
        meta.redirects[f"/file/{row.external_id}"] = f"{other.url}/file/{row.external_id}"
        assert fetched(row, rossi).state == MediaState.STORED
        web.shutdown()
    assert other.asked == [(f"/file/{row.external_id}", "")]


def test_a_message_that_is_taken_back_loses_its_file(
    comes: Any, post: Post, rossi: Shop, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    row = fetched(comes("image", JPEG, "image/jpeg"), rossi)
    path = Path(settings.MEDIA_ROOT) / rossi.schema_name / (row.file.name or "")
    assert path.is_file()
    assert row.message is not None
    taken_back = {"original_message_id": row.message.wire_id}
    with django_capture_on_commit_callbacks(execute=True):
        post(body(value(message(type="revoke", revoke=taken_back))))
    with in_shop(rossi):
        assert Media.objects.get().state == MediaState.PURGED
    assert not path.exists()


def test_a_message_that_was_taken_back_is_not_fetched(
    comes: Any, post: Post, meta: Meta, rossi: Shop
) -> None:
    row = comes("image", JPEG, "image/jpeg")
    post(body(value(message(type="revoke", revoke={"original_message_id": row.message.wire_id}))))
    assert fetched(row, rossi).state == MediaState.PURGED
    assert meta.asked == []


# --- voice notes ----------------------------------------------------------------------------------------------------


@pytest.fixture
def said(queued: Any) -> Any:
    """Which tasks were queued."""
    return queued


def note(comes: Any) -> Media:
    row: Media = comes("audio", OGG, "audio/ogg; codecs=opus", voice=True)
    return row


def test_a_voice_note_is_written_down_and_answered(
    comes: Any, meta: Meta, rossi: Shop, queued: Any, django_capture_on_commit_callbacks: Any
) -> None:
    meta.words = [{"text": " Vorrei un tagliando ", "usage": {"type": "duration", "seconds": 3}}]
    row = note(comes)
    with django_capture_on_commit_callbacks(execute=True):
        row = fetched(row, rossi)
    assert row.message is not None
    assert (row.message.text, row.message.is_ready) == ("Vorrei un tagliando", True)
    assert [name for name, _kwargs in queued] == ["receptionist.answer"]
    with in_shop(rossi):
        used = ModelUsage.objects.get()
        assert (used.requests, used.audio_seconds) == (1, 3)


def test_seconds_are_counted_where_the_server_says_none(comes: Any, meta: Meta, rossi: Shop) -> None:
    meta.words = [{"text": "ciao"}]
    fetched(note(comes), rossi)
    with in_shop(rossi):
        assert ModelUsage.objects.get().audio_seconds == 3


@pytest.mark.parametrize(
    "words", [[{"text": ""}], [{"text": None}], [{}], [500, 500], [400, 400], [401, 401], [[1], [1]]], ids=str
)
def test_what_cannot_be_understood_is_an_empty_text(
    comes: Any,
    meta: Meta,
    rossi: Shop,
    queued: Any,
    words: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    meta.words = list(words)
    with django_capture_on_commit_callbacks(execute=True):
        row = fetched(note(comes), rossi)
    assert row.message is not None
    assert (row.message.text, row.message.is_ready) == ("", True)
    assert "receptionist.answer" in [name for name, _kwargs in queued]


def test_a_server_that_fails_once_is_asked_again(comes: Any, meta: Meta, rossi: Shop) -> None:
    meta.words = [503, {"text": "la seconda volta"}]
    row = fetched(note(comes), rossi)
    assert row.message is not None
    assert row.message.text == "la seconda volta"


def test_without_a_key_nothing_is_sent(comes: Any, meta: Meta, rossi: Shop, settings: Any) -> None:
    settings.OPENAI_API_KEY = ""
    row = fetched(note(comes), rossi)
    assert row.message is not None
    assert (row.message.text, row.message.is_ready, meta.heard) == ("", True, 0)


def test_a_voice_note_that_cannot_be_fetched_is_answered_all_the_same(
    comes: Any, meta: Meta, rossi: Shop
) -> None:
    row = note(comes)
    meta.files.clear()
    row = fetched(row, rossi, fails=True)
    assert row.message is not None
    assert row.message.is_ready
    assert row.state == MediaState.FAILED


def test_written_down_once(comes: Any, meta: Meta, rossi: Shop) -> None:
    meta.words = [{"text": "uno"}, {"text": "due"}]
    row = note(comes)
    fetched(row, rossi)
    row = fetched(row, rossi)
    assert row.message is not None
    assert (row.message.text, meta.heard) == ("uno", 1)


def test_killed_between_the_file_and_the_words(
    comes: Any, meta: Meta, rossi: Shop, queued: Any, django_capture_on_commit_callbacks: Any
) -> None:
    """The sweep finds a stored voice note that nobody wrote down."""
    row = note(comes)
    with in_shop(rossi):
        Media.objects.update(state=MediaState.STORED, created_at=timezone.now() - timedelta(minutes=5))
        with django_capture_on_commit_callbacks(execute=True):
            signals.work_swept.send(sender=None)
    assert ("whatsapp.fetch_media", str(row.pk)) in [
        (name, kwargs.get("media_id")) for name, kwargs in queued
    ]


# --- the sweep and the end ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "attempts", "due"),
    [(10, 0, False), (40, 0, True), (40, 1, False), (70, 1, True), (3600, 8, False)],
)
def test_the_sweep_waits_longer_after_every_try(
    comes: Any, rossi: Shop, age: int, attempts: int, due: bool
) -> None:
    row = comes("image", JPEG, "image/jpeg")
    with in_shop(rossi):
        Media.objects.update(created_at=timezone.now() - timedelta(seconds=age), attempts=attempts)
        assert media.forgotten() == ([row.pk] if due else [])


def test_voices_are_deleted_in_time(comes: Any, meta: Meta, rossi: Shop, settings: Any) -> None:
    meta.words = [{"text": "resta scritto"}]
    voice = fetched(note(comes), rossi)
    picture = fetched(comes("image", JPEG, "image/jpeg"), rossi)
    path = Path(settings.MEDIA_ROOT) / rossi.schema_name / (voice.file.name or "")
    assert path.is_file()
    with in_shop(rossi):
        config = AIConfig.load()
        config.audio_days = 7
        config.save()
        Media.objects.update(created_at=timezone.now() - timedelta(days=9))
        assert retention.purge_audio() == 0, "the chat is still open"
        Conversation.objects.update(ended_at=timezone.now())
        Media.objects.update(created_at=timezone.now() - timedelta(days=6))
        assert retention.purge_audio() == 0
        Media.objects.update(created_at=timezone.now() - timedelta(days=9))
        assert retention.purge_audio() == 1
        assert retention.purge_audio() == 0
        voice.refresh_from_db()
        picture.refresh_from_db()
    assert (voice.state, picture.state) == (MediaState.PURGED, MediaState.STORED)
    assert not voice.file
    assert not path.exists()
    with in_shop(rossi):
        assert voice.message_id
        assert ConversationMessage.objects.get(pk=voice.message_id).text == "resta scritto"


def test_what_was_not_heard_is_found_by_an_index(transactional_db: None, rossi: Shop) -> None:
    with in_shop(rossi):
        chat = Conversation.objects.create(channel="whatsapp", external_id="e", contact="+393331234567")
        ConversationMessage.objects.bulk_create(
            ConversationMessage(conversation=chat, role="customer", text="ciao", wire_id=f"w{number}")
            for number in range(3000)
        )
    with superuser() as admin:
        admin.execute("ANALYZE")
    with in_shop(rossi), CaptureQueriesContext(connection) as asked:
        media.forgotten()
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {asked.captured_queries[-1]['sql']}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "message_to_hear" in plan

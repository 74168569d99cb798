"""Recordings: fetched once from a real server on this machine, kept in the shop's store, guarded against strangers."""

import hashlib
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import responses
from django.utils import timezone

from receptionist import conversations
from receptionist.models import AIConfig, Media, MediaKind, MediaState
from sandbox.recording import tone
from shops import downloads
from shops.context import in_shop
from shops.http import OutboundError
from shops.models import Shop
from tests.voice.conftest import Post
from tests.voice.payloads import load
from voice import recordings, tasks

SOUND = tone(0.2)
Answer = tuple[int, dict[str, str], bytes]


class Store:
    """A store of recordings: addresses and what they answer."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.url = ""

    def puts(self, path: str, body: bytes = SOUND, *, status: int = 200, **headers: str) -> str:
        """Answer `path` with this; returns its whole address."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = (status, {"Content-Type": "audio/wav", **named}, body)
        return f"{self.url}{path}"


@pytest.fixture
def store() -> Iterator[Store]:
    """A web server on 127.0.0.1."""
    found = Store()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            status, headers, body = found.answers.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as web:
        found.url = f"http://127.0.0.1:{web.server_port}"
        threading.Thread(target=web.serve_forever, args=(0.01,), daemon=True).start()
        yield found
        web.shutdown()


@pytest.fixture(autouse=True)
def this_machine_is_allowed(settings: Any) -> None:
    settings.DOWNLOAD_FROM_PRIVATE_ADDRESSES = True


@pytest.fixture
def expect(in_rossi: Shop) -> Any:
    """A recording of the first shop that waits to be fetched."""

    def expect(url: str) -> Media:
        conversation = conversations.open_call(external_id=f"call-{url[-20:]}", phone_number=None)
        return Media.objects.create(conversation=conversation, kind=MediaKind.RECORDING, source_url=url)

    return expect


def test_a_recording_is_kept(expect: Any, store: Store, in_rossi: Shop, settings: Any) -> None:
    media = expect(store.puts("/call.wav"))
    assert recordings.fetch(media_id=media.pk)
    media.refresh_from_db()
    assert media.state == MediaState.STORED
    assert (media.size, media.sha256) == (len(SOUND), hashlib.sha256(SOUND).hexdigest())
    assert (media.content_type, media.attempts, media.error) == ("audio/wav", 1, "")
    assert media.stored_at
    path = Path(media.file.path)
    assert path.read_bytes() == SOUND
    assert path.suffix == ".wav"
    assert path.is_relative_to(Path(settings.MEDIA_ROOT) / in_rossi.schema_name)


def test_twice_is_once(expect: Any, store: Store, settings: Any) -> None:
    media = expect(store.puts("/call.wav"))
    for _time in range(3):
        assert recordings.fetch(media_id=media.pk)
    assert store.asked == ["/call.wav"]
    assert len([path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]) == 1


def test_two_workers_at_once_keep_one_file(
    expect: Any, store: Store, settings: Any, monkeypatch: Any
) -> None:
    """Another worker stores the recording while this one is still downloading."""
    media = expect(store.puts("/call.wav"))
    keep = recordings._keep

    def overtaken(*args: Any) -> bool:
        monkeypatch.setattr(recordings, "_keep", keep)
        assert recordings.fetch(media_id=media.pk)
        return keep(*args)

    monkeypatch.setattr(recordings, "_keep", overtaken)
    assert recordings.fetch(media_id=media.pk)
    media.refresh_from_db()
    assert Path(media.file.path).read_bytes() == SOUND
    assert len([path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize(
    ("kind", "body", "suffix"),
    [
        ("audio/x-wav", SOUND, ".wav"),
        ("audio/mpeg; charset=binary", b"ID3sound", ".mp3"),
        ("application/octet-stream", SOUND, ".wav"),
        ("binary/octet-stream", b"\xff\xfbsound", ".mp3"),
        ("", b"OggSsound", ".ogg"),
    ],
)
def test_what_recordings_come_as(expect: Any, store: Store, kind: str, body: bytes, suffix: str) -> None:
    media = expect(store.puts("/call", body, Content_Type=kind))
    assert recordings.fetch(media_id=media.pk)
    media.refresh_from_db()
    assert media.file.name.endswith(suffix)


@pytest.mark.parametrize(
    ("answer", "permanent", "reason"),
    [
        ({"status": 404}, False, "refused (status 404)"),
        ({"status": 403}, True, "refused (status 403)"),
        ({"status": 410}, True, "refused (status 410)"),
        ({"status": 429}, False, "refused (status 429)"),
        ({"status": 500}, False, "refused (status 500)"),
        ({"body": b""}, False, "empty so far"),
        ({"Content_Type": "text/html"}, True, "not a recording (text/html)"),
        ({"body": b"<html>", "Content_Type": "application/octet-stream"}, True, "unknown beginning"),
        ({"body": b"x" * 2000}, True, "larger than 1000 bytes"),
        ({"body": b"x" * 10, "Content_Length": "999"}, False, "broke off"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_goes_wrong(
    expect: Any, store: Store, settings: Any, answer: dict[str, Any], permanent: bool, reason: str
) -> None:
    settings.RECORDING_MAX_BYTES = 1000
    media = expect(store.puts("/call.wav", **{"body": b"RIFFsound", **answer}))
    with pytest.raises(OutboundError) as caught:
        recordings.fetch(media_id=media.pk)
    assert caught.value.permanent == permanent
    assert reason in caught.value.message
    media.refresh_from_db()
    assert media.state == (MediaState.FAILED if permanent else MediaState.PENDING)
    assert reason in media.error
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_a_length_that_is_not_announced_is_counted(settings: Any, expect: Any, store: Store) -> None:
    settings.RECORDING_MAX_BYTES = 1000
    media = expect(store.puts("/call.wav", b"x" * 300_000, Content_Length="", Connection="close"))
    with pytest.raises(OutboundError, match="larger than 1000 bytes"):
        recordings.fetch(media_id=media.pk)


def test_too_slow(expect: Any, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordings, "MAX_SECONDS", -1.0)
    media = expect(store.puts("/call.wav"))
    with pytest.raises(OutboundError, match="took too long") as caught:
        recordings.fetch(media_id=media.pk)
    assert not caught.value.permanent


def test_it_is_given_up_in_the_end(expect: Any, store: Store) -> None:
    media = expect(store.puts("/call.wav", status=500))
    for _time in range(recordings.MAX_ATTEMPTS):
        with pytest.raises(OutboundError):
            recordings.fetch(media_id=media.pk)
    media.refresh_from_db()
    assert (media.state, media.attempts) == (MediaState.FAILED, recordings.MAX_ATTEMPTS)
    assert not recordings.fetch(media_id=media.pk)
    assert len(store.asked) == recordings.MAX_ATTEMPTS


def test_redirects_are_followed_and_end(expect: Any, store: Store) -> None:
    store.puts("/there.wav")
    media = expect(store.puts("/here.wav", status=302, Location="/there.wav"))
    assert recordings.fetch(media_id=media.pk)
    round_and_round = expect(store.puts("/round.wav", status=302, Location="/round.wav"))
    with pytest.raises(OutboundError, match="too many redirects") as caught:
        recordings.fetch(media_id=round_and_round.pk)
    assert caught.value.permanent


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"])
def test_no_private_machine_is_asked(expect: Any, store: Store, settings: Any, host: str) -> None:
    settings.DOWNLOAD_FROM_PRIVATE_ADDRESSES = False
    port = store.url.rpartition(":")[2]
    store.puts("/call.wav")
    media = expect(f"http://{host}:{port}/call.wav")
    with pytest.raises(OutboundError):
        recordings.fetch(media_id=media.pk)
    assert store.asked == []


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_that_leads_to_a_private_machine(
    expect: Any, store: Store, settings: Any, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    """Whatever the name answered before: the machine that is connected to counts."""
    settings.DOWNLOAD_FROM_PRIVATE_ADDRESSES = False
    port = int(store.url.rpartition(":")[2])
    here = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: here)
    store.puts("/call.wav")
    media = expect(f"{scheme}://storage.example:{port}/call.wav")
    with pytest.raises(OutboundError, match="the address is not public") as caught:
        recordings.fetch(media_id=media.pk)
    assert caught.value.permanent
    assert store.asked == []


def test_a_redirect_to_a_private_machine_is_not_followed(expect: Any, store: Store, settings: Any) -> None:
    settings.DOWNLOAD_FROM_PRIVATE_ADDRESSES = False
    secret = store.puts("/secret.wav")
    media = expect("https://storage.example/call.wav")
    with responses.RequestsMock() as outside:
        outside.get("https://storage.example/call.wav", status=302, headers={"Location": secret})
        outside.add_passthru("http://127.0.0.1")
        with pytest.raises(OutboundError, match="not public") as caught:
            recordings.fetch(media_id=media.pk)
    assert caught.value.permanent
    assert store.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "ftp://storage.example/call.wav",
        "file:///etc/passwd",
        "gopher://storage.example/",
        "//storage.example/call.wav",
        "call.wav",
        "http://",
        "http://[::1",
        "http://storage.example:port/",
        "http://user:password@storage.example/call.wav",
        "javascript:alert(1)",
    ],
)
def test_addresses_that_are_none(expect: Any, url: str) -> None:
    media = expect(url)
    with pytest.raises(OutboundError) as caught:
        recordings.fetch(media_id=media.pk)
    assert caught.value.permanent
    media.refresh_from_db()
    assert media.state == MediaState.FAILED


def test_production_wants_https(expect: Any, store: Store, settings: Any) -> None:
    settings.PRODUCTION = True
    media = expect(store.puts("/call.wav"))
    with pytest.raises(OutboundError, match="not https"):
        recordings.fetch(media_id=media.pk)
    assert store.asked == []


def test_nothing_of_the_environment_is_used(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with downloads.fetch("test", store.puts("/x.wav"), max_bytes=10**6, max_seconds=5) as found:
        assert found.file.read() == SOUND


# --- from the report to the file ------------------------------------------------------------------------------------


@pytest.fixture
def report(store: Store) -> Any:
    """A report whose recording can be fetched."""
    payload = load("end-of-call-report__artifact")
    payload["message"]["artifact"]["recordingUrl"] = store.puts("/call.wav")
    return payload


@pytest.mark.usefixtures("eager_tasks")
def test_from_the_report_to_the_file(
    post: Post, rossi: Shop, report: Any, store: Store, django_capture_on_commit_callbacks: Any
) -> None:
    with in_shop(rossi):
        AIConfig.objects.update(recording_enabled=True)
    assistant = post("assistant-request__caller_shown")["assistant"]
    assert assistant["artifactPlan"]["recordingEnabled"] is True
    assert "registrata" in assistant["firstMessage"]
    with django_capture_on_commit_callbacks(execute=True):
        post(report)
    with in_shop(rossi):
        media = Media.objects.get()
        assert media.state == MediaState.STORED
        assert media.link_expires_at
        assert Path(media.file.path).read_bytes() == SOUND
    with django_capture_on_commit_callbacks(execute=True):
        post(report)
    assert store.asked == ["/call.wav"]


@pytest.mark.usefixtures("eager_tasks", "announced")
def test_a_later_report_brings_a_new_link(
    post: Post, rossi: Shop, report: Any, store: Store, django_capture_on_commit_callbacks: Any
) -> None:
    expired = load("end-of-call-report__artifact")
    expired["message"]["artifact"]["recordingUrl"] = store.puts("/expired.wav", status=403)
    with django_capture_on_commit_callbacks(execute=True):
        post(expired)
    with in_shop(rossi):
        assert Media.objects.get().state == MediaState.FAILED
    with django_capture_on_commit_callbacks(execute=True):
        post(report)
    with in_shop(rossi):
        assert Media.objects.get().state == MediaState.STORED


@pytest.mark.usefixtures("eager_tasks", "announced")
def test_a_lost_task_is_picked_up(
    post: Post, rossi: Shop, bianchi: Shop, report: Any, store: Store, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=False):
        post(report)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.sweep_recordings.apply()
    assert store.asked == []  # its own task may still be on the way
    with in_shop(rossi):
        Media.objects.update(created_at=timezone.now() - timedelta(minutes=10))
    sweep(django_capture_on_commit_callbacks)
    with in_shop(rossi):
        assert Media.objects.get().state == MediaState.STORED
    sweep(django_capture_on_commit_callbacks)
    assert store.asked == ["/call.wav"]


def sweep(capture: Any) -> None:
    """The beat task, and what it queues, and what that queues."""
    with capture(execute=True), capture(execute=True):
        tasks.sweep_recordings.apply()

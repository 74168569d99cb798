"""What is over is deleted, kind by kind, and only that: words, files, names, copies elsewhere."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from auditlog.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from receptionist import retention
from receptionist.models import (
    AIConfig,
    Channel,
    Conversation,
    ConversationMessage,
    FollowUp,
    Handover,
    Media,
    MediaKind,
    MediaState,
    OutboundMessage,
    OutboundStatus,
    PhoneProof,
    PrivacyConfig,
    RemoteCopy,
    ToolCall,
)
from receptionist.retention import Kind, Periods
from receptionist.retention.applying import AT_ONCE
from scheduling.models import Vehicle
from scheduling.models.appointments import Status
from shops import provisioning
from shops.context import as_platform, in_shop
from shops.files import ShopFileStorage
from shops.models import Shop
from tests import factories
from tests.receptionist.keeping import WORDS, file, talk

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


def keep(**days: int) -> None:
    audio = days.pop("audio_days", None)
    if audio is not None:
        AIConfig.load()
        AIConfig.objects.update(audio_days=audio)
    PrivacyConfig.load()
    PrivacyConfig.objects.update(**days)


def coming(kind: Kind, **kwargs: Any) -> Any:
    return next(each for each in retention.upcoming(**kwargs) if each.kind == kind)


def test_words_go_and_the_figure_stays(in_rossi: Shop) -> None:
    who = factories.customer()
    row = talk(ago(400), customer=who)
    young = talk(ago(300))
    done = retention.apply()
    assert done[Kind.TRANSCRIPTS] == 1
    row.refresh_from_db()
    assert (row.summary, row.phone_number, row.contact, row.customer_id) == ("", "", "", None)
    assert (row.guided, row.draft) == ({}, "")
    assert row.purged_at == NOW
    assert row.disclosed_at == ago(400), "the proof of the disclosure stays"
    assert row.disclosure == "Sono un'intelligenza artificiale."
    call = ToolCall.objects.get(conversation=row)
    assert (call.arguments, call.result, call.name, call.ok) == ({}, "", "book_appointment", True)
    asked = Handover.objects.get(conversation=row)
    assert WORDS not in f"{asked.reason}{asked.wanted}{asked.summary}"
    assert not ConversationMessage.objects.filter(conversation=row).exists()
    assert not OutboundMessage.objects.filter(conversation=row).exists()
    young.refresh_from_db()
    assert young.summary == WORDS
    assert young.messages.count() == 2
    assert not any(retention.apply().values()), "a second time there is nothing to do"


def test_a_picture_that_is_kept_longer_keeps_its_owner_until_it_goes(in_rossi: Shop) -> None:
    keep(image_days=700)
    who = factories.customer()
    row = talk(ago(400), customer=who)
    message = row.messages.first()
    picture = file(row, MediaKind.IMAGE, ago(400), message=message)
    retention.apply()
    row.refresh_from_db()
    picture.refresh_from_db()
    assert row.customer == who
    assert row.purged_at is not None
    assert (picture.state, picture.caption) == (MediaState.STORED, "")
    left = row.messages.get()
    assert (left.text, left.payload, left.wire_id) == ("", {}, None)
    keep(image_days=365)
    retention.apply()
    row.refresh_from_db()
    picture.refresh_from_db()
    assert (row.customer_id, row.phone_number, row.contact) == (None, "", "")
    assert (picture.state, picture.filename) == (MediaState.PURGED, "")


def test_copies_at_vapi_and_meta_are_asked_for(in_rossi: Shop) -> None:
    call = talk(ago(400), channel=Channel.VOICE, external_id="0199-call")
    file(call, MediaKind.RECORDING, ago(400))
    chat = talk(ago(400))
    file(chat, MediaKind.IMAGE, ago(400), external_id="media-1")
    file(chat, MediaKind.AUDIO, ago(40), external_id="media-2")
    talk(ago(400), channel=Channel.VOICE, external_id="request:0123")
    retention.apply()
    asked = set(RemoteCopy.objects.values_list("service", "external_id", "line"))
    assert asked == {
        ("vapi", "0199-call", "wa-rossi"),
        ("meta", "media-1", "wa-rossi"),
        ("meta", "media-2", "wa-rossi"),
    }


def test_a_call_keeps_its_id_at_vapi_until_the_recording_went(in_rossi: Shop) -> None:
    call = talk(ago(40), channel=Channel.VOICE, external_id="0199-call")
    recording = file(call, MediaKind.RECORDING, ago(40))
    path = recording.file.path
    retention.apply()
    recording.refresh_from_db()
    assert recording.state == MediaState.PURGED
    assert not recording.file.storage.exists(path)
    call.refresh_from_db()
    assert (call.external_id, call.summary) == ("0199-call", WORDS)
    assert RemoteCopy.objects.get().external_id == "0199-call"


def test_unknown_visitors_go_sooner(in_rossi: Shop) -> None:
    web = talk(ago(40), channel=Channel.WEB, phone_number="", contact="web:1")
    known = talk(ago(40), channel=Channel.WEB, contact="web:2", customer=factories.customer())
    PhoneProof.objects.create(conversation=web, code="AROS-1", expires_at=ago(40))
    fresh = PhoneProof.objects.create(conversation=known, code="AROS-2", expires_at=ago(2))
    assert retention.apply()[Kind.VISITORS] == 1
    web.refresh_from_db()
    known.refresh_from_db()
    assert (web.contact, web.summary) == ("", "")
    assert known.summary == WORDS
    assert list(PhoneProof.objects.all()) == [fresh]


@pytest.mark.parametrize(
    ("status", "days", "collected", "kept"),
    [
        (Status.CONFIRMED, -3, False, True),
        (Status.PENDING, -3, False, True),
        (Status.IN_PROGRESS, 200, False, True),
        (Status.COMPLETED, 5, False, True),
        (Status.COMPLETED, 5, True, False),
        (Status.COMPLETED, 200, False, False),
        (Status.CANCELLED, -3, False, False),
        (Status.NO_SHOW, 5, False, False),
    ],
)
def test_what_an_appointment_ahead_or_a_car_in_the_shop_needs_stays(
    in_rossi: Shop, status: str, days: int, collected: bool, kept: bool
) -> None:
    who = factories.customer()
    row, by_id = talk(ago(400), customer=who), talk(ago(400))
    picture = file(row, MediaKind.IMAGE, ago(400))
    start = ago(days)
    factories.appointment(
        start,
        customer=who,
        status=status,
        conversation_id=by_id.pk,
        collected_at=start + timedelta(hours=3) if collected else None,
    )
    assert bool(coming(Kind.TRANSCRIPTS).soon) is not kept
    retention.apply()
    for each in (row, by_id, picture):
        each.refresh_from_db()
    assert (row.summary == WORDS) is kept
    assert (by_id.summary == WORDS) is kept
    assert (picture.state == MediaState.STORED) is kept


def test_an_open_conversation_stays_and_a_call_nobody_ended_does_not(in_rossi: Shop) -> None:
    keep(transcript_days=1)
    chat = talk(ago(400), ended_at=None)
    Conversation.objects.filter(pk=chat.pk).update(active_at=NOW - timedelta(hours=30))
    lost = talk(ago(400), channel=Channel.VOICE, ended_at=None)
    retention.apply()
    chat.refresh_from_db()
    lost.refresh_from_db()
    assert chat.summary == WORDS
    assert (lost.summary, lost.ended_at) == ("", NOW)


def test_what_waits_to_be_sent_is_sent(in_rossi: Shop) -> None:
    row = talk(ago(400))
    waiting = OutboundMessage.objects.create(
        conversation=row, recipient="+393330000111", content={"text": "x"}, status=OutboundStatus.QUEUED
    )
    retention.apply()
    assert list(OutboundMessage.objects.all()) == [waiting]


def test_appointments_lose_what_was_left_after_years_not_the_work(in_rossi: Shop) -> None:
    old = factories.appointment(
        ago(365 * 11),
        status=Status.COMPLETED,
        contact_phone="+393330000111",
        notes=WORDS,
        customer_note=WORDS,
        cancel_reason=WORDS,
    )
    young = factories.appointment(ago(365 * 9), status=Status.COMPLETED, notes=WORDS)
    assert retention.apply()[Kind.APPOINTMENTS] == 1
    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.contact_phone, old.notes, old.customer_note, old.cancel_reason) == ("", "", "", "")
    assert (old.service_id, old.status, old.scheduled_at) == (old.service_id, Status.COMPLETED, ago(365 * 11))
    assert young.notes == WORDS


def test_ledgers_and_history_go_with_their_kind(in_rossi: Shop) -> None:
    for days in (400, 20):
        OutboundMessage.objects.create(
            recipient="+393330000111",
            content={"text": WORDS},
            status=OutboundStatus.SENT,
            created_at=ago(days),
        )
        FollowUp.objects.create(
            kind="thanks", key=f"thanks:{days}", day=ago(days).date(), outcome="sent", created_at=ago(days)
        )
    who = factories.customer()
    who.first_name = "Ugo"
    who.save()
    config = AIConfig.load()
    config.address = "Via Roma 1"
    config.save()
    LogEntry.objects.update(timestamp=ago(400))
    retention.apply()
    assert [row.created_at for row in OutboundMessage.objects.all()] == [ago(20)]
    assert [row.key for row in FollowUp.objects.all()] == ["thanks:20"]
    left = set(LogEntry.objects.values_list("content_type__app_label", flat=True))
    assert left == {"scheduling"}
    LogEntry.objects.update(timestamp=ago(365 * 11))
    retention.apply()
    assert not LogEntry.objects.filter(timestamp__lt=ago(365 * 10)).exists()


def test_a_message_decision_outlives_a_period_of_one_day(in_rossi: Shop) -> None:
    keep(transcript_days=1)
    FollowUp.objects.create(
        kind="day_before", key="day_before:1", day=ago(5).date(), outcome="sent", created_at=ago(6)
    )
    retention.apply()
    assert FollowUp.objects.count() == 1


def test_two_shops_each_by_its_own_periods(rossi: Shop, bianchi: Shop) -> None:
    for shop, days in ((rossi, 30), (bianchi, 365)):
        with in_shop(shop):
            keep(transcript_days=days)
            talk(ago(100))
    for shop, left in ((rossi, 0), (bianchi, 1)):
        with in_shop(shop):
            retention.apply()
            assert Conversation.objects.filter(summary=WORDS).count() == left


def test_the_night_before_is_seen_and_is_what_happens(in_rossi: Shop) -> None:
    keep(transcript_days=30)
    talk(ago(31))
    talk(ago(30))
    talk(ago(26))
    talk(ago(3))
    seen = coming(Kind.TRANSCRIPTS)
    assert (seen.tonight.number, seen.soon.number, seen.oldest) == (2, 3, ago(31).date())
    with time_machine.travel(NOW + timedelta(hours=15), tick=False):
        assert retention.apply()[Kind.TRANSCRIPTS] == seen.tonight.number


def test_counting_stops_and_says_so(in_rossi: Shop, monkeypatch: Any) -> None:
    monkeypatch.setattr("receptionist.retention.preview.MOST", 2)
    for _ in range(4):
        talk(ago(400))
    seen = coming(Kind.TRANSCRIPTS)
    assert (seen.soon.number, seen.soon.more) == (2, True)


def test_what_a_shorter_period_would_delete(in_rossi: Shop) -> None:
    talk(ago(100))
    own = Periods.load()
    assert retention.shortened(periods=own) == []
    [found] = retention.shortened(periods=own.changed(transcript_days=60))
    assert (found.kind, found.tonight.number) == (Kind.TRANSCRIPTS, 1)
    assert Conversation.objects.get().summary == WORDS


@pytest.mark.parametrize(
    "day", [(2026, 3, 29), (2026, 10, 25), (2028, 2, 29)], ids=["spring", "autumn", "leap"]
)
def test_days_are_the_shops_days_over_the_clock_changes(in_rossi: Shop, day: tuple[int, int, int]) -> None:
    """Three days are three whole days of the calendar, the one with 23 or 25 hours as well."""
    keep(transcript_days=3)
    zone = in_rossi.tz
    first = datetime(*day, tzinfo=zone)
    late = talk(first.replace(hour=0, minute=0).astimezone(UTC))
    early = talk((first - timedelta(minutes=1)).astimezone(UTC))
    night = datetime(*day, 4, 40, tzinfo=zone) + timedelta(days=3)
    with time_machine.travel(night, tick=False):
        retention.apply()
    early.refresh_from_db()
    late.refresh_from_db()
    assert early.summary == ""
    assert late.summary == WORDS
    with time_machine.travel(night + timedelta(days=1), tick=False):
        retention.apply()
    late.refresh_from_db()
    assert late.summary == ""


def test_killed_between_file_and_row_it_is_done_again(in_rossi: Shop) -> None:
    row = talk(ago(40))
    media = file(row, MediaKind.AUDIO, ago(40), external_id="media-9")
    media.file.storage.delete(media.file.name or "")
    retention.apply()
    media.refresh_from_db()
    assert media.state == MediaState.PURGED
    assert RemoteCopy.objects.get().external_id == "media-9"


def test_a_file_that_cannot_be_deleted_keeps_its_row_and_stops_nothing(
    in_rossi: Shop, monkeypatch: Any
) -> None:
    stuck, free = (file(talk(ago(40)), MediaKind.AUDIO, ago(40)) for _ in range(2))
    real = ShopFileStorage.delete

    def delete(self: ShopFileStorage, name: str) -> None:
        if name == stuck.file.name:
            raise PermissionError
        real(self, name)

    monkeypatch.setattr(ShopFileStorage, "delete", delete)
    assert retention.apply()[Kind.AUDIO] == 1
    stuck.refresh_from_db()
    free.refresh_from_db()
    assert (stuck.state, free.state) == (MediaState.STORED, MediaState.PURGED)


def test_without_time_it_says_that_something_is_left(in_rossi: Shop) -> None:
    talk(ago(400))
    assert retention.apply(seconds=0)["left"] == 1
    assert Conversation.objects.get().summary == WORDS


def test_thousands_in_bounded_queries(in_rossi: Shop) -> None:
    rows = Conversation.objects.bulk_create(
        Conversation(
            channel=Channel.VOICE,
            external_id=f"call-{n}",
            phone_number="+393330000111",
            summary=WORDS,
            started_at=ago(400),
            ended_at=ago(400),
            active_at=ago(400),
        )
        for n in range(5000)
    )
    ConversationMessage.objects.bulk_create(
        ConversationMessage(conversation=row, role="customer", text=WORDS) for row in rows
    )
    Media.objects.bulk_create(
        Media(conversation=row, kind=MediaKind.RECORDING, state=MediaState.FAILED, created_at=ago(400))
        for row in rows
    )
    with CaptureQueriesContext(connection) as counted:
        done = retention.apply()
    assert done[Kind.TRANSCRIPTS] == done[Kind.AUDIO] == 5000
    steps = 2 * (5000 // AT_ONCE + 1)
    assert len(counted) < steps * 20 + 60
    assert not ConversationMessage.objects.filter(text=WORDS).exists()
    assert not Conversation.objects.exclude(phone_number="").exists()
    assert RemoteCopy.objects.count() == 5000
    with CaptureQueriesContext(connection) as counted:
        retention.upcoming()
    assert len(counted) <= 25


def test_who_has_nothing_newer_is_erased_and_who_has_stays(in_rossi: Shop) -> None:
    def customer(name: str, **values: Any) -> Any:
        row = factories.customer(first_name=name, **values)
        type(row).objects.filter(pk=row.pk).update(created_at=ago(365 * 12))
        return row

    gone, stays, coming_back = customer("Ugo"), customer("Pina"), customer("Luca")
    factories.appointment(ago(365 * 11), customer=gone, status=Status.COMPLETED)
    factories.appointment(ago(365 * 11), customer=stays, status=Status.COMPLETED)
    factories.appointment(ago(365 * 2), customer=stays, status=Status.COMPLETED)
    factories.appointment(ago(-20), customer=coming_back)
    for table in (type(gone), Vehicle):
        table.objects.update(created_at=ago(365 * 12))
    assert coming(Kind.PEOPLE).tonight.number == 1
    assert retention.apply()[Kind.PEOPLE] == 1
    for row in (gone, stays, coming_back):
        row.refresh_from_db()
    assert gone.erased_at is not None
    assert gone.first_name != "Ugo"
    assert gone.appointments.count() == 1, "the work stays"
    assert (stays.erased_at, coming_back.erased_at) == (None, None)


def test_who_only_wrote_goes_with_the_words_and_who_the_shop_wrote_down_stays(in_rossi: Shop) -> None:
    def written(days: int, **values: Any) -> Any:
        row = factories.customer(**values)
        type(row).objects.filter(pk=row.pk).update(created_at=ago(days))
        return row

    passer_by, client, friend = written(400), written(400), written(400, notes="cugino di Anna")
    for row in (passer_by, friend):
        identity = row.identities.create(channel="whatsapp", external_id=str(row.phone), verified=True)
        type(identity).objects.filter(pk=identity.pk).update(created_at=ago(400))
    talk(ago(400), customer=passer_by)
    assert coming(Kind.PEOPLE).tonight.number == 1, "seen before, with the words that go the same night"
    retention.apply()
    for row in (passer_by, client, friend):
        row.refresh_from_db()
    assert passer_by.erased_at is not None
    assert passer_by.phone is None
    assert (client.erased_at, friend.erased_at) == (None, None)


def test_the_command_says_and_does(in_rossi: Shop, capsys: Any) -> None:
    from django.core.management import call_command

    talk(ago(400))
    call_command("retention", shop="officina-rossi", dry_run=True)
    assert "Conversazioni e trascrizioni: la prossima notte 1, in sette giorni 1" in capsys.readouterr().out
    assert Conversation.objects.get().summary == WORDS
    call_command("retention", shop="officina-rossi")
    assert "Conversazioni e trascrizioni: 1" in capsys.readouterr().out
    assert Conversation.objects.get().summary == ""


def test_the_command_knows_no_other_shop(in_rossi: Shop) -> None:
    from django.core.management import CommandError, call_command

    with pytest.raises(CommandError, match="Non c'è nessuna officina"):
        call_command("retention", shop="nessuna")


def test_the_night_reaches_every_shop(
    rossi: Shop, bianchi: Shop, eager_tasks: None, django_capture_on_commit_callbacks: Any
) -> None:
    from receptionist import tasks

    for shop in (rossi, bianchi):
        with in_shop(shop):
            talk(ago(400))
    with django_capture_on_commit_callbacks(execute=True):
        tasks.apply_retention.apply()
    for shop in (rossi, bianchi):
        with in_shop(shop):
            assert Conversation.objects.get().summary == ""


def test_a_suspended_shop_deletes_all_the_same(
    rossi: Shop, eager_tasks: None, django_capture_on_commit_callbacks: Any
) -> None:
    """Nobody is served there, but what is known of people is no older than was promised."""
    from receptionist import tasks
    from receptionist.models import Erasure

    with in_shop(rossi):
        talk(ago(400))
        Erasure.objects.create(files_left=["left/by/somebody"])
    with as_platform():
        provisioning.suspend(rossi)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.apply_retention.apply()
    tasks.sweep_rights.apply()
    with in_shop(rossi):
        assert Conversation.objects.get().summary == ""
        assert Erasure.objects.get().files_left == []

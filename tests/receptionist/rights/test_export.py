"""A copy of everything: complete, readable, harmless, made in pieces, and gone in time."""

import io
import json
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from receptionist.models import (
    Conversation,
    ConversationMessage,
    ExportState,
    Media,
    MediaState,
    PersonExport,
)
from receptionist.rights import export
from receptionist.rights import person as people
from scheduling.models import Customer
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.receptionist.rights import life
from tests.receptionist.rights.life import lived

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(autouse=True)
def quick(settings: Any) -> None:
    settings.BURST_WAIT_SECONDS = 0
    settings.OPENAI_API_KEY = ""


def copied(customer: Customer) -> zipfile.ZipFile:
    file = io.BytesIO()
    export.write(people.of(customer), file)
    file.seek(0)
    archive = zipfile.ZipFile(file)
    assert archive.testzip() is None
    return archive


def data(archive: zipfile.ZipFile) -> Any:
    return json.loads(archive.read("dati.json"))


def test_it_holds_everything(in_rossi: Shop, manager: StaffUser) -> None:
    archive = copied(lived(manager))
    told = data(archive)
    assert told["versione"] == export.SCHEMA
    tables = told["tabelle"]
    for label in (
        *("scheduling.Customer", "scheduling.Vehicle", "scheduling.Appointment", "scheduling.Consent"),
        *("receptionist.Conversation", "receptionist.ConversationMessage", "receptionist.ToolCall"),
        *("receptionist.Media", "receptionist.OutboundMessage", "receptionist.FollowUp"),
        *("scheduling.ChannelIdentity", "scheduling.WaitingList", "auditlog.LogEntry"),
    ):
        assert tables[label]["righe"], label
        assert tables[label]["titolo"]
    person = tables["scheduling.Customer"]["righe"][0]
    assert (person["first_name"], person["phone"], person["email"]) == (life.FIRST, life.PHONE, life.EMAIL)
    assert life.VIN in str(tables["scheduling.Vehicle"])


def test_files_and_transcripts_are_in_it(in_rossi: Shop, manager: StaffUser) -> None:
    archive = copied(lived(manager))
    names = archive.namelist()
    picture = next(name for name in names if "libretto" in name)
    assert archive.read(picture) == life.PICTURE
    assert ".." not in picture
    assert picture.startswith("file/")
    media = data(archive)["tabelle"]["receptionist.Media"]["righe"]
    assert picture in {each["file"] for each in media}
    texts = [archive.read(name).decode() for name in names if name.startswith("conversazioni/")]
    assert len(texts) == 2
    assert any(f"Cliente: Buongiorno, sono {life.FIRST}" in text for text in texts)


def test_it_can_be_read(in_rossi: Shop, manager: StaffUser) -> None:
    page = copied(lived(manager)).read("leggimi.html").decode()
    for said in (life.FIRST, life.PHONE, life.PLATE, "Possiamo?", "Buongiorno, sono", "Conversazioni"):
        assert said in page
    assert page.rstrip().endswith("</html>")
    assert not re.search(r"(src|href)=[\"'](https?:)?//", page)  # nothing from outside


def test_what_somebody_wrote_does_not_run(in_rossi: Shop) -> None:
    customer = factories.customer(first_name=EVIL[:80], last_name="X", notes=EVIL)
    chat = Conversation.objects.create(
        channel="whatsapp", external_id="w.9", customer=customer, contact="+393470000001", summary=EVIL
    )
    ConversationMessage.objects.create(conversation=chat, role="customer", text=EVIL)
    row = Media(
        conversation=chat, kind="image", filename='"><script>x', caption=EVIL, state=MediaState.STORED
    )
    row.file.save("x.jpg", ContentFile(b"x"), save=False)
    row.save(force_insert=True)
    page = copied(customer).read("leggimi.html").decode()
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("foto.jpg", "foto.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Windows\\System32\\x.png", "x.png"),
        ("con.txt", "con.txt"),
        ("", "image.jpg"),
        ("...", "image.jpg"),
        ("a" * 300 + ".pdf", "a" * 60 + ".pdf"),
        ("fattura n. 3 / 2026.pdf", "2026.pdf"),
        ("però è così.pdf", "però_è_così.pdf"),
        ("x\x00\r\n;y.jpg", "x_y.jpg"),
    ],
)
def test_names_are_made_safe(said: str, kept: str) -> None:
    row = Media(kind="image", filename=said)
    row.file.name = "image/0.jpg"
    assert export.safe_name(row).lstrip("_") == kept


def test_a_file_that_is_gone_breaks_nothing(in_rossi: Shop, manager: StaffUser) -> None:
    customer = lived(manager)
    for row in Media.objects.all():
        row.file.storage.delete(str(row.file.name))
    archive = copied(customer)
    assert not [name for name in archive.namelist() if name.startswith("file/")]
    assert "non conservato" in archive.read("leggimi.html").decode()


def test_a_large_file_goes_through_in_pieces(in_rossi: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    import tracemalloc

    customer = factories.customer()
    chat = Conversation.objects.create(channel="voice", external_id="c.8", customer=customer)
    row = Media(conversation=chat, kind="recording", state=MediaState.STORED)
    row.file.save("x.wav", ContentFile(b"RIFF" + bytes(24 * 1024 * 1024)), save=False)
    row.save(force_insert=True)
    person = people.of(customer)
    tracemalloc.start()
    try:
        export.write(person, io.BytesIO())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12 * 1024 * 1024


def test_asked_for_made_and_gone_in_time(in_rossi: Shop, manager: StaffUser) -> None:
    customer = lived(manager)
    row = export.ask(customer=customer, by=manager)
    assert export.ask(customer=customer, by=manager) == row  # pressed twice
    assert export.make(export_id=row.pk)
    assert export.make(export_id=row.pk)  # delivered twice
    row.refresh_from_db()
    assert row.state == ExportState.READY
    name = str(row.file.name)
    assert default_storage.size(name) == row.size
    assert life.LAST not in name
    assert export.sweep(now=row.expires_at - timedelta(minutes=1)) == 0
    assert export.sweep(now=row.expires_at) == 1
    row.refresh_from_db()
    assert (row.state, bool(row.file), default_storage.exists(name)) == (ExportState.GONE, False, False)


def test_one_that_nobody_finished_is_given_up(in_rossi: Shop) -> None:
    row = export.ask(customer=factories.customer(), now=timezone.now() - timedelta(hours=1))
    export.sweep()
    row.refresh_from_db()
    assert row.state == ExportState.FAILED


def test_nothing_of_others_is_in_it(in_rossi: Shop, manager: StaffUser) -> None:
    customer = lived(manager)
    other = factories.customer(first_name="Tiburzio", last_name="Altrui")
    factories.appointment(timezone.now() - timedelta(days=2), customer=other, notes="Roba di Tiburzio")
    archive = copied(customer)
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"Tiburzio" not in everything
    assert b"anna@rossi.example" not in everything  # who works there is told to nobody


def test_nothing_of_the_other_shop(
    rossi: Shop, bianchi: Shop, manager: StaffUser, outsider: StaffUser
) -> None:
    with in_shop(bianchi):
        theirs = lived(outsider)
    with in_shop(rossi):
        mine = lived(manager)
        archive = copied(mine)
    assert str(theirs.pk) not in archive.read("dati.json").decode()
    with in_shop(rossi):
        assert not PersonExport.objects.filter(customer=theirs).exists()

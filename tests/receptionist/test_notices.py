"""The shop's people are told where they are: as each chose, once, with a link to where they can read the rest."""

import threading
from typing import Any

import pytest
from django.db import connection

from receptionist import handover, notices, outbox
from receptionist.content import Content
from receptionist.models import NoticeKind, NoticeSetting, OutboundMessage, Purpose, Urgency
from receptionist.tools import REGISTRY, Reply, ToolContext
from receptionist.tools.base import Tool, ToolArguments
from scheduling.models import Appointment
from shops.context import as_platform, in_shop
from shops.models import Shop, WhatsAppNumber
from shops.staff.models import StaffUser
from tests import factories
from tests.receptionist.conftest import NOW, THURSDAY, open_call, use

KINDS = list(NoticeKind)


def somebody(name: str, role: str = "receptionist", **fields: Any) -> StaffUser:
    user: StaffUser = StaffUser.objects.create_user(f"{name}@rossi.example", role=role, **fields)
    return user


def choose(user: StaffUser, kind: NoticeKind, *, by_email: bool, by_whatsapp: bool) -> None:
    NoticeSetting.objects.create(staff=user, kind=kind, by_email=by_email, by_whatsapp=by_whatsapp)


def tell(kind: NoticeKind = NoticeKind.HANDOVER, subject: str = "x", **more: Any) -> list[str]:
    told = notices.tell(kind=kind, subject=subject, text="Due\nrighe", link="https://r.example/1", **more)
    return sorted(f"{each.channel}:{each.recipient.partition('@')[0]}" for each in told)


@pytest.fixture
def whatsapp(in_rossi: Shop) -> None:
    """The shop can write on WhatsApp."""
    with as_platform():
        WhatsAppNumber.objects.create(shop=in_rossi, phone_number_id="wa-rossi", access_token="t")


def test_without_a_choice_the_roles_decide(in_rossi: Shop) -> None:
    for role in ("manager", "receptionist", "mechanic"):
        somebody(role, role)
    front = ["email:anna", "email:manager", "email:receptionist"]
    assert tell(NoticeKind.HANDOVER) == front
    assert tell(NoticeKind.CALLBACK) == front
    assert tell(NoticeKind.NEW_APPOINTMENT) == []
    assert tell(NoticeKind.FAILED_SEND, "nothing") == ["email:anna", "email:manager"]


def test_each_person_chooses(in_rossi: Shop, whatsapp: None) -> None:
    gino = somebody("gino", phone="+393330000001")
    choose(gino, NoticeKind.HANDOVER, by_email=False, by_whatsapp=True)
    choose(gino, NoticeKind.CALLBACK, by_email=True, by_whatsapp=True)
    choose(gino, NoticeKind.NEW_APPOINTMENT, by_email=False, by_whatsapp=False)
    assert tell(NoticeKind.HANDOVER) == ["email:anna", "whatsapp:+393330000001"]
    assert tell(NoticeKind.CALLBACK) == ["email:anna", "email:gino", "whatsapp:+393330000001"]
    assert tell(NoticeKind.NEW_APPOINTMENT) == []


def test_whatsapp_needs_a_number_on_both_sides(in_rossi: Shop) -> None:
    gino = somebody("gino", phone="+393330000001")
    choose(gino, NoticeKind.HANDOVER, by_email=False, by_whatsapp=True)
    assert tell() == ["email:anna", "email:gino"]


def test_somebody_without_a_telephone_gets_the_mail(in_rossi: Shop, whatsapp: None) -> None:
    choose(somebody("gino"), NoticeKind.HANDOVER, by_email=False, by_whatsapp=True)
    assert tell() == ["email:anna", "email:gino"]


def test_while_meta_refuses_the_number_the_mail_goes_out_instead(in_rossi: Shop, whatsapp: None) -> None:
    gino = somebody("gino", phone="+393330000001")
    choose(gino, NoticeKind.HANDOVER, by_email=False, by_whatsapp=True)
    WhatsAppNumber.objects.filter(shop=in_rossi).update(stopped_at=NOW)
    assert tell() == ["email:anna", "email:gino"]


def test_who_is_off_duty_or_has_left_is_not_told(in_rossi: Shop) -> None:
    somebody("gino", on_duty=False)
    somebody("pina", is_active=False)
    assert tell() == ["email:anna"]


def test_with_nobody_on_duty_the_administrators_are_told(in_rossi: Shop) -> None:
    somebody("gino", on_duty=False)
    StaffUser.objects.update(on_duty=False)
    assert tell() == ["email:anna"]
    somebody("meccanico", "mechanic", on_duty=True)  # may not read conversations
    assert tell(subject="y") == ["email:anna"]


def test_a_mechanic_is_told_of_nothing_they_may_not_open(in_rossi: Shop) -> None:
    pippo = somebody("pippo", "mechanic")
    for kind in KINDS:
        choose(pippo, kind, by_email=True, by_whatsapp=False)
    assert [kind for kind in KINDS if "email:pippo" in tell(kind, "nothing")] == []


def test_nobody_is_told_twice(in_rossi: Shop) -> None:
    assert tell() == tell() == ["email:anna"]
    assert OutboundMessage.objects.count() == 1
    tell(subject="y")
    tell(NoticeKind.CALLBACK)
    assert OutboundMessage.objects.count() == 3


def test_at_once_from_two_sides_is_once(committed: Shop) -> None:
    barrier = threading.Barrier(4)

    def work() -> None:
        try:
            with in_shop(committed):
                barrier.wait(10)
                tell()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with in_shop(committed):
        assert OutboundMessage.objects.count() == 1


def test_what_stands_in_them(in_rossi: Shop, whatsapp: None) -> None:
    gino = somebody("gino", phone="+393330000001")
    choose(gino, NoticeKind.HANDOVER, by_email=False, by_whatsapp=True)
    tell(urgency=Urgency.DANGER)
    by_mail = OutboundMessage.objects.get(channel="email")
    assert by_mail.content == {
        "text": "Due\nrighe",
        "subject": "Pericolo: Un cliente aspetta una persona – Officina Rossi",
        "link": "https://r.example/1",
    }
    assert (by_mail.purpose, by_mail.status) == ("notice", "queued")
    by_phone = OutboundMessage.objects.get(channel="whatsapp")
    line = "Pericolo: Un cliente aspetta una persona"
    assert by_phone.content["template"] == {
        "name": "aros_avviso",
        "parameters": [line, "https://r.example/1"],
        "buttons": [],
        "language": "it",
    }
    assert "Due" not in by_phone.content["text"]


def test_a_request_for_a_person_is_told_with_a_link_to_it(in_rossi: Shop) -> None:
    conversation = open_call("+393331112223")
    use(conversation, "request_human", reason="preventivo frizione")
    (notice,) = OutboundMessage.objects.all()
    assert notice.content["subject"] == "Un cliente da richiamare – Officina Rossi"
    assert "+393331112223" in notice.content["text"]
    assert "Preventivo frizione" in notice.content["text"]
    assert "Promesso al cliente entro: mar 24 nov, 11:00." in notice.content["text"]
    path = f"/admin/conversazioni/{conversation.pk}/"
    assert notice.content["link"] == f"http://rossi.example:8000{path}"


def test_the_link_has_the_platforms_scheme_and_port(in_rossi: Shop, settings: Any) -> None:
    settings.PUBLIC_URL = "https://aros.example"
    assert notices.page("receptionist_handover_change", 7) == (
        "https://rossi.example/admin/receptionist/handover/7/change/"
    )


def test_a_booking_is_told_to_those_who_want_it(in_rossi: Shop) -> None:
    choose(StaffUser.objects.get(), NoticeKind.NEW_APPOINTMENT, by_email=True, by_whatsapp=False)
    factories.vehicle(factories.customer(phone="+393331112223"), license_plate="GA123BC")
    conversation = open_call("+393331112223")
    use(conversation, "book_appointment", service="tagliando", start=THURSDAY)
    use(conversation, "book_appointment", service="tagliando", start=THURSDAY)
    (notice,) = OutboundMessage.objects.filter(purpose="notice")
    assert notice.content["text"] == "giovedì 26 novembre, 09:30: Tagliando, GA123BC Fiat Panda."
    assert str(Appointment.objects.get().pk) in notice.content["link"]


def test_a_booking_is_told_to_nobody_by_default(in_rossi: Shop) -> None:
    factories.vehicle(factories.customer(phone="+393331112223"), license_plate="GA123BC")
    use(open_call("+393331112223"), "book_appointment", service="tagliando", start=THURSDAY)
    assert Appointment.objects.count() == 1
    assert not OutboundMessage.objects.filter(purpose="notice").exists()


def test_what_is_rolled_back_tells_nobody(in_rossi: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The notice stands in the tool's own transaction."""

    def asks_and_breaks(context: ToolContext, _arguments: ToolArguments) -> Reply:
        handover.ask(conversation=context.conversation, reason="x", now=NOW)
        raise RuntimeError

    monkeypatch.setitem(REGISTRY, "prova", Tool("prova", "", ToolArguments, asks_and_breaks))
    assert not use(open_call(), "prova").ok
    assert OutboundMessage.objects.count() == 0


def test_a_failed_message_is_told_and_a_failed_notice_is_not(in_rossi: Shop) -> None:
    row = outbox.put(
        channel="whatsapp", recipient="+393331112223", content=Content("Ciao"), purpose=Purpose.REPLY
    )
    row.error = "numero inesistente"
    (notice,) = notices.tell_failed(row)
    assert "numero inesistente" in notice.content["text"]
    assert notices.tell_failed(notice) == []
    assert tell(NoticeKind.FAILED_SEND, str(notice.pk)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_words_are_one_line_for_a_template(in_rossi: Shop, whatsapp: None, kind: NoticeKind) -> None:
    choose(somebody("gino", "manager", phone="+393330000001"), kind, by_email=False, by_whatsapp=True)
    tell(kind, "nothing", short="Tanto\n    testo\t" + "x" * 300)
    (row,) = OutboundMessage.objects.filter(channel="whatsapp")
    line = row.content["template"]["parameters"][0]
    assert "\n" not in line
    assert "    " not in line
    assert len(line) <= 120
    assert WhatsAppNumber.objects.count() == 1

"""Erasing holds up nobody: what takes long is looked up without the locks, and what came meanwhile goes too."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.signals import post_save
from django.utils import timezone

from receptionist import tasks
from receptionist.models import Channel, Conversation, ConversationMessage, Erasure, MessageRole
from receptionist.rights import erase, search
from receptionist.signals import customer_erased
from scheduling.importing import keeping
from scheduling.models import ChannelIdentity, Customer
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.receptionist.rights.life import FIRST, LAST, PHONE, PLATE, TRACES, lived


@pytest.fixture(autouse=True)
def quick(settings: Any) -> None:
    settings.BURST_WAIT_SECONDS = 0
    settings.OPENAI_API_KEY = ""


@contextmanager
def statements() -> Iterator[list[str]]:
    said: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        said.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield said


@contextmanager
def while_it_is_erased(happens: Any) -> Iterator[None]:
    """Something that others commit after the person was looked for."""

    def receiver(sender: Any, **_kwargs: Any) -> None:
        happens()

    customer_erased.connect(receiver)
    try:
        yield
    finally:
        customer_erased.disconnect(receiver)


def test_no_text_is_read_while_the_bays_are_locked(in_rossi: Shop, manager: StaffUser) -> None:
    customer = lived(manager)
    with statements() as said:
        erase.erase(customer=customer)
    locked = next(n for n, each in enumerate(said) if "scheduling_bay" in each and "FOR UPDATE" in each)
    done = next(n for n, each in enumerate(said) if each.startswith('INSERT INTO "receptionist_erasure"'))
    searching = [n for n, each in enumerate(said) if "~*" in each]
    assert min(searching) < locked
    assert max(searching) > done
    assert [said[n] for n in searching if locked < n < done] == []


def test_what_was_said_meanwhile_goes_too(in_rossi: Shop, manager: StaffUser) -> None:
    customer = lived(manager)
    other = factories.customer(first_name="Ugo", last_name="Neri", phone="+393331110001")
    talk = Conversation.objects.create(
        channel=Channel.WHATSAPP, external_id="ugo", contact=str(other.phone), customer=other
    )

    def others_speak() -> None:
        ConversationMessage.objects.create(
            conversation=talk, role=MessageRole.CUSTOMER, text=f"Chiamate {FIRST} {LAST}, targa {PLATE}"
        )
        Customer.objects.filter(pk=other.pk).update(notes=f"Amico di {FIRST} {LAST} ({PHONE})")
        keeping.keep(
            staff=manager, name="x.csv", data=f"Nome;Cognome;Telefono\n{FIRST};{LAST};{PHONE}\n".encode()
        )

    with while_it_is_erased(others_speak):
        erase.erase(customer=customer)
    erase.sweep()

    assert search.look_for(TRACES) == []
    assert (
        ConversationMessage.objects.get(conversation=talk).text == "Chiamate [cancellato], targa [cancellato]"
    )
    assert not Erasure.objects.exclude(files_left=[]).exists()


def test_who_comes_back_at_that_very_moment_is_somebody_new(in_rossi: Shop, manager: StaffUser) -> None:
    """Their number is theirs again: what says whose a row is stays as it is."""
    customer = lived(manager)
    came: list[Customer] = []

    def comes_back(sender: Any, **_kwargs: Any) -> None:
        if came:
            return
        came.append(factories.customer(first_name="", last_name="", phone=PHONE))
        ChannelIdentity.objects.create(customer=came[0], channel=Channel.WHATSAPP, external_id=PHONE)
        Conversation.objects.create(
            channel=Channel.WHATSAPP,
            external_id="new",
            contact=PHONE,
            phone_number=PHONE,
            customer=came[0],
            started_at=timezone.now(),
        )

    post_save.connect(comes_back, sender=Erasure)
    try:
        erase.erase(customer=customer)
    finally:
        post_save.disconnect(comes_back, sender=Erasure)

    row = Customer.objects.get(pk=came[0].pk)
    assert row.phone == PHONE
    assert ChannelIdentity.objects.get(customer=row).external_id == PHONE
    talk = Conversation.objects.get(external_id="new")
    assert (talk.contact, str(talk.phone_number)) == (PHONE, PHONE)


def test_who_is_refused_is_not_looked_for(in_rossi: Shop, manager: StaffUser) -> None:
    customer = lived(manager)
    erase.erase(customer=customer)
    with statements() as said, pytest.raises(erase.AlreadyErased):
        erase.erase(customer=customer)
    assert not any("~*" in each or "FOR UPDATE" in each for each in said)


def test_looking_for_late_rows_locks_nothing_when_there_are_none(in_rossi: Shop, manager: StaffUser) -> None:
    customer = lived(manager)
    erase.erase(customer=customer)
    with statements() as said:
        assert erase.settle() == 0
    assert not any("FOR UPDATE" in each for each in said)


def test_each_erasure_looks_again_at_its_own_person_alone(
    in_rossi: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A night that erases thousands looks again at thousands, not at thousands for each of them."""
    looked: list[str] = []
    monkeypatch.setattr(
        tasks.erase_latecomers, "queue_in", lambda seconds, customer_id: looked.append(customer_id)
    )
    people = [factories.customer() for _each in range(3)]
    for each in people:
        erase.erase(customer=each)
    assert looked == [str(each.pk) for each in people]
    with statements() as said:
        erase.settle(customer_id=people[0].pk)
    one = len(said)
    with statements() as said:
        erase.settle()
    assert one < len(said) / 2


def test_what_is_cancelled_with_them_tells_nobody_who_they_were(
    rossi: Shop, manager: StaffUser, django_capture_on_commit_callbacks: Any, eager_tasks: None
) -> None:
    """Whoever hears of the cancelled appointment hears of it without a name."""
    with in_shop(rossi):
        customer = lived(manager)
        factories.appointment(
            timezone.now() + timedelta(days=3), customer=customer, notes=f"Per {LAST}", contact_phone=PHONE
        )
    with django_capture_on_commit_callbacks(execute=True), in_shop(rossi):
        erase.erase(customer=customer, cancel_coming=True)
    with in_shop(rossi):
        assert search.look_for(TRACES) == []

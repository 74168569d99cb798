"""E-mail goes out over a real SMTP server: sent once, tried again when that can help, failed when it cannot."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from email.message import Message
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core import checks
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from receptionist import mail, outbox, sweeping
from receptionist.checks import mail_settings
from receptionist.content import Content
from receptionist.models import NoticeKind, OutboundMessage, OutboundStatus, Purpose
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests.receptionist.smtp import Post, serving

CONTENT = Content(
    "Prima riga\nseconda à", subject="Oggetto\r\nBcc: ladro@example.com", link="https://x.example/1"
)


@pytest.fixture
def post(settings: Any) -> Iterator[Post]:
    with serving(settings) as server:
        yield server


def a_mail(recipient: str = "anna@rossi.example", purpose: Purpose = Purpose.NOTICE) -> OutboundMessage:
    return outbox.put(channel="email", recipient=recipient, content=CONTENT, purpose=purpose)


def sent(post: Post) -> Message:
    (arrived,) = post.mails
    return arrived


def test_a_mail_is_sent(in_rossi: Shop, post: Post, settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "AROS <avvisi@aros.example>"
    row = a_mail()
    mail.send(message_id=row.pk)
    row.refresh_from_db()
    assert (row.status, row.attempts, row.error) == (OutboundStatus.SENT, 1, "")
    assert row.sent_at
    arrived = sent(post)
    assert arrived["To"] == "anna@rossi.example"
    assert arrived["From"] == "Officina Rossi <avvisi@aros.example>"
    assert arrived["Message-ID"] == f"<{row.pk}@aros.example>"
    assert arrived["Subject"] == "Oggetto Bcc: ladro@example.com"
    assert arrived["Bcc"] is None
    body = arrived.get_content()  # type: ignore[attr-defined]
    assert body.replace("\r\n", "\n") == "Prima riga\nseconda à\n\nhttps://x.example/1\n"


def test_the_task_sends_on_commit(
    in_rossi: Shop, post: Post, eager_tasks: None, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        a_mail()
    assert sent(post)["To"] == "anna@rossi.example"


def test_twice_is_once(in_rossi: Shop, post: Post) -> None:
    row = a_mail()
    for _time in range(3):
        mail.send(message_id=row.pk)
    assert len(post.mails) == 1


def test_what_is_not_due_or_another_s_is_left_alone(in_rossi: Shop, post: Post) -> None:
    row = a_mail()
    now = timezone.now()
    rows = OutboundMessage.objects.filter(pk=row.pk)
    for fields in (
        {"next_attempt_at": now + timedelta(minutes=1)},
        {"status": "sending", "claimed_at": now - timedelta(minutes=1)},
        {"status": "failed"},
        {"status": "queued", "next_attempt_at": now, "channel": "whatsapp"},
    ):
        rows.update(**fields)
        mail.send(message_id=row.pk)
    assert post.mails == []


def test_a_killed_worker_s_mail_is_sent_again_under_the_same_id(in_rossi: Shop, post: Post) -> None:
    row = a_mail()
    mail.send(message_id=row.pk)
    OutboundMessage.objects.update(
        status="sending", claimed_at=timezone.now() - mail.LOST - timedelta(seconds=1)
    )
    assert sweeping.messages_to_send() == [row]
    mail.send(message_id=row.pk)
    first, second = post.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert OutboundMessage.objects.get().status == "sent"


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"RCPT": "451 later"}, 451),
        ({"END": "421 closing"}, 421),
        ({"MAIL": "550 sender refused"}, 550),
        ({"GREETING": "554 go away"}, 554),
    ],
)
def test_what_may_pass_is_tried_again(
    in_rossi: Shop, post: Post, answers: dict[str, str], code: int | None
) -> None:
    post.answers = answers
    row = a_mail()
    before = timezone.now()
    mail.send(message_id=row.pk)
    row.refresh_from_db()
    assert (row.status, row.attempts, row.error_code) == ("queued", 1, code)
    assert row.next_attempt_at > before + timedelta(seconds=1)
    assert sweeping.messages_to_send(timezone.now() + timedelta(minutes=1)) == [row]
    post.answers = {}
    OutboundMessage.objects.update(next_attempt_at=timezone.now())
    mail.send(message_id=row.pk)
    row.refresh_from_db()
    assert (row.status, row.attempts, row.error, row.error_code) == ("sent", 2, "", None)


def test_a_server_that_is_away_or_hangs_up_is_tried_again(in_rossi: Shop, post: Post, settings: Any) -> None:
    post.hang_up_after_data = True
    first = a_mail()
    mail.send(message_id=first.pk)
    settings.EMAIL_PORT = 1
    second = a_mail()
    mail.send(message_id=second.pk)
    assert set(OutboundMessage.objects.values_list("status", "attempts")) == {("queued", 1)}


@pytest.mark.parametrize(("answers", "code"), [({"RCPT": "550 nobody"}, 550), ({"END": "554 spam"}, 554)])
def test_what_is_refused_for_good_fails_at_once(
    in_rossi: Shop, post: Post, answers: dict[str, str], code: int
) -> None:
    post.answers = answers
    row = a_mail("nessuno@example.it")
    mail.send(message_id=row.pk)
    row.refresh_from_db()
    assert (row.status, row.error_code) == ("failed", code)
    assert row.failed_at
    assert "nessuno" not in row.error
    assert OutboundMessage.objects.count() == 1  # a notice that fails brings no other one


def test_the_shop_is_told_of_a_customer_s_mail_that_failed(in_rossi: Shop, post: Post) -> None:
    post.answers = {"RCPT": "550 nobody"}
    row = a_mail("cliente@example.it", Purpose.CONFIRMATION)
    mail.send(message_id=row.pk)
    notice = OutboundMessage.objects.get(purpose="notice")
    anna = StaffUser.objects.get(email="anna@rossi.example")
    assert notice.key == f"notice:{NoticeKind.FAILED_SEND}:{row.pk}:{anna.pk}:email"


@pytest.mark.parametrize(
    "recipient", ["nessuna chiocciola", "a@b@c", "à" * 20 + "@x.it", "a\r\nRCPT TO:<x@y.it>@z.it"]
)
def test_an_address_that_is_none_harms_nobody(in_rossi: Shop, post: Post, recipient: str) -> None:
    row = a_mail(recipient)
    mail.send(message_id=row.pk)
    row.refresh_from_db()
    assert row.status in ("failed", "sent", "queued")
    assert all("x@y.it" not in (each["To"] or "") for each in post.mails if "\r\n" in recipient)


def test_it_fails_after_many_tries(in_rossi: Shop, post: Post) -> None:
    post.answers = {"RCPT": "451 later"}
    row = a_mail()
    OutboundMessage.objects.update(attempts=mail.MOST_ATTEMPTS - 1)
    mail.send(message_id=row.pk)
    row.refresh_from_db()
    assert row.status == "failed"


def test_two_workers_at_once_send_one(committed: Shop, post: Post) -> None:
    with in_shop(committed):
        row = a_mail()
    barrier = threading.Barrier(4)

    def work() -> None:
        try:
            with in_shop(committed):
                barrier.wait(10)
                mail.send(message_id=row.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(post.mails) == 1


def check(*args: str) -> str:
    out = StringIO()
    call_command("mail_check", *args, stdout=out)
    return out.getvalue()


def test_mail_check_sends_one(in_rossi: Shop, post: Post, settings: Any) -> None:
    said = check("--to", "anna@rossi.example")
    assert f"Il server 127.0.0.1:{post.port} risponde." in said
    assert "Consegnato al server per anna@rossi.example" in said
    assert sent(post)["Subject"] == "Prova della posta di AROS-Voice"
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "utente", "segreto"
    assert "con il login di utente" in check("--to", "anna@rossi.example")


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"AUTH": "535 wrong"}, "EMAIL_URL: il server 127.0.0.1:"),
        ({"GREETING": "554 no"}, "EMAIL_URL: "),
        ({"RCPT": "550 no"}, "Il server rifiuta l'indirizzo anna@rossi.example (550)."),
        ({"MAIL": "553 no"}, "DEFAULT_FROM_EMAIL: il server non accetta il mittente"),
        ({"END": "554 no"}, "EMAIL_URL: il server non prende il messaggio"),
    ],
)
def test_mail_check_says_what_to_mend(
    in_rossi: Shop, post: Post, settings: Any, answers: dict[str, str], words: str
) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "utente", "segreto"
    post.answers = answers
    with pytest.raises(CommandError) as refused:
        check("--to", "anna@rossi.example")
    assert words in str(refused.value)
    assert "segreto" not in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"EMAIL_PORT": 1}, "EMAIL_URL: 127.0.0.1:1 non risponde"),
        ({"EMAIL_USE_TLS": True}, "non offre STARTTLS"),
        ({"EMAIL_USE_SSL": True}, "non parla TLS"),
    ],
)
def test_mail_check_knows_a_wrong_server(
    in_rossi: Shop, post: Post, settings: Any, changes: dict[str, Any], words: str
) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    with pytest.raises(CommandError) as refused:
        check("--to", "anna@rossi.example")
    assert words in str(refused.value)


def test_mail_check_wants_an_address(in_rossi: Shop) -> None:
    with pytest.raises(CommandError, match="non è un indirizzo"):
        check("--to", "anna")


def test_on_a_laptop_mails_are_files(in_rossi: Shop, settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    row = a_mail()
    mail.send(message_id=row.pk)
    (written,) = (tmp_path / "mail").iterdir()
    assert "seconda" in written.read_text()
    assert "EMAIL_URL scrive i messaggi in file" in check("--to", "anna@rossi.example")


def test_production_is_warned(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    settings.DEFAULT_FROM_EMAIL = "AROS-Voice <aros-voice@localhost>"
    found = mail_settings()
    assert [each.id for each in found] == ["receptionist.W001", "receptionist.W002"]
    assert "EMAIL_URL" in found[0].msg
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.DEFAULT_FROM_EMAIL = "a@b.it"
    assert mail_settings() == []
    assert mail_settings in checks.registry.registry.get_checks(include_deployment_checks=True)

"""`manage.py mail_check --to anna@example.it`"""

import smtplib
import socket
import ssl
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.core.management.base import CommandError, CommandParser
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from receptionist import mail
from receptionist.content import Content
from shops.http import OutboundError
from shops.management.operators import Sentences


class Command(Sentences):
    """Try the mail settings: connection, login, one mail. What is wrong is said with the setting that mends it."""

    help = "Prova la posta: si collega al server di EMAIL_URL, entra e invia un messaggio."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """To whom."""
        parser.add_argument("--to", required=True, help="a chi inviare il messaggio di prova")

    def handle(self, *args: Any, **options: Any) -> None:
        """Connect, then send. Raises CommandError with the sentence."""
        address = options["to"].strip()
        try:
            validate_email(address)
        except ValidationError as error:
            raise CommandError(_("«%(to)s» non è un indirizzo e-mail.") % {"to": address}) from error
        self._connect()
        try:
            mail.deliver(recipient=address, content=_content(), message_id=str(uuid4()))
        except OutboundError as error:
            raise CommandError(_refusal(error, address)) from error
        self.stdout.write(_arrives(address))

    def _connect(self) -> None:
        connection = get_connection()
        if not isinstance(connection, EmailBackend):
            self.stdout.write(_no_server())
            return
        where = f"{connection.host}:{connection.port}"
        try:
            connection.open()
            connection.close()
        except Exception as error:
            raise CommandError(_fault(error, where)) from error
        login = _("con il login di %(user)s") % {"user": connection.username} if connection.username else ""
        said = _("Il server %(where)s risponde") % {"where": where}
        self.stdout.write(f"{said} {login}".strip() + ".")


def _content() -> Content:
    return Content(
        _("Questo è un messaggio di prova: gli avvisi di AROS-Voice arrivano a questo indirizzo."),
        subject=_("Prova della posta di AROS-Voice"),
    )


def _no_server() -> str:
    if settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        return _("EMAIL_URL scrive i messaggi in file, nella cartella %(folder)s.") % {
            "folder": settings.EMAIL_FILE_PATH
        }
    return _(
        "Nessun server: EMAIL_URL non ne indica uno, i messaggi non partono. Impostare "
        "EMAIL_URL=smtp+tls://utente:password@server:587."
    )


def _fault(error: Exception, where: str) -> str:
    """Why the server cannot be used, and which part of EMAIL_URL mends it."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        why = _(
            "il server %(where)s rifiuta il login: controllare utente e password (i caratteri speciali vanno "
            "codificati: @ si scrive %%40)."
        )
    elif isinstance(error, smtplib.SMTPNotSupportedError):
        why = _("%(where)s non offre STARTTLS o il login: provare smtp:// (senza) o smtp+ssl:// (porta 465).")
    elif isinstance(error, ssl.SSLCertVerificationError):
        why = _(
            "il certificato di %(where)s non vale per quel nome: scrivere il nome che sta nel certificato."
        )
    elif isinstance(error, ssl.SSLError):
        why = _("%(where)s non parla TLS così: smtp+tls:// è per la porta 587, smtp+ssl:// per la 465.")
    elif isinstance(error, socket.gaierror):
        why = _("il nome di %(where)s non esiste: controllare il server.")
    elif isinstance(error, smtplib.SMTPException):
        why = _("%(where)s non si comporta da server di posta con questa porta: 587 è per smtp+tls://.")
    else:
        why = _("%(where)s non risponde: controllare server, porta e firewall.")
    return f"EMAIL_URL: {why % {'where': where}}"


def _refusal(error: OutboundError, address: str) -> str:
    cause = error.__cause__
    if isinstance(cause, smtplib.SMTPRecipientsRefused):
        return _("Il server rifiuta l'indirizzo %(to)s (%(code)s).") % {"to": address, "code": error.status}
    if isinstance(cause, smtplib.SMTPSenderRefused):
        return _("DEFAULT_FROM_EMAIL: il server non accetta il mittente %(sender)s (%(code)s).") % {
            "sender": settings.DEFAULT_FROM_EMAIL,
            "code": error.status,
        }
    if isinstance(cause, OSError) and not isinstance(cause, smtplib.SMTPException):
        return _("EMAIL_URL: il messaggio non si può consegnare né scrivere (%(why)s).") % {"why": cause}
    return _("EMAIL_URL: il server non prende il messaggio (%(why)s).") % {"why": error.message}


def _arrives(address: str) -> str:
    if settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        return _("Consegnato al server per %(to)s: guardare se arriva, anche tra la posta indesiderata.") % {
            "to": address
        }
    return _("Il messaggio per %(to)s è scritto.") % {"to": address}

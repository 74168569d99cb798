"""What the shop sends: answers, confirmations, notices to its own people. Stored first, sent by a task."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from receptionist.models.conversations import Conversation


class OutboundStatus(models.TextChoices):
    """How far a message is. It only ever moves down this list, until it has to be sent again: then it is queued."""

    QUEUED = "queued", _("In coda")
    SENDING = "sending", _("In invio")
    SENT = "sent", _("Inviato")
    DELIVERED = "delivered", _("Consegnato")
    READ = "read", _("Letto")
    FAILED = "failed", _("Non riuscito")


class Purpose(models.TextChoices):
    """Why a message is sent."""

    REPLY = "reply", _("Risposta")
    CONFIRMATION = "confirmation", _("Conferma")
    REMINDER = "reminder", _("Promemoria")
    PROMOTION = "promotion", _("Promozione")
    OPT_OUT = "optout", _("Conferma di STOP")
    NOTICE = "notice", _("Avviso al personale")
    ACCOUNT = "account", _("Accesso del personale")


class OutboundMessage(models.Model):
    """One message on its way out.

    Its id goes with it (`biz_opaque_callback_data`), so that one whose response was lost is recognised. `key` says
    what it is about, so that it is never sent twice. `content` is receptionist.content.Content as JSON. `line` is the
    shop's number it goes out from, empty for the shop's first. Times aware, UTC.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(
        Conversation,
        verbose_name=_("conversazione"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="outbound",
    )
    channel = models.CharField(_("canale"), max_length=10)
    recipient = models.CharField(_("destinatario"), max_length=254)
    line = models.CharField(_("linea"), max_length=100, blank=True, default="")
    purpose = models.CharField(_("scopo"), max_length=12, choices=Purpose, default=Purpose.REPLY)
    content = models.JSONField(_("contenuto"), default=dict)
    reply_to = models.CharField(_("in risposta a"), max_length=200, blank=True, default="")
    key = models.CharField(_("chiave"), max_length=200, null=True, blank=True, unique=True)
    status = models.CharField(
        _("stato"), max_length=10, choices=OutboundStatus, default=OutboundStatus.QUEUED
    )
    attempts = models.PositiveSmallIntegerField(_("tentativi"), default=0)
    next_attempt_at = models.DateTimeField(_("prossimo tentativo"), default=timezone.now)
    claimed_at = models.DateTimeField(null=True, blank=True, editable=False)
    wire_id = models.CharField(
        _("identificativo del canale"), max_length=200, null=True, blank=True, unique=True
    )
    error_code = models.IntegerField(_("codice d'errore"), null=True, blank=True)
    error = models.CharField(_("errore"), max_length=300, blank=True, default="")
    created_at = models.DateTimeField(_("creato il"), default=timezone.now)
    sent_at = models.DateTimeField(_("inviato il"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("consegnato il"), null=True, blank=True)
    read_at = models.DateTimeField(_("letto il"), null=True, blank=True)
    failed_at = models.DateTimeField(_("non riuscito il"), null=True, blank=True)

    class Meta:
        verbose_name = _("messaggio in uscita")
        verbose_name_plural = _("messaggi in uscita")
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(status__in=["queued", "sending"]),
                name="outbound_to_send",
            ),
            models.Index(fields=["channel", "recipient", "created_at"], name="outbound_by_recipient"),
            models.Index(fields=["failed_at"], condition=models.Q(status="failed"), name="outbound_failed"),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} · {self.get_status_display()}"

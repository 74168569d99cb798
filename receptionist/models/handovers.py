"""What a person of the shop has to take over."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from receptionist.models.conversations import Conversation


class HandoverKind(models.TextChoices):
    """How the person takes over."""

    TRANSFER = "transfer", _("Chiamata passata")
    CALLBACK = "callback", _("Da richiamare")
    CHAT = "chat", _("Chat da prendere in mano")


class Urgency(models.TextChoices):
    """How soon a person is needed."""

    NORMAL = "normal", _("Normale")
    HIGH = "high", _("Alta")
    DANGER = "danger", _("Sicurezza")


class HandoverStatus(models.TextChoices):
    """Whether somebody looks after it."""

    OPEN = "open", _("Aperto")
    TAKEN = "taken", _("Preso in carico")
    DONE = "done", _("Fatto")


class Handover(models.Model):
    """A conversation that a person has to carry on.

    `summary` says in two lines who, which car, what is wanted and what was tried; `wanted` is the request as
    the caller means it; `callback_at` is the time that was promised to the customer (aware, UTC): of the call back,
    or of the first answer in a chat.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(
        Conversation, verbose_name=_("conversazione"), on_delete=models.CASCADE, related_name="handovers"
    )
    kind = models.CharField(_("tipo"), max_length=10, choices=HandoverKind, default=HandoverKind.CALLBACK)
    reason = models.CharField(_("motivo"), max_length=300)
    urgency = models.CharField(_("urgenza"), max_length=10, choices=Urgency, default=Urgency.NORMAL)
    summary = models.TextField(_("in due righe"), blank=True, default="")
    wanted = models.CharField(_("richiesta"), max_length=300, blank=True, default="")
    callback_at = models.DateTimeField(_("richiamare entro"), null=True, blank=True)
    status = models.CharField(_("stato"), max_length=10, choices=HandoverStatus, default=HandoverStatus.OPEN)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("preso in carico da"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("chiesto il"), default=timezone.now)
    closed_at = models.DateTimeField(_("chiuso il"), null=True, blank=True)

    class Meta:
        verbose_name = _("richiesta di una persona")
        verbose_name_plural = _("da seguire")
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            # Asking twice in one conversation is one thing to do for the shop.
            models.UniqueConstraint(
                fields=["conversation"], condition=models.Q(status="open"), name="handover_open_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["status", "callback_at"], name="handover_due"),
            models.Index(fields=["created_at"], name="handover_by_time"),
        ]

    def __str__(self) -> str:
        return self.reason

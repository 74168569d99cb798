"""What the shop keeps of its message templates at Meta."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class TemplateStatus(models.TextChoices):
    """Meta's verdict on a template."""

    MISSING = "missing", _("Da creare")
    PENDING = "pending", _("In esame")
    APPROVED = "approved", _("Approvato")
    REJECTED = "rejected", _("Respinto")
    PAUSED = "paused", _("Sospeso")
    DISABLED = "disabled", _("Disattivato")


class MessageTemplate(models.Model):
    """A template of the shop's WhatsApp Business account: what it says, and whether Meta lets it be sent.

    `fingerprint` tells whether its words are the ones that Meta last got.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    waba_id = models.CharField(_("account WhatsApp Business"), max_length=100)
    name = models.CharField(_("nome"), max_length=100)
    language = models.CharField(_("lingua"), max_length=10, default="it")
    meta_id = models.CharField(_("id Meta"), max_length=100, blank=True, default="")
    category = models.CharField(_("categoria"), max_length=20, default="UTILITY")
    status = models.CharField(
        _("stato"), max_length=10, choices=TemplateStatus, default=TemplateStatus.MISSING
    )
    reason = models.CharField(_("motivo"), max_length=300, blank=True, default="")
    body = models.TextField(_("testo"), blank=True, default="")
    fingerprint = models.CharField(max_length=64, blank=True, default="", editable=False)
    checked_at = models.DateTimeField(_("controllato il"), null=True, blank=True)

    class Meta:
        verbose_name = _("modello di messaggio")
        verbose_name_plural = _("modelli di messaggio")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["waba_id", "name", "language"], name="template_once")
        ]

    def __str__(self) -> str:
        return self.name

"""What a person asked for of their own data: a copy, and the end of it."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def no_counts() -> dict[str, int]:
    """Nothing was counted yet."""
    return {}


def no_files() -> list[str]:
    """No file is left."""
    return []


class ExportState(models.TextChoices):
    """How far a copy is."""

    PENDING = "pending", _("In preparazione")
    READY = "ready", _("Pronta")
    FAILED = "failed", _("Non riuscita")
    GONE = "gone", _("Cancellata")


def export_path(_export: "PersonExport", _filename: str) -> str:
    """Where a copy lies in the shop's folder: under a name that nobody can guess, and that names nobody."""
    return f"exports/{uuid.uuid4()}.zip"


class PersonExport(models.Model):
    """A copy of everything about a customer, made for them, as a ZIP. The file is deleted at `expires_at` (aware, UTC)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    customer = models.ForeignKey(
        "scheduling.Customer", verbose_name=_("cliente"), on_delete=models.CASCADE, related_name="exports"
    )
    state = models.CharField(_("stato"), max_length=10, choices=ExportState, default=ExportState.PENDING)
    file = models.FileField(_("file"), upload_to=export_path, max_length=255, blank=True, default="")
    size = models.PositiveBigIntegerField(_("byte"), default=0)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("chiesta da"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("chiesta il"), default=timezone.now)
    expires_at = models.DateTimeField(_("resta fino a"))
    taken_at = models.DateTimeField(_("scaricata il"), null=True, blank=True)

    class Meta:
        verbose_name = _("copia dei dati")
        verbose_name_plural = _("copie dei dati")
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(
                fields=["expires_at"],
                condition=~models.Q(state=ExportState.GONE),
                name="person_export_to_delete",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.created_at:%d/%m/%Y}"


class Erasure(models.Model):
    """That somebody was erased: when, by whom, how much there was. Never about whom.

    `files_left`: files of the shop's store that are still to be deleted; a killed process leaves them here.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    erased_at = models.DateTimeField(_("cancellato il"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("da"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    by_name = models.CharField(_("fatto da"), max_length=120, blank=True, default="")
    counts = models.JSONField(_("che cosa c'era"), default=no_counts, blank=True)
    files_left = models.JSONField(default=no_files, blank=True, editable=False)

    class Meta:
        verbose_name = _("cancellazione")
        verbose_name_plural = _("cancellazioni")
        ordering: ClassVar = ["-erased_at"]
        indexes: ClassVar = [
            models.Index(fields=["erased_at"], condition=~models.Q(files_left=[]), name="erasure_files_left")
        ]

    def __str__(self) -> str:
        return f"{self.erased_at:%d/%m/%Y %H:%M}"


class GoneMessage(models.Model):
    """A digest of the id of a message whose person was erased: a repetition is known by it (receptionist.gone)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    gone_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("messaggio cancellato")
        verbose_name_plural = _("messaggi cancellati")

    def __str__(self) -> str:
        return f"{self.gone_at:%d/%m/%Y}"

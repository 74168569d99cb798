"""Who may use the API, and what was asked with an idempotency key."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from receptionist import gone


class Scope(models.TextChoices):
    """What a token may do."""

    CUSTOMERS_READ = "customers:read", _("leggere clienti e veicoli")
    CUSTOMERS_WRITE = "customers:write", _("scrivere clienti e veicoli")
    APPOINTMENTS_READ = "appointments:read", _("leggere appuntamenti e posti liberi")
    APPOINTMENTS_WRITE = "appointments:write", _("prenotare, spostare, annullare")
    CONVERSATIONS_READ = "conversations:read", _("leggere le conversazioni")


class ApiToken(models.Model):
    """The key of one program of the shop's. Only its `digest` (SHA-256, hex) is kept; `prefix` tells it from others.

    Revoked, never deleted: the history of what it did names it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("per che cosa"), max_length=80)
    prefix = models.CharField(_("comincia con"), max_length=16, unique=True, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(_("permessi"), default=list)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("creato da"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    created_at = models.DateTimeField(_("creato il"), default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(_("usato il"), null=True, blank=True, editable=False)
    expires_at = models.DateTimeField(_("scade il"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revocato il"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("chiave per programmi")
        verbose_name_plural = _("chiavi per programmi")
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return self.name


KEPT = timedelta(hours=24)
"""How long an answer is kept under its key."""


class KeptAnswers(models.QuerySet["IdempotencyKey"]):
    """Answers that are kept; whoever deletes one before its day is over, deletes it because of whom it speaks."""

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete them. Side effects: a digest of the keys whose day is not over, so that a program that tries again does
        not bring back somebody who was erased (receptionist.gone)."""
        now = timezone.now()
        early = self.filter(status__isnull=False, created_at__gt=now - KEPT)
        names = [spent_name(row) for row in early.only("token_id", "key")]
        if names:
            gone.remember(names, now=now)
        return super().delete()


def spent_name(row: "IdempotencyKey") -> str:
    """What receptionist.gone knows a key by."""
    return f"api:{row.token_id}:{row.key}"


class IdempotencyKey(models.Model):
    """One POST that came with an Idempotency-Key: the same again gets the answer that is kept here, for a day.

    `fingerprint` (SHA-256, hex) tells whether it is the same request; `status` is empty while it is being worked on.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    body = models.JSONField(null=True, blank=True)
    headers = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = KeptAnswers.as_manager()

    class Meta:
        verbose_name = _("richiesta già fatta")
        verbose_name_plural = _("richieste già fatte")
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["token", "key"], name="idempotency_key_once")
        ]

    def __str__(self) -> str:
        return self.key

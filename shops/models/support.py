"""The platform's people inside a shop, to help."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shops.models.shop import Shop


class SupportVisit(models.Model):
    """An operator enters a shop to help: who, why, until when. Shown to the shop, and kept.

    `key_hash` is the digest of the key that lets them in once, before `key_until`. Times aware, UTC.
    """

    class Role(models.TextChoices):
        MANAGER = "manager", _("responsabile")
        RECEPTIONIST = "receptionist", _("accettazione")

    class EndedBy(models.TextChoices):
        OPERATOR = "operator", _("l'assistenza")
        SHOP = "shop", _("l'officina")
        TIME = "time", _("scadenza")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    shop = models.ForeignKey(
        Shop, verbose_name=_("officina"), related_name="support_visits", on_delete=models.CASCADE
    )
    operator_email = models.EmailField(_("operatore"))
    operator_name = models.CharField(_("nome"), max_length=170, blank=True, default="")
    reason = models.CharField(_("motivo"), max_length=300)
    role = models.CharField(_("ruolo"), max_length=20, choices=Role, default=Role.MANAGER)
    created_at = models.DateTimeField(_("chiesta il"), default=timezone.now)
    until = models.DateTimeField(_("fino al"))
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    key_until = models.DateTimeField(editable=False)
    entered_at = models.DateTimeField(_("entrata il"), null=True, blank=True)
    ended_at = models.DateTimeField(_("finita il"), null=True, blank=True)
    ended_by = models.CharField(_("finita da"), max_length=10, choices=EndedBy, blank=True, default="")

    class Meta:
        verbose_name = _("visita dell'assistenza")
        verbose_name_plural = _("visite dell'assistenza")
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [models.Index(fields=["shop", "-created_at"], name="visits_of_shop")]

    def __str__(self) -> str:
        return f"{self.who} · {self.shop_id}"

    @property
    def who(self) -> str:
        """The operator's name, or the address."""
        return self.operator_name or self.operator_email

    def is_open(self, now: datetime | None = None) -> bool:
        """Whether the operator may be inside: entered, not ended, not over."""
        now = now or timezone.now()
        return self.entered_at is not None and self.ended_at is None and now < self.until

"""Calendar feeds: the address at which somebody of the shop follows the appointments with their own calendar."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class CalendarFeed(models.Model):
    """One secret address of a person. Only the `digest` (SHA-256, hex) of its token is kept: it is shown once.

    `only_mine`: the appointments that are assigned to them. Revoked, never deleted.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("persona"),
        on_delete=models.CASCADE,
        related_name="calendar_feeds",
    )
    name = models.CharField(_("nome"), max_length=80, blank=True, default="")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    only_mine = models.BooleanField(_("solo i miei lavori"), default=False)
    created_at = models.DateTimeField(_("creato il"), default=timezone.now)
    last_used_at = models.DateTimeField(_("usato il"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revocato il"), null=True, blank=True)

    class Meta:
        verbose_name = _("calendario condiviso")
        verbose_name_plural = _("calendari condivisi")
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return self.name or str(_("Calendario"))

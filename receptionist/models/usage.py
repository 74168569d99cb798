"""What the models cost the shop, counted per day."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class ModelUsage(models.Model):
    """Tokens, seconds of audio and cost of one model on one day of the shop's calendar. `cost` in US dollars."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    day = models.DateField(_("giorno"))
    model = models.CharField(_("modello"), max_length=80)
    requests = models.PositiveIntegerField(_("richieste"), default=0)
    prompt_tokens = models.PositiveBigIntegerField(_("token letti"), default=0)
    completion_tokens = models.PositiveBigIntegerField(_("token scritti"), default=0)
    audio_seconds = models.PositiveIntegerField(_("secondi di audio"), default=0)
    cost = models.DecimalField(_("costo ($)"), max_digits=12, decimal_places=6, default=0)

    class Meta:
        verbose_name = _("uso del modello")
        verbose_name_plural = _("uso dei modelli")
        ordering: ClassVar = ["-day", "model"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["day", "model"], name="usage_once_a_day")]

    def __str__(self) -> str:
        return f"{self.model} {self.day:%d/%m/%Y}"

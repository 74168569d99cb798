"""How a shop is doing, as it says itself."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from shops.models.shop import Shop


class ShopHealth(models.Model):
    """The last report of a shop about itself: times and counts, nothing of its customers. Written by the shop alone.

    Times aware, UTC. `waiting_*`: written by customers and not answered yet, and messages due that have not gone out;
    `waiting_since` is the oldest of both. `failed_*`: in the 24 hours before the report. `month` is the first day, in
    the shop's time zone, of the month that the usage is of; `ai_cost` in US dollars.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    shop = models.OneToOneField(
        Shop, verbose_name=_("officina"), related_name="health", on_delete=models.CASCADE
    )
    reported_at = models.DateTimeField(_("rapporto del"))
    last_call_at = models.DateTimeField(_("ultima chiamata"), null=True, blank=True)
    last_message_at = models.DateTimeField(_("ultimo messaggio"), null=True, blank=True)
    waiting_in = models.PositiveIntegerField(_("messaggi senza risposta"), default=0)
    waiting_out = models.PositiveIntegerField(_("messaggi da inviare"), default=0)
    waiting_since = models.DateTimeField(_("il più vecchio è del"), null=True, blank=True)
    failed_messages = models.PositiveIntegerField(_("messaggi non riusciti"), default=0)
    failed_conversations = models.PositiveIntegerField(_("conversazioni non riuscite"), default=0)
    month = models.DateField(_("mese"))
    calls = models.PositiveIntegerField(_("chiamate"), default=0)
    call_minutes = models.PositiveIntegerField(_("minuti di telefono"), default=0)
    chats = models.PositiveIntegerField(_("chat"), default=0)
    ai_cost = models.DecimalField(_("costo dei modelli ($)"), max_digits=12, decimal_places=4, default=0)

    class Meta:
        verbose_name = _("stato di salute")
        verbose_name_plural = _("stati di salute")
        ordering: ClassVar = ["shop"]

    def __str__(self) -> str:
        return f"{self.shop_id} {self.reported_at:%d/%m/%Y %H:%M}"

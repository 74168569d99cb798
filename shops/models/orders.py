"""Shops that operators have asked for."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from shops.models.shop import Shop, validate_timezone
from shops.phones import PhoneField


class ShopOrder(models.Model):
    """A shop to be made by the provisioning worker, and how far it is. The shop gets the order's id as its own.

    `step` is what is being done, in words; `error` why it did not work. `queued_at`: when the worker was last asked.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("in attesa")
        WORKING = "working", _("in corso")
        DONE = "done", _("pronta")
        FAILED = "failed", _("non riuscita")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("nome"), max_length=100)
    slug = models.SlugField(
        _("identificativo"),
        max_length=40,
        blank=True,
        help_text=_("Lettere minuscole, cifre e trattini. Vuoto: viene dal nome. Non si cambia più."),
    )
    domain = models.CharField(
        _("host"), max_length=253, help_text=_("Dove si apre il back office: rossi.aros.example")
    )
    phone_number = PhoneField(_("telefono"))
    subscription_tier = models.CharField(
        _("piano"), max_length=20, choices=Shop.Tier, default=Shop.Tier.STARTER
    )
    timezone = models.CharField(
        _("fuso orario"), max_length=64, default="Europe/Rome", validators=[validate_timezone]
    )
    manager_email = models.EmailField(
        _("e-mail del responsabile"), help_text=_("Riceve un invito a scegliersi la password.")
    )
    status = models.CharField(
        _("stato"), max_length=10, choices=Status, default=Status.QUEUED, editable=False
    )
    step = models.CharField(_("passo"), max_length=100, blank=True, default="", editable=False)
    error = models.CharField(_("perché no"), max_length=500, blank=True, default="", editable=False)
    attempts = models.PositiveSmallIntegerField(_("tentativi"), default=0, editable=False)
    requested_by = models.CharField(_("chiesta da"), max_length=254, blank=True, default="", editable=False)
    created_at = models.DateTimeField(_("chiesta il"), default=now, editable=False)
    queued_at = models.DateTimeField(default=now, editable=False)
    finished_at = models.DateTimeField(_("finita il"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("nuova officina")
        verbose_name_plural = _("nuove officine")
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return self.name

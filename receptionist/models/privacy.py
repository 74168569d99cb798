"""How long the shop keeps what, who answers for it, and the copies elsewhere that are still to be deleted."""

import uuid
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from receptionist.models.conversations import Conversation
from shops.phones import PhoneField

DAYS = [MinValueValidator(1), MaxValueValidator(3650)]


class PrivacyConfig(models.Model):
    """The one row of what the shop has decided about personal data. Voices: AIConfig.audio_days."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    only = models.BooleanField(default=True, unique=True, editable=False)
    controller = models.CharField(
        _("titolare del trattamento"),
        max_length=200,
        blank=True,
        default="",
        help_text=_("Ragione sociale e partita IVA. Vuoto: il nome dell'officina."),
    )
    address = models.CharField(_("sede"), max_length=300, blank=True, default="")
    email = models.EmailField(_("e-mail per la privacy"), blank=True, default="")
    officer = models.CharField(
        _("responsabile della protezione dei dati"), max_length=200, blank=True, default=""
    )
    more = models.TextField(_("altro da dire nell'informativa"), blank=True, default="")
    transcript_days = models.PositiveSmallIntegerField(
        _("conversazioni e trascrizioni conservate per (giorni)"), default=365, validators=DAYS
    )
    image_days = models.PositiveSmallIntegerField(
        _("foto, video e documenti conservati per (giorni)"), default=365, validators=DAYS
    )
    visitor_days = models.PositiveSmallIntegerField(
        _("chat di visitatori sconosciuti conservate per (giorni)"), default=30, validators=DAYS
    )
    appointment_years = models.PositiveSmallIntegerField(
        _("appuntamenti conservati con il nome per (anni)"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(30)],
        help_text=_("Poi resta il lavoro, senza chi l'ha chiesto."),
    )
    updated_at = models.DateTimeField(_("aggiornata il"), auto_now=True)

    class Meta:
        verbose_name = _("privacy")
        verbose_name_plural = _("privacy")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(only=True), name="privacyconfig_only_one"),
        ]

    def __str__(self) -> str:
        return str(_("Privacy"))

    @classmethod
    def load(cls) -> "PrivacyConfig":
        """The shop's row, made with the defaults if there is none. One query once it exists."""
        return cls.objects.first() or cls.objects.get_or_create(only=True)[0]


class RemoteCopy(models.Model):
    """A copy at a provider that is to be deleted there. The row stays until that is done, whatever is killed.

    `service` names who deletes (settings.REMOTE_COPIES), `external_id` what; `line` the shop's line it came by.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    service = models.CharField(_("presso"), max_length=20)
    external_id = models.CharField(_("identificativo"), max_length=200)
    line = models.CharField(_("linea"), max_length=100, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(_("tentativi"), default=0)
    next_attempt_at = models.DateTimeField(_("prossimo tentativo"), default=timezone.now)
    done_at = models.DateTimeField(_("cancellata il"), null=True, blank=True)
    error = models.CharField(_("errore"), max_length=300, blank=True, default="")
    created_at = models.DateTimeField(_("chiesto il"), default=timezone.now)

    class Meta:
        verbose_name = _("copia da cancellare altrove")
        verbose_name_plural = _("copie da cancellare altrove")
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["service", "external_id"], name="remote_copy_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at"], condition=models.Q(done_at__isnull=True), name="remote_copy_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.service} {self.created_at:%d/%m/%Y}"


class PhoneProof(models.Model):
    """A code that a visitor of the web chat sends us on WhatsApp, so that we know the telephone is theirs.

    `phone` (E.164) is who sent it, since `proved_at`. A code proves once, and only until `expires_at`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="phone_proofs")
    code = models.CharField(max_length=16, unique=True)
    phone = PhoneField(_("numero"), blank=True, default="")
    created_at = models.DateTimeField(_("creato il"), default=timezone.now)
    expires_at = models.DateTimeField(_("vale fino a"))
    proved_at = models.DateTimeField(_("provato il"), null=True, blank=True)

    class Meta:
        verbose_name = _("prova del telefono")
        verbose_name_plural = _("prove del telefono")
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.created_at:%d/%m/%Y %H:%M}"

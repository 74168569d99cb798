"""What the shop says of its own accord: reminders and follow-ups, how it wants them, and what was sent."""

import uuid
from datetime import time
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from receptionist.models.outbound import OutboundMessage


class FollowUpKind(models.TextChoices):
    """What a message of the shop's own accord is about."""

    DAY_BEFORE = "day_before", _("Promemoria del giorno prima")
    READY = "ready", _("La macchina è pronta")
    MISSED_CALL = "missed_call", _("Chiamata persa o interrotta")
    FREED_PLACE = "freed_place", _("Posto liberato per chi è in lista d'attesa")
    THANKS = "thanks", _("Grazie e recensione")
    REVISION = "revision", _("Scadenza della revisione")
    SERVICE = "service", _("Scadenza del tagliando")
    TYRES_WINTER = "tyres_winter", _("Gomme invernali")
    TYRES_SUMMER = "tyres_summer", _("Gomme estive")


PROMOTIONAL = frozenset(
    {
        FollowUpKind.THANKS,
        FollowUpKind.REVISION,
        FollowUpKind.SERVICE,
        FollowUpKind.TYRES_WINTER,
        FollowUpKind.TYRES_SUMMER,
    }
)
"""They speak of no appointment that the customer has: only for who agreed to promotional messages."""


class FollowUpSetting(models.Model):
    """How the shop wants one kind of message. Without a row: receptionist.followups.kinds says.

    `text` empty: the standard words. `send_at` is the shop's local time; `days` before (or, for thanks, after) the day.
    """

    kind = models.CharField(_("messaggio"), max_length=20, choices=FollowUpKind, primary_key=True)
    enabled = models.BooleanField(_("acceso"), default=True)
    text = models.TextField(_("testo"), blank=True, default="", max_length=900)
    send_at = models.TimeField(_("alle"), null=True, blank=True)
    days = models.PositiveSmallIntegerField(
        _("giorni"), null=True, blank=True, validators=[MaxValueValidator(120)]
    )

    class Meta:
        verbose_name = _("messaggio automatico")
        verbose_name_plural = _("messaggi automatici")
        ordering: ClassVar = ["kind"]

    def __str__(self) -> str:
        return str(self.get_kind_display())


class FollowUpConfig(models.Model):
    """The one row of what holds for all of them. Quiet hours are the shop's local time and may go over midnight."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    only = models.BooleanField(default=True, unique=True, editable=False)
    quiet_from = models.TimeField(_("silenzio dalle"), default=time(20))
    quiet_to = models.TimeField(_("alle"), default=time(8, 30))
    on_sundays = models.BooleanField(_("anche di domenica e nei festivi"), default=False)
    review_link = models.URLField(_("indirizzo delle recensioni"), max_length=300, blank=True, default="")
    most_promotions_a_day = models.PositiveSmallIntegerField(
        _("messaggi promozionali al giorno, al massimo"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
    )
    offer_minutes = models.PositiveSmallIntegerField(
        _("un posto liberato resta tenuto per (minuti)"),
        default=60,
        validators=[MinValueValidator(10), MaxValueValidator(1440)],
    )
    # The shop's local day whose due dates were looked through last.
    scanned_on = models.DateField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("regole dei messaggi automatici")
        verbose_name_plural = _("regole dei messaggi automatici")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(only=True), name="followupconfig_only_one"),
        ]

    def __str__(self) -> str:
        return str(_("Messaggi automatici"))

    @classmethod
    def load(cls) -> "FollowUpConfig":
        """The shop's row, made with the defaults if there is none. One query once it exists."""
        return cls.objects.first() or cls.objects.get_or_create(only=True)[0]


class FollowUpOutcome(models.TextChoices):
    """What became of one."""

    SENT = "sent", _("Mandato")
    SKIPPED = "skipped", _("Non mandato")


class FollowUp(models.Model):
    """One message that was due: sent, or why not. `key` says about what, so that it is decided once and for all.

    `day` is the shop's local day it was due on; ids without a key outlive what they speak of.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("messaggio"), max_length=20, choices=FollowUpKind)
    key = models.CharField(max_length=200, unique=True, editable=False)
    customer = models.ForeignKey(
        "scheduling.Customer",
        verbose_name=_("cliente"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="follow_ups",
    )
    vehicle_id = models.UUIDField(_("veicolo"), null=True, blank=True, editable=False)
    appointment_id = models.UUIDField(_("appuntamento"), null=True, blank=True, editable=False, db_index=True)
    day = models.DateField(_("giorno"))
    outcome = models.CharField(_("esito"), max_length=10, choices=FollowUpOutcome)
    reason = models.CharField(_("perché no"), max_length=40, blank=True, default="")
    message = models.ForeignKey(
        OutboundMessage,
        verbose_name=_("messaggio in uscita"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("deciso il"), default=timezone.now)

    class Meta:
        verbose_name = _("messaggio automatico deciso")
        verbose_name_plural = _("messaggi automatici decisi")
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(fields=["-created_at"], name="followup_latest"),
            models.Index(fields=["kind", "day"], name="followup_of_day"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.get_outcome_display()}"


class OfferStatus(models.TextChoices):
    """What became of an offered place."""

    HELD = "held", _("Tenuto")
    ACCEPTED = "accepted", _("Accettato")
    DECLINED = "declined", _("Rifiutato")
    EXPIRED = "expired", _("Scaduto")
    WITHDRAWN = "withdrawn", _("Ritirato")


class SlotOffer(models.Model):
    """A freed place that is held for one person of the waiting list until `held_until` (aware, UTC).

    The hold is a pending appointment of theirs (`appointment_id`), so that nobody else can be given the place.
    `freed_by` is the cancelled appointment whose place it is: the next in line is asked about the same.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    waiting = models.ForeignKey(
        "scheduling.WaitingList",
        verbose_name=_("in lista d'attesa"),
        on_delete=models.CASCADE,
        related_name="offers",
    )
    appointment_id = models.UUIDField(_("appuntamento"), unique=True)
    freed_by = models.UUIDField(_("posto di"))
    status = models.CharField(_("stato"), max_length=10, choices=OfferStatus, default=OfferStatus.HELD)
    held_until = models.DateTimeField(_("tenuto fino alle"))
    message = models.ForeignKey(
        OutboundMessage, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("offerto il"), default=timezone.now)
    settled_at = models.DateTimeField(_("risposto il"), null=True, blank=True)

    class Meta:
        verbose_name = _("posto offerto")
        verbose_name_plural = _("posti offerti")
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["freed_by"], condition=models.Q(status="held"), name="offer_one_at_a_time"
            ),
            models.UniqueConstraint(fields=["freed_by", "waiting"], name="offer_once_to_each"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["held_until"], condition=models.Q(status="held"), name="offer_held")
        ]

    def __str__(self) -> str:
        return str(self.get_status_display())


class FreedPlace(models.Model):
    """A place that a moved appointment left, kept until it is offered or past: a worker may die before it does.

    `freed_by` is what its offers carry; `bay_id` and `customer_id` (who left it) are ids without a key.
    """

    freed_by = models.UUIDField(primary_key=True, editable=False)
    starts_at = models.DateTimeField()
    minutes = models.PositiveIntegerField()
    bay_id = models.BigIntegerField()
    customer_id = models.UUIDField(db_index=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("posto liberato")
        verbose_name_plural = _("posti liberati")
        indexes: ClassVar = [models.Index(fields=["starts_at"], name="freed_place_start")]

    def __str__(self) -> str:
        return str(self.freed_by)

"""Appointments, and who waits for one.

Double booking is impossible in the database: an exclusion constraint on (bay, time range) over live
appointments. It compares one-element integer ranges instead of integers, which PostgreSQL's own GiST can do
without an extension.
"""

import uuid

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from scheduling import codes
from scheduling.models.customers import Customer, Vehicle
from scheduling.models.workshop import DURATION, MAX_DURATION_MINUTES, Bay, Service
from shops.phones import PhoneField


def bay_range() -> Func:
    """The bay as a range of one number."""
    return Func(
        F("bay_id"), F("bay_id"), Value("[]"), function="int8range", output_field=BigIntegerRangeField()
    )


def time_range() -> Func:
    """From the start up to, and without, the end."""
    return Func(F("scheduled_at"), F("ends_at"), function="tstzrange", output_field=DateTimeRangeField())


class Status(models.TextChoices):
    """Where an appointment stands; which verb leads where is in scheduling.lifecycle.TRANSITIONS."""

    PENDING = "pending", _("da confermare")
    CONFIRMED = "confirmed", _("confermato")
    IN_PROGRESS = "in_progress", _("in lavorazione")
    COMPLETED = "completed", _("pronto")
    CANCELLED = "cancelled", _("annullato")
    NO_SHOW = "no_show", _("non presentato")


class Source(models.TextChoices):
    """Where an appointment came from."""

    AI_VOICE = "ai_voice", _("assistente, telefono")
    AI_WHATSAPP = "ai_whatsapp", _("assistente, WhatsApp")
    MANUAL = "manual", _("officina")
    WEB = "web", _("sito")


LIVE = (Status.PENDING, Status.CONFIRMED, Status.IN_PROGRESS)
"""Statuses that hold the bay."""

COUNTED = (*LIVE, Status.COMPLETED)
"""Statuses that count against the most cars of a day."""

IN_SHOP = (Status.IN_PROGRESS, Status.COMPLETED)
"""Statuses whose car is in the shop until it is collected."""


class Appointment(models.Model):
    """A car, a service, a bay, from `scheduled_at` up to `ends_at` (UTC). Change it through the verbs of
    booking."""

    Status = Status
    Source = Source

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(
        _("codice"), max_length=codes.LENGTH, unique=True, editable=False, default=codes.new_code
    )
    # No index of their own: customer has the one below, services and bays are too few for one to help.
    customer = models.ForeignKey(
        Customer,
        verbose_name=_("cliente"),
        related_name="appointments",
        on_delete=models.PROTECT,
        db_index=False,
    )
    vehicle = models.ForeignKey(
        Vehicle,
        verbose_name=_("veicolo"),
        related_name="appointments",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
    )
    service = models.ForeignKey(
        Service,
        verbose_name=_("servizio"),
        related_name="appointments",
        on_delete=models.PROTECT,
        db_index=False,
    )
    bay = models.ForeignKey(
        Bay,
        verbose_name=_("postazione"),
        related_name="appointments",
        on_delete=models.PROTECT,
        db_index=False,
    )
    scheduled_at = models.DateTimeField(_("inizio"))
    ends_at = models.DateTimeField(_("fine"))
    duration_minutes = models.PositiveIntegerField(
        _("minuti di lavoro"),
        validators=DURATION,
        help_text=_("Senza pause, notti e chiusure."),
    )
    drop_off_at = models.DateTimeField(_("consegna"), null=True, blank=True)
    arrived_at = models.DateTimeField(_("arrivato"), null=True, blank=True)
    promised_at = models.DateTimeField(_("promesso per"), null=True, blank=True)
    # When it was last moved to another start: whoever did that lately needs no reminder.
    moved_at = models.DateTimeField(_("spostato il"), null=True, blank=True, editable=False)
    # Not the shop's yes (that is the status): the customer said that they will come.
    customer_confirmed_at = models.DateTimeField(_("il cliente conferma"), null=True, blank=True)
    collected_at = models.DateTimeField(_("ritirato"), null=True, blank=True)
    mechanic = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("meccanico"),
        related_name="appointments",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        db_index=False,
    )
    status = models.CharField(_("stato"), max_length=20, choices=Status, default=Status.CONFIRMED)
    source = models.CharField(_("preso da"), max_length=20, choices=Source, default=Source.MANUAL)
    # Conversations belong to a higher room: an id without a foreign key.
    conversation_id = models.UUIDField(
        _("conversazione"), null=True, blank=True, db_index=True, editable=False
    )
    contact_phone = PhoneField(
        _("telefono lasciato"), blank=True, default="", help_text=_("Detto a voce, non verificato.")
    )
    customer_note = models.CharField(
        _("nota per il cliente"),
        max_length=300,
        blank=True,
        default="",
        help_text=_("L'assistente la dice al cliente: «in attesa del ricambio»."),
    )
    notes = models.TextField(_("note"), blank=True, default="")
    cancel_reason = models.CharField(_("motivo dell'annullamento"), max_length=300, blank=True, default="")
    cancelled_by = models.CharField(_("annullato da"), max_length=80, blank=True, default="")
    created_at = models.DateTimeField(_("creato il"), auto_now_add=True)
    updated_at = models.DateTimeField(_("aggiornato il"), auto_now=True)

    class Meta:
        verbose_name = _("appuntamento")
        verbose_name_plural = _("appuntamenti")
        ordering = ["scheduled_at"]
        # What a mechanic may: see the day's work and say how it goes, without the shop's other pages.
        permissions = [
            ("work_appointment", _("Lavora sugli appuntamenti del giorno")),
            ("export_appointment", _("Esporta gli appuntamenti")),
        ]
        indexes = [
            # What lies ahead, without the years of history: availability asks for ends_at > a moment.
            models.Index(fields=["ends_at"], condition=Q(status__in=COUNTED), name="appointment_ahead"),
            models.Index(fields=["scheduled_at"], name="appointment_by_start"),
            models.Index(fields=["customer", "-scheduled_at"], name="appointment_of_customer"),
            # The day's page: what was booked lately, what waits for the shop's yes, which cars are still in.
            models.Index(fields=["created_at"], name="appointment_by_booking"),
            models.Index(
                fields=["scheduled_at"], condition=Q(status=Status.PENDING), name="appointment_to_confirm"
            ),
            models.Index(
                fields=["scheduled_at"],
                condition=Q(status__in=IN_SHOP, collected_at__isnull=True),
                name="appointment_in_shop_by_start",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("scheduled_at")),
                name="appointment_ends_after_start",
                violation_error_message=_("L'appuntamento finisce prima di cominciare."),
            ),
            models.CheckConstraint(
                condition=Q(drop_off_at__isnull=True) | Q(drop_off_at__lte=F("scheduled_at")),
                name="appointment_drop_off_before_start",
                violation_error_message=_("La consegna dell'auto viene prima dell'inizio del lavoro."),
            ),
            models.CheckConstraint(
                condition=Q(duration_minutes__gte=1, duration_minutes__lte=MAX_DURATION_MINUTES),
                name="appointment_duration_is_sensible",
                violation_error_message=_("La durata va da un minuto a trenta giorni."),
            ),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="appointment_status_known"),
            models.CheckConstraint(condition=Q(source__in=Source.values), name="appointment_source_known"),
            ExclusionConstraint(
                name="appointment_bay_is_free",
                expressions=[
                    (bay_range(), RangeOperators.OVERLAPS),
                    (time_range(), RangeOperators.OVERLAPS),
                ],
                condition=Q(status__in=LIVE),
                violation_error_message=_("La postazione è già occupata in questo orario."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.service.name}"

    @property
    def is_live(self) -> bool:
        """Whether it holds its bay."""
        return self.status in LIVE


class WaitingList(models.Model):
    """Somebody who would come if a slot came free."""

    class PartOfDay(models.TextChoices):
        ANY = "", _("indifferente")
        MORNING = "morning", _("mattina")
        AFTERNOON = "afternoon", _("pomeriggio")

    class Status(models.TextChoices):
        WAITING = "waiting", _("in attesa")
        OFFERED = "offered", _("posto offerto")
        BOOKED = "booked", _("prenotato")
        CLOSED = "closed", _("chiuso")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    customer = models.ForeignKey(
        Customer, verbose_name=_("cliente"), related_name="waiting", on_delete=models.CASCADE
    )
    vehicle = models.ForeignKey(
        Vehicle,
        verbose_name=_("veicolo"),
        related_name="waiting",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
    )
    service = models.ForeignKey(
        Service, verbose_name=_("servizio"), related_name="waiting", on_delete=models.CASCADE
    )
    wanted_from = models.DateField(_("dal"))
    wanted_to = models.DateField(_("al"))
    part_of_day = models.CharField(
        _("quando"), max_length=20, choices=PartOfDay, blank=True, default=PartOfDay.ANY
    )
    note = models.CharField(_("nota"), max_length=300, blank=True, default="")
    status = models.CharField(_("stato"), max_length=20, choices=Status, default=Status.WAITING)
    created_at = models.DateTimeField(_("in lista dal"), auto_now_add=True)

    class Meta:
        verbose_name = _("richiesta in lista d'attesa")
        verbose_name_plural = _("lista d'attesa")
        ordering = ["wanted_from", "created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(wanted_to__gte=F("wanted_from")),
                name="waiting_dates_in_order",
                violation_error_message=_("Le date della lista d'attesa sono invertite."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer} {self.service}"

"""People who bring their cars, how they reach the shop, what they agreed to, and the cars."""

import uuid
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from scheduling import due, plates
from shops.phones import PhoneField


class Channel(models.TextChoices):
    """How somebody reaches the shop."""

    VOICE = "voice", _("telefono")
    WHATSAPP = "whatsapp", _("WhatsApp")
    WEB = "web", _("sito")


class Customer(models.Model):
    """Somebody the shop works for. `phone` is a number that was verified: the channel itself vouched for it.

    Since `archived_at` they are out of the lists and of what can be chosen; who calls or writes again is still known.
    Who was found to be somebody else stays as an archived row without a number, and `merged_into` names who they are
    (scheduling.people.merge): whatever still has the old id arrives there. `erased_at`: what was personal is gone, the row
    stays for the appointments that the books need.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    phone = PhoneField(
        _("telefono"),
        null=True,
        blank=True,
        unique=True,
        error_messages={"unique": _("C'è già un cliente con questo numero di telefono.")},
    )
    email = models.EmailField(_("email"), blank=True, default="")
    first_name = models.CharField(_("nome"), max_length=80, blank=True, default="")
    last_name = models.CharField(_("cognome"), max_length=80, blank=True, default="")
    gdpr_consent = models.BooleanField(
        _("consenso privacy"), default=False, help_text=_("Ha ricevuto l'informativa e ha dato il consenso.")
    )
    language = models.CharField(_("lingua"), max_length=8, default="it")
    notes = models.TextField(_("note interne"), blank=True, default="")
    archived_at = models.DateTimeField(_("archiviato il"), null=True, blank=True, editable=False)
    erased_at = models.DateTimeField(_("cancellato il"), null=True, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self",
        verbose_name=_("unito a"),
        related_name="merged",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.CASCADE,
    )
    created_at = models.DateTimeField(_("cliente dal"), auto_now_add=True)

    class Meta:
        verbose_name = _("cliente")
        verbose_name_plural = _("clienti")
        ordering = ["last_name", "first_name"]
        # To take the whole list away, or to bring one in, is more than to look at it.
        permissions = [
            ("export_customer", _("Esporta i clienti")),
            ("import_customer", _("Importa clienti e veicoli")),
        ]
        indexes = [models.Index(fields=["last_name", "first_name"], name="customer_by_name")]
        constraints = [
            models.CheckConstraint(
                condition=Q(phone__isnull=True) | Q(phone__regex=r"^\+[1-9][0-9]{4,14}$"),
                name="customer_phone_is_e164",
            )
        ]

    def __str__(self) -> str:
        return self.full_name or str(self.phone or _("cliente senza nome"))

    @property
    def full_name(self) -> str:
        """First and last name; empty when neither is known."""
        return f"{self.first_name} {self.last_name}".strip()


class ChannelIdentity(models.Model):
    """Who a customer is on a channel: the caller's number, the WhatsApp id, the browser's token.

    Since `opted_out_at` they want no message there that the shop begins (receptionist.optout).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    customer = models.ForeignKey(
        Customer, verbose_name=_("cliente"), related_name="identities", on_delete=models.CASCADE
    )
    channel = models.CharField(_("canale"), max_length=20, choices=Channel)
    external_id = models.CharField(_("identificativo"), max_length=200)
    verified = models.BooleanField(_("verificato"), default=False)
    opted_out_at = models.DateTimeField(_("ha scritto STOP il"), null=True, blank=True)
    created_at = models.DateTimeField(_("dal"), auto_now_add=True)

    class Meta:
        verbose_name = _("contatto")
        verbose_name_plural = _("contatti")
        ordering = ["channel", "external_id"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "external_id"], name="identity_once_per_channel")
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.external_id}"


class ConsentChannel(models.TextChoices):
    """Where somebody was asked."""

    VOICE = "voice", _("telefono")
    WHATSAPP = "whatsapp", _("WhatsApp")
    WEB = "web", _("sito")
    SHOP = "shop", _("in officina")


class Consent(models.Model):
    """The proof of one consent: what was asked, in which words, when and where. Withdrawn, never deleted.

    Not `granted`: a refusal, which is an answer too. `conversation_id` names where it was said, if anywhere.
    """

    class Purpose(models.TextChoices):
        PRIVACY = "privacy", _("trattamento dei dati")
        RECORDING = "recording", _("registrazione della chiamata")
        MARKETING = "marketing", _("comunicazioni promozionali")
        SERVICE_MESSAGES = "service_messages", _("messaggi sugli appuntamenti")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    customer = models.ForeignKey(
        Customer, verbose_name=_("cliente"), related_name="consents", on_delete=models.CASCADE
    )
    purpose = models.CharField(_("scopo"), max_length=20, choices=Purpose)
    granted = models.BooleanField(_("concesso"))
    wording = models.TextField(_("testo proposto"), blank=True, default="")
    channel = models.CharField(_("canale"), max_length=20, choices=ConsentChannel)
    # Conversations belong to a higher room: an id without a foreign key.
    conversation_id = models.UUIDField(_("conversazione"), null=True, blank=True, editable=False)
    given_at = models.DateTimeField(_("espresso il"), default=timezone.now)
    withdrawn_at = models.DateTimeField(_("ritirato il"), null=True, blank=True)

    class Meta:
        verbose_name = _("consenso")
        verbose_name_plural = _("consensi")
        ordering = ["-given_at"]

    def __str__(self) -> str:
        return str(self.get_purpose_display())


def validate_plate(text: str) -> None:
    problem = plates.plate_problem(text, heard=False)
    if problem:
        raise ValidationError(problem)


def validate_vin(text: str) -> None:
    problem = plates.vin_problem(text)
    if problem:
        raise ValidationError(problem)


def validate_year(year: int) -> None:
    """Cars exist since 1900, and next year's models are sold this year."""
    if not 1900 <= year <= date.today().year + 1:  # noqa: DTZ011 - a year more or less does not matter here
        raise ValidationError(_("L'anno non è plausibile."))


class PlateField(models.CharField):
    """A licence plate, normalised when cleaned and when saved (scheduling.plates)."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return plates.normalise_plate(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return plates.normalise_plate(value) if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = super().pre_save(model_instance, add)
        if isinstance(value, str):
            value = plates.normalise_plate(value)
            setattr(model_instance, self.attname, value)
        return value


class DerivedField(models.Field):
    """Mixed into a field that is worked out of the row's others whenever the row is written (scheduling.due)."""

    def __init__(self, *args: Any, derive: Callable[[Any], Any] | None = None, **kwargs: Any) -> None:
        self.derive = derive
        super().__init__(*args, **{**kwargs, "null": True, "editable": False})

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """The value by the row as it is now."""
        if self.derive is not None:
            setattr(model_instance, self.attname, self.derive(model_instance))
        return super().pre_save(model_instance, add)


class DerivedDate(DerivedField, models.DateField):
    """A day that follows from other fields."""


class DerivedNumber(DerivedField, models.PositiveIntegerField):
    """A number that follows from other fields."""


class Vehicle(models.Model):
    """A car, found by its plate. The owner may be unknown.

    `next_revision_on`, `next_service_on` and `next_service_km` follow from the other fields by the rules of
    scheduling.due, whenever the row is saved: lists of what is due are then a query.
    """

    class Fuel(models.TextChoices):
        PETROL = "petrol", _("benzina")
        DIESEL = "diesel", _("gasolio")
        LPG = "lpg", _("GPL")
        METHANE = "methane", _("metano")
        HYBRID = "hybrid", _("ibrida")
        ELECTRIC = "electric", _("elettrica")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    customer = models.ForeignKey(
        Customer,
        verbose_name=_("cliente"),
        related_name="vehicles",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
    )
    license_plate = PlateField(
        _("targa"),
        max_length=15,
        unique=True,
        validators=[validate_plate],
        error_messages={"unique": _("C'è già un veicolo con questa targa.")},
    )
    make = models.CharField(_("marca"), max_length=40, blank=True, default="")
    model = models.CharField(_("modello"), max_length=60, blank=True, default="")
    year = models.PositiveSmallIntegerField(_("anno"), null=True, blank=True, validators=[validate_year])
    vin = models.CharField(_("telaio"), max_length=17, blank=True, default="", validators=[validate_vin])
    fuel = models.CharField(_("alimentazione"), max_length=20, blank=True, default="", choices=Fuel)
    mileage_km = models.PositiveIntegerField(_("chilometri"), null=True, blank=True)
    registered_on = models.DateField(_("immatricolato il"), null=True, blank=True)
    last_revision_on = models.DateField(_("ultima revisione"), null=True, blank=True)
    yearly_revision = models.BooleanField(
        _("revisione ogni anno"),
        default=False,
        help_text=_("Taxi, noleggio, ambulanze e oltre 3,5 t."),
    )
    last_service_on = models.DateField(_("ultimo tagliando"), null=True, blank=True)
    last_service_km = models.PositiveIntegerField(_("chilometri all'ultimo tagliando"), null=True, blank=True)
    service_every_months = models.PositiveSmallIntegerField(
        _("tagliando ogni (mesi)"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    service_every_km = models.PositiveIntegerField(
        _("tagliando ogni (km)"), null=True, blank=True, validators=[MinValueValidator(1000)]
    )
    next_revision_on = DerivedDate(_("prossima revisione"), derive=due.next_revision)
    next_service_on = DerivedDate(_("prossimo tagliando"), derive=due.next_service)
    next_service_km = DerivedNumber(_("prossimo tagliando (km)"), derive=due.next_service_km)
    archived_at = models.DateTimeField(_("archiviato il"), null=True, blank=True, editable=False)
    notes = models.TextField(_("note interne"), blank=True, default="")
    created_at = models.DateTimeField(_("registrato il"), auto_now_add=True)

    DERIVED = ("next_revision_on", "next_service_on", "next_service_km")

    class Meta:
        verbose_name = _("veicolo")
        verbose_name_plural = _("veicoli")
        ordering = ["license_plate"]
        permissions = [("export_vehicle", _("Esporta i veicoli"))]
        indexes = [
            models.Index(
                fields=["next_revision_on"], condition=Q(archived_at__isnull=True), name="vehicle_by_revision"
            ),
            models.Index(
                fields=["next_service_on"], condition=Q(archived_at__isnull=True), name="vehicle_by_service"
            ),
            # Kilometres that are reached: few, and no date tells of them.
            models.Index(
                fields=["next_service_km"],
                condition=Q(archived_at__isnull=True, mileage_km__gte=F("next_service_km")),
                name="vehicle_over_service_km",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(license_plate=Upper(F("license_plate")))
                & Q(license_plate__regex=r"^[^\s.·\-]+$"),
                name="vehicle_plate_is_normalised",
            )
        ]

    def __str__(self) -> str:
        return f"{self.license_plate} {self.label}".strip()

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """As usual; due dates follow even when only some fields are written."""
        if update_fields is not None:
            update_fields = set(update_fields)
            if update_fields & due.SOURCES:
                update_fields |= set(self.DERIVED)
        super().save(*args, update_fields=update_fields, **kwargs)

    @property
    def label(self) -> str:
        """What people call it: "Fiat Panda"; empty when unknown."""
        return f"{self.make} {self.model}".strip()

    def clean(self) -> None:
        self.vin = plates.normalise_vin(self.vin)

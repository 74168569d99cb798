"""What the shop can do and when: services, bays, opening hours, closures."""

import uuid
from datetime import time

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

MIDNIGHT = time(0, 0)
MAX_DURATION_MINUTES = 60 * 24 * 30
DURATION = [MinValueValidator(1), MaxValueValidator(MAX_DURATION_MINUTES)]


class Bay(models.Model):
    """A place to work on a car: a lift, a bench. Its bigint identity is what the exclusion constraint
    compares."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(_("nome"), max_length=60)
    is_active = models.BooleanField(_("in uso"), default=True)
    position = models.PositiveSmallIntegerField(_("ordine"), default=0)
    mechanic = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("meccanico"),
        related_name="bays",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        db_index=False,
        help_text=_("Chi ci lavora di solito: trova questi lavori fra i suoi."),
    )

    class Meta:
        verbose_name = _("postazione")
        verbose_name_plural = _("postazioni")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class Service(models.Model):
    """Work that can be booked, how long it takes and where it can be done."""

    class ConfirmedBy(models.TextChoices):
        AI = "ai", _("subito, dall'assistente")
        SHOP = "shop", _("dall'officina")

    class Renews(models.TextChoices):
        NOTHING = "", _("nessuna scadenza")
        REVISION = "revision", _("la revisione")
        SERVICE = "service", _("il tagliando")
        TYRES = "tyres", _("il cambio gomme di stagione")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("nome"), max_length=80, unique=True)
    words = models.JSONField(
        _("come lo chiedono i clienti"),
        default=list,
        blank=True,
        help_text=_("Le parole che dice chi telefona: «cambio olio», «gomme invernali»…"),
    )
    description = models.TextField(_("descrizione"), blank=True, default="")
    duration_minutes = models.PositiveIntegerField(_("durata (minuti)"), validators=DURATION)
    price_from = models.DecimalField(
        _("prezzo a partire da (€)"), max_digits=8, decimal_places=2, null=True, blank=True
    )
    bays = models.ManyToManyField(Bay, verbose_name=_("postazioni"), related_name="services", blank=True)
    most_a_day = models.PositiveSmallIntegerField(
        _("al massimo al giorno"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    confirmed_by = models.CharField(
        _("confermato"), max_length=10, choices=ConfirmedBy, default=ConfirmedBy.AI
    )
    renews = models.CharField(
        _("rinnova"),
        max_length=10,
        choices=Renews,
        blank=True,
        default=Renews.NOTHING,
        help_text=_("Quando l'auto è pronta, la sua scadenza riparte da quel giorno."),
    )
    preparation = models.CharField(
        _("cosa portare"),
        max_length=300,
        blank=True,
        default="",
        help_text=_("Per esempio: il libretto di circolazione."),
    )
    is_active = models.BooleanField(_("prenotabile"), default=True)
    is_common = models.BooleanField(
        _("richiesto spesso"), default=False, help_text=_("L'assistente ne conosce già i primi posti liberi.")
    )
    position = models.PositiveSmallIntegerField(_("ordine"), default=0)

    class Meta:
        verbose_name = _("servizio")
        verbose_name_plural = _("servizi")
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(duration_minutes__gte=1, duration_minutes__lte=MAX_DURATION_MINUTES),
                name="service_duration_is_sensible",
                violation_error_message=_("La durata va da un minuto a trenta giorni."),
            ),
            models.CheckConstraint(
                condition=Q(price_from__isnull=True) | Q(price_from__gte=0),
                name="service_price_not_negative",
                violation_error_message=_("Il prezzo non può essere negativo."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if not isinstance(self.words, list) or not all(isinstance(word, str) for word in self.words):
            raise ValidationError({"words": _("Serve un elenco di parole.")})


class Weekday(models.IntegerChoices):
    """Days as Python's date.weekday() counts them."""

    MONDAY = 0, _("lunedì")
    TUESDAY = 1, _("martedì")
    WEDNESDAY = 2, _("mercoledì")
    THURSDAY = 3, _("giovedì")
    FRIDAY = 4, _("venerdì")
    SATURDAY = 5, _("sabato")
    SUNDAY = 6, _("domenica")


class OpeningHours(models.Model):
    """One opening period of a weekday, in the shop's local time; 00:00 as closing time is midnight at the
    end."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    weekday = models.PositiveSmallIntegerField(_("giorno"), choices=Weekday)
    opens = models.TimeField(_("apre"))
    closes = models.TimeField(_("chiude"))

    class Meta:
        verbose_name = _("orario di apertura")
        verbose_name_plural = _("orari di apertura")
        ordering = ["weekday", "opens"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__gte=0, weekday__lte=6), name="opening_weekday_exists"
            ),
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")) | Q(closes=MIDNIGHT),
                name="opening_closes_after_it_opens",
                violation_error_message=_("L'orario di chiusura viene dopo quello di apertura."),
            ),
            models.UniqueConstraint(fields=["weekday", "opens"], name="opening_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"

    def clean(self) -> None:
        if None in (self.weekday, self.opens, self.closes):  # the form says which one is missing
            return
        for other in OpeningHours.objects.filter(weekday=self.weekday).exclude(pk=self.pk):
            if self.opens < _end(other.closes) and other.opens < _end(self.closes):
                raise ValidationError(
                    _("Si sovrappone a un altro orario dello stesso giorno: %(other)s.") % {"other": other}
                )


def _end(closes: time) -> time:
    return time.max if closes == MIDNIGHT else closes


class Closure(models.Model):
    """Days (or some hours of each of these days) in which the shop, or one bay, does not work."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    starts_on = models.DateField(_("dal"))
    ends_on = models.DateField(_("al (compreso)"))
    from_time = models.TimeField(
        _("dalle"), null=True, blank=True, help_text=_("Lasciare vuoto se è chiuso tutto il giorno.")
    )
    to_time = models.TimeField(_("alle"), null=True, blank=True)
    bay = models.ForeignKey(
        Bay,
        verbose_name=_("postazione"),
        null=True,
        blank=True,
        related_name="closures",
        on_delete=models.CASCADE,
        help_text=_("Lasciare vuoto se chiude tutta l'officina."),
    )
    every_year = models.BooleanField(
        _("ogni anno"), default=False, help_text=_("Per esempio la festa del patrono.")
    )
    reason = models.CharField(
        _("motivo"),
        max_length=120,
        blank=True,
        default="",
        help_text=_("L'assistente lo dice ai clienti: «ferie estive»."),
    )

    class Meta:
        verbose_name = _("chiusura")
        verbose_name_plural = _("chiusure")
        ordering = ["starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="closure_ends_after_it_starts",
                violation_error_message=_("La chiusura finisce prima di cominciare."),
            ),
            models.CheckConstraint(
                condition=Q(from_time__isnull=True, to_time__isnull=True)
                # Both are asked for: a comparison with NULL would satisfy a check.
                | Q(from_time__isnull=False, to_time__isnull=False)
                & (Q(to_time__gt=F("from_time")) | Q(to_time=MIDNIGHT)),
                name="closure_hours_in_order",
                violation_error_message=_(
                    "Per una chiusura di alcune ore servono l'inizio e la fine, in ordine."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.reason or f"{self.starts_on:%d/%m/%Y}–{self.ends_on:%d/%m/%Y}"

"""How a shop's receptionist speaks, what it knows of the shop and when it gives the call away."""

import uuid
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from shops.context import current_shop
from shops.models import PhoneLine
from shops.phones import PhoneField, normalise_phone


class Formality(models.TextChoices):
    """How customers are addressed."""

    LEI = "lei", _("Lei")
    TU = "tu", _("Tu")


def only_italian() -> list[str]:
    """The languages of a new shop."""
    return ["it"]


class AIConfig(models.Model):
    """The one row of settings of a shop's receptionist; `AIConfig.load()` gets it.

    Texts are said to customers as they are written here; what is left empty is not made up.
    `max_call_seconds` is real time, `callback_minutes` are minutes of opening time.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    only = models.BooleanField(default=True, unique=True, editable=False)

    assistant_name = models.CharField(
        _("nome dell'assistente"), max_length=40, blank=True, default="", help_text=_("Per esempio: Giulia.")
    )
    greeting = models.CharField(
        _("saluto"),
        max_length=300,
        blank=True,
        default="",
        help_text=_(
            "Vuoto: il nome dell'officina e buongiorno. Che risponde un'intelligenza artificiale, e che la "
            "chiamata è registrata, viene sempre detto."
        ),
    )
    formality = models.CharField(_("dà del"), max_length=3, choices=Formality, default=Formality.LEI)
    languages = models.JSONField(
        _("lingue"), default=only_italian, blank=True, help_text=_('Codici, per esempio ["it", "en"].')
    )
    instructions = models.TextField(
        _("istruzioni proprie"), blank=True, default="", help_text=_("Aggiunte in fondo alle istruzioni.")
    )

    voice_id = models.CharField(_("voce (ElevenLabs)"), max_length=80, default="EXAVITQu4vr4xnSDxMaL")
    voice_model = models.CharField(_("modello della voce"), max_length=80, default="eleven_turbo_v2_5")
    transcriber_model = models.CharField(_("modello d'ascolto (Deepgram)"), max_length=80, default="nova-3")
    llm_model = models.CharField(_("modello linguistico (OpenAI)"), max_length=80, default="gpt-4o")
    temperature = models.DecimalField(
        _("temperatura"),
        max_digits=3,
        decimal_places=2,
        default="0.30",
        validators=[MinValueValidator(0), MaxValueValidator(2)],
    )
    max_call_seconds = models.PositiveIntegerField(
        _("durata massima (secondi)"),
        default=600,
        validators=[MinValueValidator(10), MaxValueValidator(43200)],
    )
    recording_enabled = models.BooleanField(_("registra le chiamate"), default=False)

    address = models.CharField(_("indirizzo"), max_length=300, blank=True, default="")
    parking = models.CharField(_("parcheggio e accesso"), max_length=300, blank=True, default="")
    payment = models.CharField(_("pagamenti"), max_length=300, blank=True, default="")
    courtesy_car = models.CharField(_("auto sostitutiva"), max_length=300, blank=True, default="")
    vehicles_served = models.CharField(
        _("veicoli"),
        max_length=300,
        blank=True,
        default="",
        help_text=_("Elettriche, ibride, camper, moto: che cosa si fa e che cosa no."),
    )
    other_facts = models.TextField(_("altro da sapere"), blank=True, default="")
    faq = models.JSONField(
        _("domande frequenti"),
        default=list,
        blank=True,
        help_text=_('Elenco di {"domanda": "…", "risposta": "…"}.'),
    )

    transfer_number = PhoneField(
        _("numero a cui passare le chiamate"),
        blank=True,
        default="",
        help_text=_("Un numero che non è deviato all'assistente, altrimenti la chiamata gira in tondo."),
    )
    transfer_out_of_hours = models.BooleanField(_("passa le chiamate anche a officina chiusa"), default=False)
    callback_minutes = models.PositiveSmallIntegerField(
        _("si richiama entro (minuti di apertura)"),
        default=60,
        validators=[MinValueValidator(5), MaxValueValidator(1440)],
    )
    silence_hours = models.PositiveSmallIntegerField(
        _("dopo che risponde una persona, silenzio per (ore)"),
        default=12,
        validators=[MinValueValidator(1), MaxValueValidator(168)],
        help_text=_("In una chat passata a una persona l'assistente tace; poi riprende."),
    )
    audio_days = models.PositiveSmallIntegerField(
        _("messaggi vocali e registrazioni conservati per (giorni)"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
    )
    tow_number = PhoneField(_("soccorso stradale"), blank=True, default="")
    updated_at = models.DateTimeField(_("aggiornata il"), auto_now=True)

    class Meta:
        verbose_name = _("assistente")
        verbose_name_plural = _("assistente")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(only=True), name="aiconfig_only_one"),
        ]

    def __str__(self) -> str:
        return self.assistant_name or str(_("Assistente"))

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save. Raises ValidationError for a transfer number that leads back to the receptionist."""
        self._refuse_loop()
        super().save(*args, **kwargs)

    @classmethod
    def load(cls) -> "AIConfig":
        """The shop's row, made with the defaults if there is none. One query once it exists."""
        # Written out: with so many columns, putting the query together takes longer than answering it.
        config = next(iter(cls.objects.raw("SELECT * FROM receptionist_aiconfig LIMIT 1")), None)
        return config or cls.objects.get_or_create(only=True)[0]

    def clean(self) -> None:
        """Refuse what would break a call: a transfer in a loop, a shapeless list. Reads the shop's lines."""
        problems: dict[str, Any] = {}
        if not _is_text_list(self.languages):
            problems["languages"] = _('Scriva un elenco di codici, per esempio ["it", "en"].')
        if not _is_faq(self.faq):
            problems["faq"] = _('Scriva un elenco di {"domanda": "…", "risposta": "…"}.')
        if problems:
            raise ValidationError(problems)
        self._refuse_loop()

    def _refuse_loop(self) -> None:
        if not self.transfer_number or not is_own_number(str(self.transfer_number)):
            return
        sentence = _(
            "Questo è il numero dell'officina a cui risponde l'assistente: la chiamata tornerebbe "
            "indietro all'infinito. Indichi un altro numero, per esempio un cellulare."
        )
        raise ValidationError({"transfer_number": sentence})


def is_own_number(number: str) -> bool:
    """Whether it is the current shop's own: its landline, or a line the receptionist answers. One query."""
    wanted = normalise_phone(number)
    if not wanted:
        return False
    shop = current_shop()
    own = [shop.phone_number, *PhoneLine.objects.filter(shop=shop).values_list("number", flat=True)]
    return wanted in {normalise_phone(str(each)) for each in own if each}


def _is_text_list(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) and each for each in value)


def _is_faq(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, dict)
        and isinstance(each.get("domanda"), str)
        and isinstance(each.get("risposta"), str)
        for each in value
    )

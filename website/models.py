"""How a shop's public pages look and what they offer; what was sent from the booking page."""

import uuid
from pathlib import PurePosixPath
from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

DEFAULT_COLOUR = "#1d4ed8"


def logo_path(_site: "Site", filename: str) -> str:
    """Where a logo lives in the shop's folder: a new name for every file, so that browsers may keep it for ever."""
    return f"logo/{uuid.uuid4()}{PurePosixPath(filename).suffix.lower()[:5]}"


def no_origins() -> list[str]:
    """The widget may stand on any page."""
    return []


class Site(models.Model):
    """The one row of a shop's public pages; `Site.load()` gets it. Texts are shown as they are written here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    only = models.BooleanField(default=True, unique=True, editable=False)
    booking_enabled = models.BooleanField(_("si prenota dal sito"), default=True)
    chat_enabled = models.BooleanField(_("chat sul sito"), default=True)
    name = models.CharField(
        _("nome mostrato"),
        max_length=80,
        blank=True,
        default="",
        help_text=_("Vuoto: il nome dell'officina."),
    )
    logo = models.FileField(_("logo"), upload_to=logo_path, max_length=255, blank=True, default="")
    colour = models.CharField(
        _("colore"),
        max_length=7,
        default=DEFAULT_COLOUR,
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}\Z", _("Scriva un colore come #1d4ed8."))],
    )
    welcome = models.TextField(_("benvenuto"), max_length=600, blank=True, default="")
    welcome_en = models.TextField(_("benvenuto in inglese"), max_length=600, blank=True, default="")
    thanks = models.TextField(_("testo dopo la prenotazione"), max_length=600, blank=True, default="")
    thanks_en = models.TextField(
        _("testo dopo la prenotazione, in inglese"), max_length=600, blank=True, default=""
    )
    widget_origins = models.JSONField(
        _("siti su cui sta la chat"),
        default=no_origins,
        blank=True,
        help_text=_('Elenco come ["https://www.officina.it"]. Vuoto: qualsiasi sito.'),
    )
    updated_at = models.DateTimeField(_("aggiornato il"), auto_now=True)

    class Meta:
        verbose_name = _("sito")
        verbose_name_plural = _("sito")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(only=True), name="site_only_one"),
        ]

    def __str__(self) -> str:
        return str(_("Sito"))

    @classmethod
    def load(cls) -> "Site":
        """The shop's row, made with the defaults if there is none. One query once it exists."""
        return cls.objects.first() or cls.objects.get_or_create(only=True)[0]


class BookingRequest(models.Model):
    """One form of the booking page. Its id is made with the form and comes back with it: sent twice it books once."""

    id = models.UUIDField(primary_key=True)
    appointment = models.ForeignKey(
        "scheduling.Appointment",
        verbose_name=_("appuntamento"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
    )
    language = models.CharField(_("lingua"), max_length=8, default="it")
    created_at = models.DateTimeField(_("mandata il"), default=timezone.now)

    class Meta:
        verbose_name = _("prenotazione dal sito")
        verbose_name_plural = _("prenotazioni dal sito")
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.created_at:%d/%m/%Y %H:%M}"

"""Shops, and what leads to them: hosts, telephone lines, WhatsApp numbers."""

import re
import uuid
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_tenants.models import DomainMixin, TenantMixin

from shops.crypto import EncryptedTextField
from shops.phones import PhoneField

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})*\Z")


def validate_timezone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("Fuso orario sconosciuto: scriverlo come Europe/Rome."))


class Shop(TenantMixin):
    """An officina. Its data live in the schema `schema_name`, reached with the database role `db_role`."""

    class Tier(models.TextChoices):
        STARTER = "starter", _("Starter")
        PROFESSIONAL = "professional", _("Professional")
        ENTERPRISE = "enterprise", _("Enterprise")

    class Status(models.TextChoices):
        CREATING = "creating", _("in creazione")
        ACTIVE = "active", _("attiva")
        SUSPENDED = "suspended", _("sospesa")
        DELETING = "deleting", _("in cancellazione")

    auto_create_schema = False
    auto_drop_schema = False

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("nome"), max_length=100)
    slug = models.SlugField(_("identificativo"), max_length=40, unique=True)
    db_role = models.CharField(max_length=63, unique=True, editable=False)
    phone_number = PhoneField(_("telefono"))
    whatsapp_number = PhoneField(_("WhatsApp"), blank=True, default="")
    subscription_tier = models.CharField(_("piano"), max_length=20, choices=Tier, default=Tier.STARTER)
    settings = models.JSONField(_("impostazioni"), default=dict, blank=True)
    timezone = models.CharField(
        _("fuso orario"), max_length=64, default="Europe/Rome", validators=[validate_timezone]
    )
    status = models.CharField(_("stato"), max_length=20, choices=Status, default=Status.CREATING)
    schema_version = models.CharField(max_length=64, blank=True, default="", editable=False)
    created_at = models.DateTimeField(_("creata il"), auto_now_add=True)

    class Meta:
        verbose_name = _("officina")
        verbose_name_plural = _("officine")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def tz(self) -> ZoneInfo:
        """The shop's time zone, in which everything is shown and understood."""
        return ZoneInfo(self.timezone)

    @property
    def is_suspended(self) -> bool:
        return self.status != self.Status.ACTIVE

    def url(self, path: str = "/") -> str:
        """The address of `path` on this shop's host, with the scheme and port of the platform's public address."""
        public = urlsplit(settings.PUBLIC_URL)
        port = f":{public.port}" if public.port else ""
        return f"{public.scheme}://{self.primary_domain}{port}{path}"

    @property
    def primary_domain(self) -> str:
        """The host of the shop's admin and pages, without scheme and port."""
        domain = self.domains.order_by("-is_primary").first()
        return domain.domain if domain else ""


class Domain(DomainMixin):
    """A host name that belongs to a shop."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    domain = models.CharField(_("host"), max_length=253, unique=True)
    tenant = models.ForeignKey(
        Shop, verbose_name=_("officina"), related_name="domains", on_delete=models.CASCADE
    )
    is_primary = models.BooleanField(
        _("principale"), default=True, help_text=_("Quello che sta nei link; un'officina ne ha uno.")
    )

    class Meta:
        verbose_name = _("dominio")
        verbose_name_plural = _("domini")

    def __str__(self) -> str:
        return self.domain

    def clean(self) -> None:
        """Lower case, without a final dot. Refuses what is no host name, and the platform's own hosts."""
        self.domain = self.domain.strip().lower().rstrip(".")
        if not HOST.match(self.domain):
            raise ValidationError(
                _("«%(domain)s» non è un nome di host: scriverlo senza http:// e senza porta.")
                % {"domain": self.domain}
            )
        if self.domain in settings.PLATFORM_HOSTS:
            raise ValidationError(_("%(domain)s è l'indirizzo della piattaforma.") % {"domain": self.domain})


class PhoneLine(models.Model):
    """A telephone line at Vapi, and the shop that it answers for."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    shop = models.ForeignKey(
        Shop, verbose_name=_("officina"), related_name="phone_lines", on_delete=models.CASCADE
    )
    phone_number_id = models.CharField(_("id Vapi"), max_length=100, unique=True)
    number = PhoneField(_("numero"), unique=True)
    created_at = models.DateTimeField(_("creata il"), auto_now_add=True)

    class Meta:
        verbose_name = _("linea telefonica")
        verbose_name_plural = _("linee telefoniche")
        ordering = ["number"]

    def __str__(self) -> str:
        return str(self.number)


class WhatsAppNumber(models.Model):
    """A WhatsApp number at Meta, and the shop that it answers for. The token is encrypted at rest.

    `stopped_at`: Meta refuses the token or the account, so nothing is sent and the queue waits. A new token starts
    it again (shops.lines).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    shop = models.ForeignKey(
        Shop, verbose_name=_("officina"), related_name="whatsapp_numbers", on_delete=models.CASCADE
    )
    phone_number_id = models.CharField(_("id Meta"), max_length=100, unique=True)
    waba_id = models.CharField(_("account WhatsApp Business"), max_length=100, blank=True, default="")
    number = PhoneField(_("numero"), blank=True, default="")
    access_token = EncryptedTextField(_("token"), blank=True, default="")
    stopped_at = models.DateTimeField(_("invio fermo dal"), null=True, blank=True)
    stopped_code = models.IntegerField(_("codice d'errore di Meta"), null=True, blank=True)
    stopped_reason = models.CharField(_("perché"), max_length=300, blank=True, default="")
    created_at = models.DateTimeField(_("creato il"), auto_now_add=True)

    class Meta:
        verbose_name = _("numero WhatsApp")
        verbose_name_plural = _("numeri WhatsApp")
        ordering = ["number"]

    def __str__(self) -> str:
        return str(self.number) or self.phone_number_id


class UnroutedEvent(models.Model):
    """Somebody called or wrote to a line that belongs to no shop. Counted; nothing of what was said is kept."""

    class Channel(models.TextChoices):
        VOICE = "voice", _("telefono")
        WHATSAPP = "whatsapp", _("WhatsApp")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    channel = models.CharField(_("canale"), max_length=20, choices=Channel)
    external_id = models.CharField(_("linea sconosciuta"), max_length=100)
    kind = models.CharField(_("evento"), max_length=60, blank=True, default="")
    count = models.PositiveIntegerField(_("volte"), default=1)
    first_at = models.DateTimeField(_("la prima volta"), auto_now_add=True)
    last_at = models.DateTimeField(_("l'ultima volta"), auto_now=True)

    class Meta:
        verbose_name = _("evento senza officina")
        verbose_name_plural = _("eventi senza officina")
        ordering = ["-last_at"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "external_id"], name="unrouted_once_per_line")
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.external_id}"


class SchemaTemplate(models.Model):
    """The SQL that makes a shop's schema, captured after each migration and replayed for a new shop."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.CharField(max_length=64, unique=True)
    sql = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.version

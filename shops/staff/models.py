"""One table of people, in every shop's schema and in public: a login of one shop does not exist in another."""

import uuid
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from shops.phones import PhoneField
from shops.staff.authenticators import Authenticator

__all__ = ["Authenticator", "StaffManager", "StaffUser"]

# A name may end up in the head of a mail or in a list that a spreadsheet opens: one line, nothing that is not shown.
ONE_LINE = RegexValidator(r"\A[^\x00-\x1f\x7f-\x9f\u2028\u2029]*\Z", _("Scriva il nome su una riga sola."))


class StaffManager(BaseUserManager["StaffUser"]):
    """Creates people by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "StaffUser":
        """Save a person. Without a password the account cannot log in until one is set."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.full_clean()
        user.save()
        return user

    def get_by_natural_key(self, username: str | None) -> "StaffUser":
        """Addresses are compared ignoring case."""
        return self.get(email=(username or "").strip().lower())


class StaffUser(AbstractBaseUser):  # type: ignore[django-manager-missing]  # django_otp has no types
    """A person with one role. What a role may do stands in shops.staff.permissions and in the schema's groups."""

    class Role(models.TextChoices):
        ADMIN = "admin", _("amministratore")
        MANAGER = "manager", _("responsabile")
        MECHANIC = "mechanic", _("meccanico")
        RECEPTIONIST = "receptionist", _("accettazione")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(
        _("e-mail"), unique=True, error_messages={"unique": _("Questa e-mail c'è già.")}
    )
    first_name = models.CharField(_("nome"), max_length=80, blank=True, validators=[ONE_LINE])
    last_name = models.CharField(_("cognome"), max_length=80, blank=True, validators=[ONE_LINE])
    role = models.CharField(_("ruolo"), max_length=20, choices=Role, default=Role.RECEPTIONIST)
    is_active = models.BooleanField(
        _("attivo"),
        default=True,
        help_text=_("Senza la spunta la persona non entra più; la sua storia resta."),
    )
    phone = PhoneField(
        _("cellulare"), blank=True, default="", help_text=_("Per gli avvisi su WhatsApp. Facoltativo.")
    )
    on_duty = models.BooleanField(
        _("in servizio"), default=True, help_text=_("Chi è in servizio riceve gli avvisi che ha scelto.")
    )
    language = models.CharField(
        _("lingua"), max_length=8, blank=True, default="", help_text=_("Vuota: quella del browser.")
    )
    invited_at = models.DateTimeField(_("invitato il"), null=True, blank=True, editable=False)
    # Set and cleared together with the authenticator, so that a request need not ask for it.
    second_factor_at = models.DateTimeField(_("secondo fattore dal"), null=True, blank=True, editable=False)
    # Counted up to end every session there is (shops.staff.accounts.leave_everywhere).
    session_round = models.PositiveIntegerField(default=0, editable=False)
    # Somebody of the platform who is let in to help (shops.support): no password, in no list of the staff.
    is_support = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(_("creato il"), default=timezone.now, editable=False)

    objects = StaffManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        verbose_name = _("persona")
        verbose_name_plural = _("personale")
        ordering = ["last_name", "first_name", "email"]

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    def clean(self) -> None:
        """Lower case before the address is compared with the others'; somebody must be left who may do everything."""
        super().clean()
        self.email = self.email.strip().lower()
        if self._shuts_out_everybody():
            raise ValidationError(_("È l'unico amministratore attivo: prima nominarne un altro."))

    def _shuts_out_everybody(self) -> bool:
        if self._state.adding or (self.is_active and self.role == self.Role.ADMIN):
            return False
        admins = StaffUser.objects.filter(role=self.Role.ADMIN, is_active=True).order_by("pk")
        if (
            transaction.get_connection().in_atomic_block
        ):  # two who shut out each other come one after the other
            admins = admins.select_for_update(no_key=True)
        return list(admins.values_list("pk", flat=True)) == [self.pk]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Addresses are kept in lower case, whoever saves: that is how the login compares them."""
        self.email = self.email.strip().lower()
        super().save(*args, **kwargs)

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        """As Django's, which ends the sessions when the password changes; a new round ends them too."""
        found: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]  # the stubs leave it out
        if not self.session_round:
            return found
        return salted_hmac(
            "shops.staff.session", f"{found}{self.session_round}", algorithm="sha256"
        ).hexdigest()

    @property
    def waits_for_invitation(self) -> bool:
        """Whether they were invited and have not chosen a password yet."""
        return self.invited_at is not None and not self.has_usable_password()

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        return self.first_name or self.email

    @property
    def is_staff(self) -> bool:
        """Everybody here may open the admin; what they find there depends on the role."""
        return self.is_active

    @property
    def is_superuser(self) -> bool:
        return self.role == self.Role.ADMIN

    @cached_property
    def _role_permissions(self) -> frozenset[str]:
        found = Permission.objects.filter(group__name=self.role).values_list(
            "content_type__app_label", "codename"
        )
        return frozenset(f"{label}.{codename}" for label, codename in found)

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Whether the role allows `app.codename` in this schema. One query, then remembered."""
        return self.is_active and (self.is_superuser or perm in self._role_permissions)

    def has_perms(self, perms: list[str], obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        prefix = f"{app_label}."
        return self.is_active and (
            self.is_superuser or any(p.startswith(prefix) for p in self._role_permissions)
        )

    def get_all_permissions(self, obj: object = None) -> set[str]:
        return set(self._role_permissions)

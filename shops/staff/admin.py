"""Who may log in: a shop's staff on the shop's host, the platform's operators on the platform's."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.enums import ActionVariant
from unfold.forms import AdminPasswordChangeForm, UserChangeForm

from shops import history
from shops.admin_sites import platform_site, shop_site
from shops.back_office import RoomAdmin, button, column, short_when
from shops.staff import account, accounts, login, second_factor
from shops.staff.models import StaffUser

STATE_COLOURS = {"active": "success", "invited": "warning", "off": "danger"}
ROLE_COLOURS = {"admin": "primary", "manager": "info", "receptionist": "success", "mechanic": "warning"}
NAMES = [("first_name", "last_name")]
ACCESS: list[Any] = [("state", "has_second_factor"), "password", ("last_login", "created_at")]


class NewPersonForm(forms.ModelForm):
    """Somebody new, who gets an invitation and chooses a password themselves."""

    class Meta:
        model = StaffUser
        fields = ["email", "first_name", "last_name", "role"]


class PersonForm(UserChangeForm):
    """Everything but the password, which has a page of its own."""

    class Meta:
        model = StaffUser
        fields = ["email", "first_name", "last_name", "role", "is_active", "phone", "on_duty", "password"]


class NewPasswordForm(AdminPasswordChangeForm):
    """A new password for somebody. Shutting out is done by taking away "attivo", not by taking away the password."""

    def __init__(self, user: StaffUser, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.fields.pop("usable_password", None)

    def save(self, commit: bool = True) -> StaffUser:
        """Noted, without the password: who chose it could log in as somebody else."""
        saved: StaffUser = super().save(commit)
        history.record(saved, {}, {str(_("Nuova password")): str(_("sì"))})
        return saved


@admin.register(StaffUser, site=shop_site)
class StaffAdmin(UserAdmin, RoomAdmin):
    """The shop's people. Only the role admin has the permission; nobody is deleted, the history names them."""

    form = PersonForm
    add_form = NewPersonForm
    change_password_form = NewPasswordForm
    list_before_template = "staff/access.html"
    list_display = ["person", "email", "in_role", "state", "has_second_factor", "on_duty", "last_login"]
    list_filter = ["role", "is_active", "on_duty"]
    search_fields = ["email", "first_name", "last_name"]
    search_help_text = _("Nome o e-mail")
    ordering = ["last_name", "first_name", "email"]
    filter_horizontal = ()
    readonly_fields = ["last_login", "created_at", "state", "has_second_factor"]
    fieldsets = [
        (None, {"fields": [*NAMES, ("email", "role"), "is_active"]}),
        (_("Avvisi"), {"fields": [("phone", "on_duty")]}),
        (_("Accesso"), {"fields": ACCESS}),
    ]
    add_fieldsets = [(None, {"fields": [("email", "role"), *NAMES]})]
    actions = ["invite", "send_reset", "reset_second_factor", "deactivate", "activate"]
    actions_submit_line = ["invite", "send_reset", "reset_second_factor"]
    inlines: ClassVar[list[Any]] = []  # rooms above add what belongs to a person of the shop

    def get_queryset(self, request: HttpRequest) -> QuerySet[StaffUser]:
        """Without the platform's support: visitors are told of on a page of their own."""
        found: QuerySet[StaffUser] = super().get_queryset(request)
        return found.filter(is_support=False)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: who leaves is deactivated."""
        return False

    @column(_("persona"), ordering="last_name", header=False)
    def person(self, user: StaffUser) -> str:
        """The name, or the address."""
        return str(user)

    @column(_("ruolo"), ordering="role", label=ROLE_COLOURS)
    def in_role(self, user: StaffUser) -> tuple[str, str]:
        """In a colour."""
        return user.role, user.get_role_display()

    @column(_("accesso"), label=STATE_COLOURS)
    def state(self, user: StaffUser) -> tuple[str, str]:
        """Whether they get in."""
        if not user.is_active:
            return "off", str(_("disattivato"))
        if user.waits_for_invitation:
            return "invited", _("invitato %(when)s") % {"when": short_when(user.invited_at)}
        return "active", str(_("attivo"))

    @column(_("secondo fattore"), boolean=True, ordering="second_factor_at")
    def has_second_factor(self, user: StaffUser) -> bool:
        """Whether a code is asked of them."""
        return user.second_factor_at is not None

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """With the switch for the second factor on top."""
        context: dict[str, Any] = {"admins_need_it": second_factor.admins_need_it()}
        if self.admin_site is shop_site and self.has_change_permission(request):
            context["access_url"] = reverse("admin:staff_access")
        return super().changelist_view(request, context | (extra_context or {}))

    def save_model(self, request: HttpRequest, obj: StaffUser, form: Any, change: bool) -> None:
        """Somebody new is invited; a button that was pressed does its verb."""
        if not change:
            obj.set_unusable_password()
        elif "is_active" in form.changed_data and not obj.is_active:
            obj.session_round += 1  # whoever is let in again later logs in again
        super().save_model(request, obj, form, change)
        if not change:
            self._invite(request, obj)

    def get_actions_submit_line(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """The buttons that there is a use for."""
        user = StaffUser.objects.filter(pk=object_id).first()
        buttons = super().get_actions_submit_line(request, object_id)
        wanted = {
            "invite": user is not None and user.is_active and not user.has_usable_password(),
            "send_reset": user is not None and user.is_active and user.has_usable_password(),
            "reset_second_factor": user is not None and user.second_factor_at is not None,
        }
        return [b for b in buttons if wanted[b.action_name.removeprefix("staff_staffuser_")]]

    @button(_("Manda l'invito"), permissions=["change"])
    def invite(self, request: HttpRequest, chosen: Any) -> None:
        """A new link for who has no password yet; the one before is good no more."""
        for user in _each(chosen):
            self._invite(request, user)

    def _invite(self, request: HttpRequest, user: StaffUser) -> None:
        if not user.is_active or user.has_usable_password():
            said = (
                _("%(person)s entra già con la sua password.")
                if user.is_active
                else _("%(person)s è disattivato.")
            )
            self.message_user(request, said % {"person": user}, messages.WARNING)
        elif accounts.invite(person=user):
            said = _("Invito mandato a %(email)s: il link vale 72 ore.")
            self.message_user(request, said % {"email": user.email}, messages.SUCCESS)
        else:
            said = _("A %(email)s sono già partiti diversi messaggi: riprovi fra un quarto d'ora.")
            self.message_user(request, said % {"email": user.email}, messages.WARNING)

    @button(_("Manda un link per la password"), permissions=["change"])
    def send_reset(self, request: HttpRequest, chosen: Any) -> None:
        """As if they had forgotten the password themselves."""
        for user in _each(chosen):
            accounts.forgot(email=user.email)
        self.message_user(request, _("Chi è attivo riceve un link per scegliere una nuova password."))

    @button(_("Togli il secondo fattore"), permissions=["change"], variant=ActionVariant.WARNING)
    def reset_second_factor(self, request: HttpRequest, chosen: Any) -> None:
        """For who lost the phone; every session of theirs ends, should somebody have found it."""
        for user in _each(chosen):
            if user.second_factor_at is None:
                continue
            second_factor.take_away(person=user)
            if user.pk != request.user.pk:
                accounts.leave_everywhere(person=user)
            self.message_user(request, _("%(person)s: secondo fattore tolto.") % {"person": user})

    @button(_("Disattiva"), permissions=["change"], variant=ActionVariant.WARNING)
    def deactivate(self, request: HttpRequest, queryset: QuerySet[StaffUser]) -> None:
        """The chosen ones cannot log in any more, and are logged out at their next click."""
        self._set_active(request, queryset, active=False)

    @button(_("Riattiva"), permissions=["change"], variant=ActionVariant.SUCCESS)
    def activate(self, request: HttpRequest, queryset: QuerySet[StaffUser]) -> None:
        """The chosen ones may log in again."""
        self._set_active(request, queryset, active=True)

    def _set_active(self, request: HttpRequest, queryset: QuerySet[StaffUser], *, active: bool) -> None:
        for user in queryset:
            user.is_active = active
            try:
                with transaction.atomic():
                    user.clean()
                    user.session_round += not active  # whoever is let in again later logs in again
                    user.save(update_fields=["is_active", "session_round"])
            except ValidationError as refusal:
                self.message_user(request, f"{user}: {' '.join(refusal.messages)}", messages.ERROR)
                continue
            self.log_change(request, user, [{"changed": {"fields": [str(_("attivo"))]}}])


def _each(chosen: Any) -> list[StaffUser]:
    """The rows of a list, or the one row whose button was pressed."""
    return [chosen] if isinstance(chosen, StaffUser) else list(chosen)


class NewOperatorForm(NewPersonForm):
    """An operator has one role, which may do everything."""

    class Meta:
        model = StaffUser
        fields = ["email", "first_name", "last_name"]

    def save(self, commit: bool = True) -> StaffUser:
        """With the role."""
        self.instance.role = StaffUser.Role.ADMIN
        saved: StaffUser = super().save(commit)
        return saved


@admin.register(StaffUser, site=platform_site)
class OperatorAdmin(StaffAdmin):
    """The platform's operators."""

    inlines: ClassVar[list[Any]] = []
    add_form = NewOperatorForm
    list_display = ["person", "email", "state", "has_second_factor", "last_login"]
    list_filter = ["is_active"]
    fieldsets = [
        (None, {"fields": [*NAMES, "email", "is_active"]}),
        (_("Accesso"), {"fields": ACCESS}),
    ]
    add_fieldsets = [(None, {"fields": ["email", *NAMES]})]


login.add_to(shop_site)
login.add_to(platform_site)
account.add_pages()

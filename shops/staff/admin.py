"""Who may log in: a shop's staff on the shop's host, the platform's operators on the platform's."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.enums import ActionVariant
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from shops.admin_sites import platform_site, shop_site
from shops.back_office import RoomAdmin, button, column
from shops.staff.models import StaffUser

ROLE_COLOURS = {"admin": "primary", "manager": "info", "receptionist": "success", "mechanic": "warning"}
NAMES = [("first_name", "last_name")]


class NewPersonForm(UserCreationForm):
    """Somebody new, with a first password."""

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


@admin.register(StaffUser, site=shop_site)
class StaffAdmin(UserAdmin, RoomAdmin):
    """The shop's people. Only the role admin has the permission; nobody is deleted, the history names them."""

    form = PersonForm
    add_form = NewPersonForm
    change_password_form = NewPasswordForm
    list_display = ["person", "email", "in_role", "is_active", "on_duty", "last_login"]
    list_filter = ["role", "is_active", "on_duty"]
    search_fields = ["email", "first_name", "last_name"]
    search_help_text = _("Nome o e-mail")
    ordering = ["last_name", "first_name", "email"]
    filter_horizontal = ()
    readonly_fields = ["last_login", "created_at"]
    fieldsets = [
        (None, {"fields": [*NAMES, ("email", "role"), "is_active"]}),
        (_("Avvisi"), {"fields": [("phone", "on_duty")]}),
        (_("Accesso"), {"fields": ["password", ("last_login", "created_at")]}),
    ]
    add_fieldsets = [
        (None, {"fields": [*NAMES, ("email", "role")]}),
        (_("Accesso"), {"fields": [("password1", "password2")]}),
    ]
    actions = ["deactivate", "activate"]
    inlines: ClassVar[list[Any]] = []  # rooms above add what belongs to a person of the shop

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
                user.clean()
            except ValidationError as refusal:
                self.message_user(request, f"{user}: {' '.join(refusal.messages)}", messages.ERROR)
                continue
            user.save(update_fields=["is_active"])
            self.log_change(request, user, [{"changed": {"fields": [str(_("attivo"))]}}])


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
    list_display = ["person", "email", "is_active", "last_login"]
    list_filter = ["is_active"]
    fieldsets = [
        (None, {"fields": [*NAMES, "email", "is_active"]}),
        (_("Accesso"), {"fields": ["password", ("last_login", "created_at")]}),
    ]
    add_fieldsets = [
        (None, {"fields": [*NAMES, "email"]}),
        (_("Accesso"), {"fields": [("password1", "password2")]}),
    ]

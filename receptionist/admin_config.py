"""The settings of the shop's receptionist in the back office."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from receptionist import prompt
from receptionist.forms import AIConfigForm
from receptionist.models import AIConfig
from shops.admin_sites import shop_site
from shops.back_office import RoomAdmin


@admin.register(AIConfig, site=shop_site)
class AIConfigAdmin(RoomAdmin):
    """The settings of the shop's receptionist: one object, so its list leads straight to it."""

    form = AIConfigForm
    readonly_fields = ("hears",)
    fieldsets = (
        (
            _("Come risponde"),
            {
                "fields": (
                    ("assistant_name", "formality"),
                    "greeting",
                    "hears",
                    ("recording_enabled", "audio_days"),
                    "languages",
                    "instructions",
                ),
                "classes": ("tab",),
            },
        ),
        (
            _("Che cosa sa"),
            {
                "fields": (
                    ("address", "parking"),
                    ("payment", "courtesy_car"),
                    "vehicles_served",
                    "other_facts",
                    "faq",
                ),
                "classes": ("tab",),
            },
        ),
        (
            _("Quando passa a una persona"),
            {
                "fields": (
                    ("transfer_number", "transfer_out_of_hours"),
                    ("callback_minutes", "silence_hours"),
                    "tow_number",
                ),
                "classes": ("tab",),
            },
        ),
        (
            _("Voce e modello"),
            {
                "fields": (
                    ("voice_id", "voice_model"),
                    ("llm_model", "temperature"),
                    ("transcriber_model", "max_call_seconds"),
                ),
                "classes": ("tab",),
            },
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        pk = AIConfig.load().pk
        return HttpResponseRedirect(
            reverse(f"{self.admin_site.name}:receptionist_aiconfig_change", args=[pk])
        )

    @admin.display(description=_("chi chiama sente"))
    def hears(self, row: AIConfig) -> SafeString:
        """The first sentence as it is said with the settings that are saved."""
        return format_html("«{}»", prompt.first_sentence(config=row))

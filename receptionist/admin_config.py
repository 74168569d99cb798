"""The settings of the shop's receptionist in the back office."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from receptionist import prompt
from receptionist.forms import AIConfigForm
from receptionist.models import AIConfig, Formality
from shops.admin_sites import Page, shop_site
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
                    "voice",
                    "languages",
                    ("recording_enabled", "audio_days"),
                    "instructions",
                ),
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
            },
        ),
        (
            _("Per i tecnici"),
            {
                "description": _("Di solito non serve toccare nulla qui."),
                "fields": (
                    ("voice_id", "voice_model"),
                    ("llm_model", "temperature"),
                    ("transcriber_model", "max_call_seconds"),
                ),
                "classes": ("collapse",),
            },
        ),
    )

    class Media:
        js = ("receptionist/greeting.js",)

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
        """The first sentence: as it is said with what is saved, then with what is being written."""
        return format_html(
            '<span data-first-sentence data-url="{}" aria-live="polite">«{}»</span>',
            reverse(f"{self.admin_site.name}:greeting_preview"),
            prompt.first_sentence(config=row),
        )

    def save_model(self, request: HttpRequest, obj: AIConfig, form: Any, change: bool) -> None:
        """Save, and say from when it holds."""
        super().save_model(request, obj, form, change)
        messages.info(request, _("Vale dalla prossima telefonata e dal prossimo messaggio."))


@require_safe
def greeting_preview(request: HttpRequest) -> HttpResponse:
    """The first sentence with settings that are not saved. Changes nothing."""
    config = AIConfig.load()
    config.greeting = request.GET.get("greeting", "")[:300]
    config.assistant_name = request.GET.get("assistant_name", "")[:40]
    config.formality = Formality.TU if request.GET.get("formality") == Formality.TU else Formality.LEI
    config.recording_enabled = "recording_enabled" in request.GET
    return JsonResponse({"text": prompt.first_sentence(config=config)})


shop_site.add_page(
    Page(
        app_label="receptionist",
        title=_("Anteprima del saluto"),
        path="receptionist/saluto/",
        name="greeting_preview",
        view=greeting_preview,
        permission="receptionist.change_aiconfig",
        in_menu=False,
    )
)

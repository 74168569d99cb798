"""A new shop, from the operators' admin: the form, and how far the provisioning worker is."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from shops import orders, provisioning
from shops.admin_sites import platform_site
from shops.back_office import RoomAdmin, column
from shops.models import Shop, ShopOrder
from shops.operators import frame
from shops.refusals import Refused

COLOURS = {"queued": "info", "working": "info", "done": "success", "failed": "danger"}
# What provisioning says that it does, in its order.
STEPS = (
    gettext_noop("schema e ruolo del database"),
    gettext_noop("servizi, orari, postazioni"),
    gettext_noop("primo responsabile"),
)


class NewShopForm(forms.ModelForm):
    """What making a shop takes. Whatever can be known to be wrong is said here, before anything is queued."""

    class Meta:
        model = ShopOrder
        fields = [
            *("name", "slug", "domain", "phone_number"),
            *("subscription_tier", "timezone", "manager_email"),
        ]
        error_messages = {"slug": {"invalid": _("Solo lettere minuscole, cifre e trattini.")}}

    def clean_slug(self) -> str:
        """The one wished for, or the name's."""
        return str(
            self.cleaned_data.get("slug") or slugify(self.cleaned_data.get("name", ""))[:40].strip("-")
        )

    def clean_domain(self) -> str:
        """As hosts are compared."""
        return str(self.cleaned_data["domain"]).strip().lower().rstrip(".")

    def clean(self) -> dict[str, Any]:
        """Everything that provisioning refuses, and what is being made at this moment."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return values
        try:
            provisioning.check(orders.wish_of(ShopOrder(**values)))
        except Refused as refusal:
            raise ValidationError(str(refusal)) from refusal
        unfinished = ShopOrder.objects.filter(status__in=[ShopOrder.Status.QUEUED, ShopOrder.Status.WORKING])
        if (
            unfinished.filter(slug=values["slug"]).exists()
            or unfinished.filter(domain=values["domain"]).exists()
        ):
            raise ValidationError(_("Un'officina con questo identificativo o host è già in lavorazione."))
        return values


@admin.register(ShopOrder, site=platform_site)
class ShopOrderAdmin(RoomAdmin):
    """Shops that were ordered. An order's page shows how far it is."""

    form = NewShopForm
    list_display = ["name", "slug", "domain", "state", "requested_by", "created_at"]
    list_filter = ["status"]
    search_fields = ["name", "slug", "domain"]
    ordering = ["-created_at"]
    fieldsets = [
        (None, {"fields": [("name", "slug"), ("domain", "phone_number"), ("subscription_tier", "timezone")]}),
        (_("Primo responsabile"), {"fields": ["manager_email"]}),
    ]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: what is ordered is ordered."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    @column(_("stato"), ordering="status", label=COLOURS)
    def state(self, order: ShopOrder) -> tuple[str, str]:
        """In a colour."""
        return order.status, order.get_status_display()

    def get_urls(self) -> list[URLPattern]:
        """Two more: what the page polls for, and the button that tries again."""
        own = [
            path("<uuid:pk>/progress/", self._view(self.progress), name="shops_shoporder_progress"),
            path("<uuid:pk>/retry/", self._view(self.retry), name="shops_shoporder_retry"),
        ]
        return [*own, *super().get_urls()]

    def _view(self, view: Any) -> Any:
        return self.admin_site.admin_view(view)

    def save_model(self, request: HttpRequest, obj: ShopOrder, form: Any, change: bool) -> None:
        """Written down, and the worker asked."""
        obj.requested_by = frame.operator_of(request).email
        super().save_model(request, obj, form, change)
        orders.ask(obj)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """One button: what is ordered has a page that shows how far it is."""
        one = {"show_save_and_add_another": False, "show_save_and_continue": False}
        shown: HttpResponse = super().add_view(request, form_url, {**(extra_context or {}), **one})
        return shown

    def response_add(
        self, request: HttpRequest, obj: ShopOrder, post_url_continue: str | None = None
    ) -> HttpResponse:
        """To the page that shows how far it is."""
        return HttpResponseRedirect(reverse("admin:shops_shoporder_change", args=[obj.pk]))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The order and how far it is; polls while something is to come."""
        order = self.get_object(request, object_id)
        if order is None or not self.has_view_permission(request, order):
            raise Http404
        return frame.page(request, "shops/order.html", _shown(order), title=order.name)

    def progress(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """What changes on that page. Asks the worker again where nobody took the order."""
        return require_GET(self._progress)(request, pk)

    def _progress(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        order = self._order(request, pk)
        orders.nudge(order)
        return frame.fragment(request, "shops/order_progress.html", _shown(order))

    def retry(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Try again what did not work."""
        return require_POST(self._retry)(request, pk)

    def _retry(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        order = self._order(request, pk)
        if orders.retry(order):
            self.message_user(request, _("La richiesta è di nuovo in coda."), messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:shops_shoporder_change", args=[order.pk]))

    def _order(self, request: HttpRequest, pk: UUID) -> ShopOrder:
        order = ShopOrder.objects.filter(pk=pk).first()
        if order is None or not self.has_view_permission(request, order):
            raise Http404
        return order


def _shown(order: ShopOrder) -> dict[str, Any]:
    now = timezone.now()
    shop = Shop.objects.filter(pk=order.pk).first() if order.status == ShopOrder.Status.DONE else None
    return {
        "order": order,
        "steps": _steps(order),
        "is_under_way": order.status in (ShopOrder.Status.QUEUED, ShopOrder.Status.WORKING),
        "in_vain": orders.is_waiting_in_vain(order, now),
        "shop": shop,
        "shop_url": shop.url("/admin/") if shop else "",
    }


def _steps(order: ShopOrder) -> list[tuple[str, str]]:
    """Each step in words, with "done", "now" or ""."""
    if order.status == ShopOrder.Status.DONE:
        return [(gettext(each), "done") for each in STEPS]
    reached = STEPS.index(order.step) if order.step in STEPS else -1
    return [
        (gettext(each), "done" if place < reached else "now" if place == reached else "")
        for place, each in enumerate(STEPS)
    ]

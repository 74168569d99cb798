"""The page "Sito" of the back office: how the public pages look, what they offer, and what to put on one's own site."""

from pathlib import PurePosixPath
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import Storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import BASE_INPUT_CLASSES, UnfoldAdminColorInputWidget, UnfoldAdminTextareaWidget

from shops.admin_sites import shop_site
from shops.back_office import RoomAdmin
from shops.context import current_shop, in_shop
from shops.models import Shop
from website.branding import MAX_BYTES, image_kind
from website.frame import origin
from website.models import Site

MAX_ORIGINS = 20
TEXTS = ("welcome", "welcome_en", "thanks", "thanks_en")
LINK = "text-primary-600 dark:text-primary-500 underline"


class OriginsField(forms.Field):
    """Sites, one a line; in the row a list of scheme and host."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        """A line for each."""
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        """Scheme and host of each, in their order. Raises ValidationError for what is no address of a site."""
        if isinstance(value, list):
            return value
        lines = [line.strip() for line in str(value or "").splitlines() if line.strip()]
        found = [origin(line if "://" in line else f"https://{line}") for line in lines]
        if not all(found):
            raise ValidationError(_("Scriva un sito per riga, come https://www.officina.it."))
        if len(found) > MAX_ORIGINS:
            raise ValidationError(_("Al massimo %(number)d siti.") % {"number": MAX_ORIGINS})
        return list(dict.fromkeys(found))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """As lists."""
        try:
            return self.to_python(data) != (initial or [])
        except ValidationError:
            return True


class SiteForm(forms.ModelForm):
    """The row, with a logo that is looked at before it is kept."""

    logo = forms.FileField(
        label=_("Logo"),
        required=False,
        widget=forms.FileInput(
            {"accept": "image/png,image/jpeg,image/webp", "class": " ".join(BASE_INPUT_CLASSES)}
        ),
        help_text=_("PNG, JPEG o WebP, al massimo 200 kB; si vede in un quadrato di 44 punti."),
    )
    no_logo = forms.BooleanField(label=_("Togli il logo"), required=False)
    widget_origins = OriginsField(
        label=_("Siti su cui sta la chat"),
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        required=False,
        help_text=_("Uno per riga, come https://www.officina.it. Vuoto: qualsiasi sito."),
    )

    class Meta:
        model = Site
        fields: ClassVar = [
            *("booking_enabled", "chat_enabled", "name", "logo", "colour"),
            *(*TEXTS, "widget_origins"),
        ]
        widgets: ClassVar = {
            "colour": UnfoldAdminColorInputWidget,
            **{name: UnfoldAdminTextareaWidget({"rows": 3}) for name in TEXTS},
        }

    def clean_logo(self) -> Any:
        """The picture, named after what it is. Raises ValidationError for anything that browsers would not only show."""
        file = self.cleaned_data.get("logo")
        if not isinstance(file, UploadedFile):
            return file
        if (file.size or 0) > MAX_BYTES:
            raise ValidationError(_("Il logo è troppo grande: al massimo 200 kB."))
        kind = image_kind(file.read(16))
        file.seek(0)
        if kind is None:
            raise ValidationError(_("Il logo deve essere un'immagine PNG, JPEG o WebP."))
        file.name = f"logo.{kind}"
        return file

    def clean(self) -> dict[str, Any]:
        """A logo that is taken away is none."""
        data = super().clean() or self.cleaned_data
        if data.get("no_logo") and not isinstance(data.get("logo"), UploadedFile):
            data["logo"] = False
        return data


@admin.register(Site, site=shop_site)
class SiteAdmin(RoomAdmin):
    """The shop's public pages: one row, so its list leads straight to it."""

    form = SiteForm
    readonly_fields = ("address", "shown_logo", "snippet", "preview")
    fieldsets = (
        (_("Indirizzo"), {"fields": ("address", ("booking_enabled", "chat_enabled"))}),
        (_("Aspetto"), {"fields": ("name", ("shown_logo", "logo", "no_logo"), "colour")}),
        (_("Testi"), {"fields": (("welcome", "welcome_en"), ("thanks", "thanks_en"))}),
        (_("Chat sul proprio sito"), {"fields": ("snippet", "widget_origins")}),
        (_("Anteprima"), {"fields": ("preview",)}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The row is there."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What is not wanted is switched off."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Straight to the row."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(
            reverse(f"{self.admin_site.name}:website_site_change", args=[Site.load().pk])
        )

    def save_model(self, request: HttpRequest, obj: Site, form: Any, change: bool) -> None:
        """Save; the file of a logo that is no longer the shop's goes when that is certain."""
        before = Site.objects.filter(pk=obj.pk).values_list("logo", flat=True).first() or ""
        shop, storage = current_shop(), obj.logo.storage
        super().save_model(request, obj, form, change)
        if before and before != (obj.logo.name or ""):
            transaction.on_commit(lambda: _delete(storage, before, shop))

    @admin.display(description=_("indirizzo della pagina"))
    def address(self, _row: Site) -> SafeString:
        """Where customers find it."""
        url = current_shop().url("/")
        return format_html('<a class="{}" href="{}" target="_blank">{}</a>', LINK, url, url)

    @admin.display(description=_("logo di adesso"))
    def shown_logo(self, row: Site) -> Any:
        """The logo as the page has it."""
        if not row.logo:
            return _("nessuno")
        name = PurePosixPath(row.logo.name or "").name
        return format_html('<img src="{}" alt="" width="44" height="44">', reverse("site_logo", args=[name]))

    @admin.display(description=_("da incollare nel proprio sito"))
    def snippet(self, _row: Site) -> SafeString:
        """What brings the chat to the officina's own pages."""
        code = f'<script src="{current_shop().url("/widget.js")}" async></script>'
        return format_html('<code class="break-all select-all">{}</code>', code)

    @admin.display(description=_("come si vede"))
    def preview(self, _row: Site) -> SafeString:
        """The page as it is saved, as wide as a telephone."""
        return format_html(
            '<iframe src="/" title="{}" loading="lazy" width="375" height="640" '
            'class="border border-base-200 dark:border-base-700 rounded-default max-w-full"></iframe>',
            _("Anteprima della pagina"),
        )


def _delete(storage: Storage, name: str, shop: Shop) -> None:
    with in_shop(shop):
        storage.delete(name)

"""Who is told of what: on each person's page, in a list for managers, and on a page of one's own."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold import widgets
from unfold.admin import TabularInline

from receptionist import notices
from receptionist.models import NoticeKind, NoticeSetting
from shops.admin_sites import Page, shop_site
from shops.back_office import RoomAdmin
from shops.staff.admin import StaffAdmin
from shops.staff.models import StaffUser

# Everybody who logs in has work to see.
EVERYBODY = "scheduling.view_appointment"
PHONE = StaffUser._meta.get_field("phone")


class NoticeFormSet(forms.BaseInlineFormSet):
    """One row for each kind of news that the person may read; what was not chosen shows what holds."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = {row.kind for row in self.get_queryset()}
        missing = [kind for kind in notices.kinds_for(self.instance.role) if kind not in chosen]
        self.initial_extra = [
            {"kind": kind, "by_email": notices.by_default(self.instance.role, kind), "by_whatsapp": False}
            for kind in missing
        ]
        self.extra = len(missing)

    def add_fields(self, form: Any, index: int | None) -> None:
        """The kind of a row is not to be changed."""
        super().add_fields(form, index)
        form.fields["kind"].disabled = True


class NoticeInline(TabularInline):
    """How a person is told."""

    model = NoticeSetting
    formset = NoticeFormSet
    fields = ("kind", "by_email", "by_whatsapp")
    verbose_name_plural = _("avvisi")
    max_num = len(NoticeKind)
    can_delete = False
    show_title = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Once the person exists."""
        return obj is not None and super().has_add_permission(request, obj)


StaffAdmin.inlines = [*StaffAdmin.inlines, NoticeInline]


@admin.register(NoticeSetting, site=shop_site)
class NoticeSettingAdmin(RoomAdmin):
    """What people chose; for managers, who do not see the staff's pages."""

    list_before_template = "receptionist/notices_hint.html"
    list_display = ("staff", "kind", "by_email", "by_whatsapp")
    list_editable = ("by_email", "by_whatsapp")
    list_filter = ("kind",)
    list_select_related = ("staff",)
    search_fields = ("staff__email", "staff__first_name", "staff__last_name")
    ordering = ("staff__last_name", "staff__email", "kind")


class MyNoticesForm(forms.Form):
    """On duty, on which telephone, and how for each kind of news."""

    on_duty = forms.BooleanField(
        label=_("In servizio"),
        help_text=_("Chi non è in servizio non riceve avvisi."),
        required=False,
        widget=widgets.UnfoldBooleanSwitchWidget,
    )
    phone = forms.CharField(
        label=_("Cellulare"),
        help_text=_("Per gli avvisi su WhatsApp."),
        required=False,
        max_length=40,
        widget=widgets.UnfoldAdminTextInputWidget,
    )

    def __init__(self, user: StaffUser, data: Any = None) -> None:
        super().__init__(data)
        self.user = user
        self.fields["on_duty"].initial = user.on_duty
        self.fields["phone"].initial = user.phone
        chosen = {row.kind: row for row in user.notices.all()}
        for kind in notices.kinds_for(user.role):
            row = chosen.get(kind)
            by_email = row.by_email if row else notices.by_default(user.role, kind)
            self._add(kind, "email", _("%(kind)s: per e-mail"), by_email)
            self._add(kind, "whatsapp", _("%(kind)s: su WhatsApp"), bool(row and row.by_whatsapp))

    def _add(self, kind: NoticeKind, medium: str, label: Any, initial: bool) -> None:
        self.fields[f"{kind}_{medium}"] = forms.BooleanField(
            label=label % {"kind": kind.label},
            initial=initial,
            required=False,
            widget=widgets.UnfoldBooleanSwitchWidget,
        )

    def clean_phone(self) -> str:
        """As the person's page takes it: any way of writing, kept as E.164."""
        return str(PHONE.clean(self.cleaned_data["phone"], self.user))

    def save(self) -> None:
        """Keep what was chosen. Only this person's own rows change."""
        with transaction.atomic():
            self.user.phone, self.user.on_duty = self.cleaned_data["phone"], self.cleaned_data["on_duty"]
            self.user.save(update_fields=["phone", "on_duty"])
            for kind in notices.kinds_for(self.user.role):
                chosen = {
                    f"by_{medium}": self.cleaned_data[f"{kind}_{medium}"] for medium in ("email", "whatsapp")
                }
                NoticeSetting.objects.update_or_create(staff=self.user, kind=kind, defaults=chosen)


def my_notices(request: HttpRequest) -> HttpResponse:
    """How one is told oneself."""
    user = request.user
    if not isinstance(user, StaffUser) or not user.has_perm(EVERYBODY):
        raise PermissionDenied
    form = MyNoticesForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("I suoi avvisi sono salvati."))
        return HttpResponseRedirect(reverse("admin:my_notices"))
    context = {**shop_site.each_context(request), "title": _("I miei avvisi"), "form": form}
    request.current_app = shop_site.name
    return render(request, "shops/one_form.html", context)


shop_site.add_page(
    Page(
        app_label="receptionist",
        title=_("I miei avvisi"),
        path="receptionist/my-notices/",
        name="my_notices",
        view=my_notices,
        permission=EVERYBODY,
    )
)

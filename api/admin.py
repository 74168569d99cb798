"""The page of the keys for the shop's programs: only for who answers for the shop (role admin)."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from api import tokens
from api.models import ApiToken, Scope
from shops.admin_sites import shop_site
from shops.back_office import RoomAdmin, button, column
from shops.staff.models import StaffUser

WORDS = dict(Scope.choices)
MADE = "_api_secret"


class TokenForm(forms.ModelForm):
    """A new key: what for, what it may do, until when."""

    scopes = forms.MultipleChoiceField(
        label=_("Permessi"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = ApiToken
        fields = ["name", "scopes", "expires_at"]

    def clean_expires_at(self) -> Any:
        """A key that has expired already is no key."""
        given = self.cleaned_data.get("expires_at")
        if given is not None and given <= timezone.now():
            raise forms.ValidationError(_("La scadenza è già passata."))
        return given


@admin.register(ApiToken, site=shop_site)
class ApiTokenAdmin(RoomAdmin):
    """Keys are made and revoked, never changed; the secret is shown once."""

    form = TokenForm
    list_display = ["name", "begins", "allowed", "standing", "last_used_at", "created_at"]
    search_fields = ["name", "prefix"]
    ordering = ["-created_at"]
    fields = ["name", "scopes", "expires_at"]
    shown = [
        "name",
        "begins",
        "allowed",
        "standing",
        "created_by",
        "created_at",
        "last_used_at",
        "expires_at",
        "revoked_at",
    ]
    actions = ["revoke"]

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> list[str]:
        """The form for a new one; everything but the secret for one that is there."""
        return self.fields if obj is None else self.shown

    def get_readonly_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> list[str]:
        """Nothing is changed by hand."""
        return [] if obj is None else self.shown

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """A key that is there has no form."""
        if obj is not None:
            kwargs["form"] = forms.ModelForm
        return super().get_form(request, obj, change=change, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: the history names it."""
        return False

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        """Made by the verb, which alone knows the secret."""
        if change:
            return
        person = request.user
        made = tokens.make(
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            expires_at=form.cleaned_data["expires_at"],
            by=person if isinstance(person, StaffUser) else None,
        )
        obj.pk, obj.prefix, obj.created_by = made.token.pk, made.token.prefix, made.token.created_by
        obj._state.adding = False
        setattr(request, MADE, made.secret)

    def response_add(
        self, request: HttpRequest, obj: ApiToken, post_url_continue: Any = None
    ) -> HttpResponse:
        """The one page that ever shows the secret; nothing keeps it, not even the session."""
        answer = TemplateResponse(
            request,
            "api/token_made.html",
            {
                **self.admin_site.each_context(request),
                "title": _("Chiave creata"),
                "opts": self.opts,
                "token": obj,
                "secret": getattr(request, MADE),
                "back": reverse("admin:api_apitoken_changelist"),
            },
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @button(_("Revoca"), permissions=["change"])
    def revoke(self, request: HttpRequest, chosen: Any) -> None:
        """These keys open nothing any more."""
        for token in chosen:
            tokens.revoke(token=token)
        self.message_user(request, _("Chiavi revocate."))

    @column(_("comincia con"))
    def begins(self, token: ApiToken) -> str:
        """What tells it from others."""
        return f"aros_{token.prefix}_…"

    @column(_("permessi"))
    def allowed(self, token: ApiToken) -> str:
        """What it may do, in words."""
        return ", ".join(str(WORDS.get(scope, scope)) for scope in token.scopes)

    @column(_("stato"), label={"valid": "success", "expired": "warning", "revoked": "danger"})
    def standing(self, token: ApiToken) -> tuple[str, Any]:
        """Whether it opens anything."""
        if token.revoked_at is not None:
            return "revoked", _("revocata")
        return ("valid", _("valida")) if tokens.is_valid(token, timezone.now()) else ("expired", _("scaduta"))

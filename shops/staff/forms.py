"""What people fill in about their own account."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.auth.forms import SetPasswordForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold import widgets
from unfold.forms import AuthenticationForm

from shops.staff import throttle
from shops.staff.models import StaffUser

TEXT = widgets.UnfoldAdminTextInputWidget


class LoginForm(AuthenticationForm):
    """The login, which says when to come back after too many wrong passwords."""

    def get_invalid_login_error(self) -> ValidationError:
        """The throttle's sentence, when it was the throttle."""
        if not getattr(self.request, "axes_locked_out", False):
            found: ValidationError = super().get_invalid_login_error()
            return found
        minutes = throttle.minutes_left(self.request, self.cleaned_data.get("username") or "")
        words = ngettext(
            "Troppi tentativi: riprovi fra %(minutes)d minuto.",
            "Troppi tentativi: riprovi fra %(minutes)d minuti.",
            minutes,
        )
        return ValidationError(words % {"minutes": minutes}, code="throttled")


class CodeForm(forms.Form):
    """The six digits of the app, or a code on paper."""

    code = forms.CharField(
        label=_("Codice"),
        max_length=40,
        widget=TEXT(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "autofocus": "",
            }
        ),
    )


class DigitsForm(CodeForm):
    """The first six digits of a new app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["inputmode"] = "numeric"


class ForgottenForm(forms.Form):
    """The address of who forgot the password."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=widgets.UnfoldAdminEmailInputWidget(attrs={"autocomplete": "username", "autofocus": ""}),
    )


class PasswordForm(SetPasswordForm):
    """A new password, twice. It ends the person's sessions everywhere."""

    def __init__(self, user: StaffUser, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        for name in ("new_password1", "new_password2"):
            self.fields[name].widget = widgets.UnfoldAdminPasswordWidget(
                attrs={"autocomplete": "new-password"}
            )


class WelcomeForm(PasswordForm):
    """Who was invited says their name and chooses a password."""

    first_name = forms.CharField(
        label=_("Nome"), max_length=80, widget=TEXT(attrs={"autocomplete": "given-name"})
    )
    last_name = forms.CharField(
        label=_("Cognome"), max_length=80, required=False, widget=TEXT(attrs={"autocomplete": "family-name"})
    )
    field_order = ("first_name", "last_name", "new_password1", "new_password2")

    def __init__(self, user: StaffUser, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.initial.update(first_name=user.first_name, last_name=user.last_name)

    def clean(self) -> dict[str, Any]:
        """Names as the person's own page takes them."""
        found = super().clean() or self.cleaned_data
        for name in ("first_name", "last_name"):
            if name in found:
                setattr(self.user, name, found[name])
                try:
                    self.user.clean_fields(exclude={each.name for each in StaffUser._meta.fields} - {name})
                except ValidationError as refusal:
                    self.add_error(name, refusal.message_dict[name])
        return found


class ProfileForm(forms.ModelForm):
    """What a person may change about themselves. The address and the role are the administrator's."""

    class Meta:
        model = StaffUser
        fields = ["first_name", "last_name", "phone", "language"]

    language = forms.ChoiceField(label=_("Lingua"), required=False, widget=widgets.UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = cast(forms.ChoiceField, self.fields["language"])
        language.choices = [("", _("quella del browser")), *settings.LANGUAGES]
        for name, hint in (
            ("first_name", "given-name"),
            ("last_name", "family-name"),
            ("phone", "tel"),
        ):
            self.fields[name].widget = TEXT(attrs={"autocomplete": hint})

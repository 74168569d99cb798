"""The form of a customer."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSelectWidget

from scheduling.models import Customer

LANGUAGES = ("it", "en", "de", "fr", "es", "pt", "ro", "ar")
FOUND_BY = ("first_name", "last_name", "phone", "email")


def _languages(also: str) -> list[tuple[str, str]]:
    """Codes with their names in the reader's language; one that is not among ours stands for itself."""
    known = [(code, capfirst(get_language_info(code)["name_translated"])) for code in LANGUAGES]
    return known if also in LANGUAGES else [*known, (also, also)]


class CustomerForm(forms.ModelForm):
    """A customer has something to be found by, and a language that is chosen by its name."""

    class Meta:
        model = Customer
        fields = [*FOUND_BY, "language", "gdpr_consent", "notes"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "language" in self.fields:
            self.fields["language"] = forms.ChoiceField(
                label=self.fields["language"].label,
                choices=_languages(self.instance.language),
                widget=UnfoldAdminSelectWidget,
            )

    def clean(self) -> dict[str, Any]:
        """Somebody without a name, a number and an address would never be found again."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        asked = [name for name in FOUND_BY if name in self.fields]
        if asked and not self.errors and not any(given.get(name) for name in asked):
            raise ValidationError(_("Scrivere almeno un nome, un telefono o un'e-mail."))
        return given

"""The third step: whose car, and how the shop reaches them. What is wrong is said at the field, what was typed stays."""

import unicodedata
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from scheduling import plates
from shops.phones import normalise_phone

MAX_NAME, MAX_MAKE, MAX_MODEL, MAX_NOTE, MAX_EMAIL = 60, 40, 60, 500, 254
# A name that carries an address would travel to whatever number was typed, in the shop's name.
NOT_IN_NAMES = set("<>{}[]|\\/@:;=")
# Latin ones: what stands on the plates of Europe.
ON_PLATES = set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ÄÖÜČŠŽĆĐ")
UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
HONEYPOT = "website_url"
WAITS, LEAVES = "aspetto", "lascio"


def plain(text: str) -> str:
    """One line without control and direction characters, its spaces single."""
    shown = (" " if char.isspace() else char for char in text)
    return " ".join("".join(char for char in shown if unicodedata.category(char) not in UNSEEN).split())


class Line(forms.CharField):
    """One line of text. `max_length` is refused in words and not by the browser, which would cut without telling."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "required": _("Questo serve."),
        "max_length": _("Troppo lungo: al massimo %(limit_value)d caratteri."),
    }

    def to_python(self, value: Any) -> str:
        """The line, made plain."""
        return plain(super().to_python(value) or "")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Without maxlength."""
        return {name: each for name, each in super().widget_attrs(widget).items() if name != "maxlength"}


class Lines(Line):
    """Several lines of text."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        """The lines, each made plain."""
        text = forms.CharField.to_python(self, value) or ""
        return "\n".join(plain(line) for line in text.splitlines()).strip()


class Name(Line):
    """A first or last name."""

    def clean(self, value: Any) -> str:
        """The name. Raises ValidationError for what has no letter or could be an address."""
        name: str = super().clean(value)
        if name and (
            not any(char.isalpha() for char in name) or set(name) & NOT_IN_NAMES or "www." in name.lower()
        ):
            raise ValidationError(_("Scriva il nome con le sole lettere."))
        return name


def _line(autocomplete: str, css: str = "", **attrs: str) -> forms.TextInput:
    return forms.TextInput({"class": f"input {css}".strip(), "autocomplete": autocomplete, **attrs})


_HOW = _("Scelga se aspetta o lascia l'auto.")


class ContactForm(forms.Form):
    """The car and the person. The telephone comes out as E.164, the plate normalised."""

    targa = Line(
        label=_("Targa"),
        max_length=20,
        widget=_line("off", "plate", placeholder="AB123CD", autocapitalize="characters", spellcheck="false"),
    )
    marca = Line(label=_("Marca"), required=False, max_length=MAX_MAKE, widget=_line("off"))
    modello = Line(label=_("Modello"), required=False, max_length=MAX_MODEL, widget=_line("off"))
    auto = forms.ChoiceField(
        choices=[(WAITS, _("Aspetto in officina")), (LEAVES, _("Lascio l'auto"))],
        widget=forms.RadioSelect,
        error_messages={"required": _HOW, "invalid_choice": _HOW},
    )
    nome = Name(label=_("Nome"), max_length=MAX_NAME, widget=_line("given-name"))
    cognome = Name(label=_("Cognome"), max_length=MAX_NAME, widget=_line("family-name"))
    telefono = Line(
        label=_("Telefono"),
        max_length=40,
        widget=forms.TextInput({"class": "input", "type": "tel", "autocomplete": "tel"}),
    )
    email = forms.EmailField(
        label=_("Email"),
        required=False,
        max_length=MAX_EMAIL,
        widget=forms.EmailInput({"class": "input", "autocomplete": "email"}),
        error_messages={
            "invalid": _("Scriva un indirizzo come nome@esempio.it."),
            "max_length": _("Troppo lungo: al massimo %(limit_value)d caratteri."),
        },
    )
    nota = Lines(
        label=_("Che cosa dobbiamo sapere"),
        required=False,
        max_length=MAX_NOTE,
        widget=forms.Textarea({"class": "input", "rows": "3"}),
    )
    conferma = forms.BooleanField(required=False)
    promozioni = forms.BooleanField(required=False)

    def __init__(self, *args: Any, must_leave: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs.pop("maxlength", None)
        self.must_leave = must_leave
        # Nobody waits for days: there is nothing to choose.
        if must_leave:
            del self.fields["auto"]

    def clean_targa(self) -> str:
        """The plate in its one spelling."""
        typed: str = self.cleaned_data["targa"]
        plate = plates.normalise_plate(typed)
        if plates.plate_problem(plate, heard=False) or not set(plate) <= ON_PLATES:
            raise ValidationError(_("Questa non sembra una targa: la scriva come AB123CD."))
        return plate

    def clean_telefono(self) -> str:
        """The number as E.164."""
        number = normalise_phone(self.cleaned_data["telefono"])
        if number is None:
            raise ValidationError(_("Il numero non è completo: lo scriva come 333 1234567."))
        return number

    @property
    def leaves_car(self) -> bool:
        """Whether the car stays."""
        return self.must_leave or self.cleaned_data.get("auto") == LEAVES

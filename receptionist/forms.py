"""The settings' page without JSON and codes: languages and voices by name, frequent questions in rows of their own."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    INPUT_CLASSES,
    TEXTAREA_CLASSES,
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
)

from receptionist import prompt
from receptionist.models import AIConfig

# The languages that the prompt knows by name (prompt.LANGUAGES), as the page calls them.
LANGUAGES = {
    "it": _("italiano"),
    "en": _("inglese"),
    "de": _("tedesco"),
    "fr": _("francese"),
    "es": _("spagnolo"),
    "pt": _("portoghese"),
    "ro": _("rumeno"),
    "ar": _("arabo"),
}
OWN_VOICE = "own"
# ElevenLabs' own voices that speak Italian with the multilingual models, by the names it gives them.
VOICES = (
    ("EXAVITQu4vr4xnSDxMaL", _("Sarah, donna, calda")),
    ("XB0fDUnXU5powFXDhCwa", _("Charlotte, donna, vivace")),
    ("pFZP5JQG7iQjIQuC4Bku", _("Lily, donna, pacata")),
    ("JBFqnCBsd6RMkjVDRZzb", _("George, uomo, caldo")),
    ("onwK4e9ZLuTAKqWW03F9", _("Daniel, uomo, deciso")),
)
EMPTY_ROWS = 2
MAX_QUESTION, MAX_ANSWER = 200, 500


class LanguagesField(forms.MultipleChoiceField):
    """The languages the receptionist speaks, Italian always among them."""

    widget = UnfoldAdminCheckboxSelectMultipleWidget

    def clean(self, value: Any) -> list[str]:
        """The codes in the order of the choices, Italian first."""
        chosen = set(super().clean(value)) | {"it"}
        return [code for code in dict(cast(Any, self.choices)) if code in chosen]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whatever the order."""
        return super().has_changed(initial, [*(data or []), "it"])


class FaqWidget(forms.Widget):
    """Rows of question and answer; a script adds and removes them, without it two empty ones are there."""

    template_name = "receptionist/faq.html"

    class Media:
        js = ("receptionist/faq.js",)

    def format_value(self, value: Any) -> Any:
        """The rows with the empty ones after them."""
        rows = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
        return [*rows, *({"domanda": "", "risposta": ""} for _number in range(EMPTY_ROWS))]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Rows and looks."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        return context | {
            "name": name,
            "rows": self.format_value(value),
            "input_class": " ".join(INPUT_CLASSES).replace("max-w-2xl", "w-full"),
            "textarea_class": " ".join(TEXTAREA_CLASSES).replace("max-w-4xl", "w-full"),
            "most": prompt.MOST_FAQ,
        }

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, str]]:
        """The rows in which something stands."""
        every = (data.getlist(f"{name}-{part}") for part in ("domanda", "risposta"))
        rows = [(question.strip(), answer.strip()) for question, answer in zip(*every, strict=False)]
        return [{"domanda": question, "risposta": answer} for question, answer in rows if question or answer]

    def id_for_label(self, id_: str) -> str:
        """The first question."""
        return f"{id_}-domanda-1"


class FaqField(forms.Field):
    """Frequent questions with their answers."""

    widget = FaqWidget

    def to_python(self, value: Any) -> list[dict[str, str]]:
        """Each whole: a question without an answer is told by its words."""
        for row in value or []:
            if not row["domanda"] or not row["risposta"]:
                raise ValidationError(
                    _("Servono sia la domanda sia la risposta: «%(words)s»."),
                    params={"words": (row["domanda"] or row["risposta"])[:80]},
                )
            if len(row["domanda"]) > MAX_QUESTION or len(row["risposta"]) > MAX_ANSWER:
                raise ValidationError(
                    _("Troppo lungo per dirlo al telefono: «%(words)s…»."),
                    params={"words": row["domanda"][:80]},
                )
        return list(value or [])

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether a row differs."""
        return bool((initial or []) != (data or []))


class AIConfigForm(forms.ModelForm):
    """The receptionist's settings as people choose them."""

    languages = LanguagesField(
        label=_("Lingue"),
        required=False,
        help_text=_("L'italiano c'è sempre. Con più lingue risponde in quella di chi chiama."),
    )
    voice = forms.ChoiceField(
        label=_("Voce"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_("Chi si sente al telefono."),
    )
    faq = FaqField(
        label=_("Domande frequenti"),
        required=False,
        help_text=_("Quello che i clienti chiedono spesso, con la risposta da dare."),
    )

    class Meta:
        model = AIConfig
        fields = "__all__"  # noqa: DJ007 - the admin's fieldsets choose

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [code for code in self.instance.languages if code not in LANGUAGES]
        known = {**LANGUAGES, **dict(zip(others, others, strict=True))}
        for name, choices in (
            ("languages", list(known.items())),
            ("voice", [*VOICES, (OWN_VOICE, _("un'altra, con il suo codice"))]),
        ):
            if name in self.fields:
                self.fields[name].choices = choices  # type: ignore[attr-defined]
        if "voice" in self.fields:
            known_voice = self.instance.voice_id in dict(VOICES)
            self.fields["voice"].initial = self.instance.voice_id if known_voice else OWN_VOICE
        if "voice_id" in self.fields:
            self.fields["voice_id"].required = False
            self.fields["voice_id"].label = _("Codice di un'altra voce (ElevenLabs)")

    def clean(self) -> dict[str, Any]:
        """A voice by its name, or by its code."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        chosen = said.get("voice")
        if chosen and chosen != OWN_VOICE:
            said["voice_id"] = chosen
        elif not said.get("voice_id"):
            if chosen == OWN_VOICE:
                self.add_error("voice_id", _("Scriva il codice della voce, o ne scelga una dall'elenco."))
            else:
                said["voice_id"] = self.instance.voice_id
        return said

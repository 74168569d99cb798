"""The settings' page without JSON: languages as codes, frequent questions one a line."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from receptionist.models import AIConfig


class CodesField(forms.Field):
    """A list of codes, written "it, en"."""

    widget = UnfoldAdminTextInputWidget

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(str(code) for code in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        codes = [code.strip().lower() for code in str(value or "").split(",") if code.strip()]
        if any(not code.isalpha() or len(code) > 3 for code in codes):
            raise ValidationError(_("Scriva i codici delle lingue separati da virgole: it, en, de."))
        return list(dict.fromkeys(codes)) or ["it"]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(initial != self.to_python(data))


class FaqField(forms.Field):
    """Frequent questions, a line each: "Fate la convergenza? Sì, su prenotazione."."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return "\n".join(f"{entry['domanda']} {entry['risposta']}" for entry in value)

    def to_python(self, value: Any) -> list[dict[str, str]]:
        return [self._entry(line.strip()) for line in str(value or "").splitlines() if line.strip()]

    def _entry(self, line: str) -> dict[str, str]:
        question, mark, answer = line.partition("?")
        if not mark or not question.strip() or not answer.strip():
            raise ValidationError(
                _(
                    "Una domanda per riga, con il punto interrogativo e poi la risposta. Non va bene: «%(line)s»."
                ),
                params={"line": line[:80]},
            )
        return {"domanda": f"{question.strip()}?", "risposta": answer.strip()}

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(str(self.prepare_value(initial) or "").split() != str(data or "").split())


class AIConfigForm(forms.ModelForm):
    """The receptionist's settings as people write them."""

    languages = CodesField(
        label=_("Lingue"), required=False, help_text=_("Codici separati da virgole, per esempio: it, en.")
    )
    faq = FaqField(
        label=_("Domande frequenti"),
        required=False,
        help_text=_("Una per riga, domanda e risposta: «Fate la convergenza? Sì, su prenotazione.»"),
    )

    class Meta:
        model = AIConfig
        fields = "__all__"  # noqa: DJ007 - the admin's fieldsets choose

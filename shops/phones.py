"""Telephone numbers, stored as E.164 ("+393331234567"; landlines keep their leading zero: "+390212345678")."""

from typing import Any

import phonenumbers
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

REGION = "IT"


def normalise_phone(text: str | None, region: str = REGION) -> str | None:
    """The number as E.164, or None when `text` is not a possible telephone number (withheld, a SIP name, nonsense)."""
    if not text or len(text) > 40:
        return None
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class PhoneField(models.CharField):
    """A telephone number, normalised to E.164 when cleaned and when saved."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 16)
        super().__init__(*args, **kwargs)

    def _normalised(self, value: Any) -> Any:
        if value in (None, ""):
            return None if self.null else ""
        number = normalise_phone(str(value))
        if number is None:
            raise ValidationError(
                _("Il numero di telefono non è valido: scriverlo come 333 1234567 o +39 02 1234567.")
            )
        return number

    def to_python(self, value: Any) -> Any:
        """Called by full_clean and forms."""
        return self._normalised(super().to_python(value))

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, str) and value and not value.startswith("+"):
            return normalise_phone(value) or value
        return super().get_prep_value(value) if value != "" or not self.null else None

"""Fields of what programs send. Stricter than DRF's own: a number is not a text, "yes" is not true."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api import moments
from scheduling import plates
from shops.phones import normalise_phone

KEY = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")


class Strict(serializers.Serializer):
    """What is sent has no fields but these: a misspelt one is not silently lost."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuses what is not an object and what nobody knows."""
        if isinstance(data, Mapping):
            known = {name for name, each in self.fields.items() if not each.read_only}
            unknown = [str(name)[:60] for name in data if name not in known]
            if unknown:
                text = _("Questo campo non esiste.")
                raise serializers.ValidationError({name: [text] for name in unknown[:20]})
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """A text, without control characters; one line unless `multiline`."""

    def __init__(self, *, multiline: bool = False, **kwargs: Any) -> None:
        self.multiline = multiline
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """Refuses numbers and lines that could be headers of a message."""
        if not isinstance(data, str):
            self.fail("invalid")
        allowed = "\n\r\t" if self.multiline else ""
        if any((ord(char) < 32 or ord(char) == 127) and char not in allowed for char in data):
            raise serializers.ValidationError(_("Ci sono caratteri di controllo o a capo."))
        return super().to_internal_value(data)


class Email(serializers.EmailField):
    """An address, or "" for none."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuses numbers."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Phone(Text):
    """A telephone number in any spelling; null for none."""

    def to_internal_value(self, data: Any) -> Any:
        """As E.164."""
        number = normalise_phone(super().to_internal_value(data))
        if number is None:
            raise serializers.ValidationError(_("Non è un numero di telefono: scriverlo come +393331234567."))
        return number


class Plate(Text):
    """A licence plate in any spelling."""

    def to_internal_value(self, data: Any) -> Any:
        """Normalised."""
        plate = plates.normalise_plate(super().to_internal_value(data))
        problem = plates.plate_problem(plate, heard=False)
        if problem:
            raise serializers.ValidationError(problem)
        return plate


class Vin(Text):
    """A chassis number; "" for none."""

    def to_internal_value(self, data: Any) -> Any:
        """Normalised."""
        text = super().to_internal_value(data)
        problem = plates.vin_problem(text) if text else None
        if problem:
            raise serializers.ValidationError(problem)
        return plates.normalise_vin(text) if text else ""


class Flag(serializers.BooleanField):
    """true or false."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuses words."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Whole(serializers.IntegerField):
    """A whole number."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuses words and fractions."""
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class Choice(serializers.ChoiceField):
    """One of some words."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuses what is no word."""
        if not isinstance(data, str):
            self.fail("invalid_choice", input=str(data)[:60])
        return super().to_internal_value(data)


@extend_schema_field(OpenApiTypes.UUID)
class Key(serializers.Field):
    """The id of a row."""

    default_error_messages = {"invalid": gettext_lazy("Serve un id, come 4fa4…-….")}

    def to_internal_value(self, data: Any) -> UUID:
        """As a UUID."""
        if not isinstance(data, str) or not KEY.match(data):
            self.fail("invalid")
        return UUID(data)

    def to_representation(self, value: Any) -> str:
        """As text."""
        return str(value)


@extend_schema_field(OpenApiTypes.DATETIME)
class Moment(serializers.Field):
    """A moment; sent with its offset, shown in the shop's own time."""

    default_error_messages = {
        "invalid": gettext_lazy("Serve una data con ora e fuso, come 2026-11-23T09:30:00+01:00.")
    }

    def to_internal_value(self, data: Any) -> datetime:
        """In UTC."""
        try:
            return moments.parse(data)
        except ValueError:
            self.fail("invalid")

    def to_representation(self, value: datetime) -> str:
        """In the shop's time zone, with the offset."""
        return timezone.localtime(value).isoformat()


@extend_schema_field(OpenApiTypes.DATE)
class Day(serializers.Field):
    """A day."""

    default_error_messages = {"invalid": gettext_lazy("Serve una data, come 2026-11-23.")}

    def to_internal_value(self, data: Any) -> date:
        """As a date."""
        try:
            return moments.parse_day(data)
        except ValueError:
            self.fail("invalid")

    def to_representation(self, value: date) -> str:
        """As written in ISO 8601."""
        return value.isoformat()

"""Customers as programs see them."""

from django.utils.translation import gettext as _
from rest_framework import serializers

from api.fields import Choice, Email, Flag, Key, Moment, Phone, Strict, Text

LANGUAGES = ("it", "en", "de", "fr", "es", "pt", "ro", "ar")
FOUND_BY = ("first_name", "last_name", "phone", "email")


class CustomerIn(Strict):
    """A customer as sent."""

    first_name = Text(required=False, allow_blank=True, max_length=80)
    last_name = Text(required=False, allow_blank=True, max_length=80)
    phone = Phone(required=False, allow_null=True, max_length=40)
    email = Email(required=False, allow_blank=True, max_length=254)
    language = Choice(required=False, choices=LANGUAGES)
    gdpr_consent = Flag(required=False)
    notes = Text(required=False, allow_blank=True, max_length=5000, multiline=True)

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        """Somebody without a name, a number and an address would never be found again."""
        if not self.partial and not any(attrs.get(name) for name in FOUND_BY):
            raise serializers.ValidationError(_("Serve almeno un nome, un telefono o un'e-mail."))
        return attrs


class CustomerOut(serializers.Serializer):
    """A customer as shown."""

    id = Key()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    phone = serializers.CharField(allow_null=True)
    email = serializers.CharField()
    language = serializers.CharField()
    gdpr_consent = serializers.BooleanField()
    notes = serializers.CharField()
    archived_at = Moment(allow_null=True)
    created_at = Moment()


class CustomerPage(serializers.Serializer):
    """Some customers."""

    results = CustomerOut(many=True)
    next = serializers.URLField(allow_null=True)

"""Appointments, services and free places as programs see them."""

from django.utils.translation import gettext as _
from rest_framework import serializers

from api.fields import Day, Flag, Key, Moment, Plate, Strict, Text
from api.serializers.customers import CustomerIn
from scheduling.models.appointments import Source, Status


class AppointmentIn(Strict):
    """A wish: who, with what, for which work, when."""

    service_id = Key()
    starts_at = Moment()
    customer_id = Key(required=False)
    customer = CustomerIn(required=False)
    vehicle_id = Key(required=False)
    plate = Plate(required=False, min_length=1, max_length=30)
    drop_off_at = Moment(required=False)
    leaves_car = Flag(required=False)
    notes = Text(required=False, allow_blank=True, max_length=2000, multiline=True)

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        """One customer, and at most one car."""
        if ("customer_id" in attrs) == ("customer" in attrs):
            raise serializers.ValidationError(_("Serve customer_id oppure customer, uno dei due."))
        if "vehicle_id" in attrs and "plate" in attrs:
            raise serializers.ValidationError(_("vehicle_id oppure plate, uno dei due."))
        return attrs


class MoveIn(Strict):
    """Where an appointment is to be moved."""

    starts_at = Moment()


class CancelIn(Strict):
    """Why."""

    reason = Text(required=False, allow_blank=True, max_length=300)


class NothingIn(Strict):
    """No words are needed."""


class ServiceOut(serializers.Serializer):
    """A service as shown."""

    id = Key()
    name = serializers.CharField()
    description = serializers.CharField()
    duration_minutes = serializers.IntegerField()
    price_from = serializers.DecimalField(max_digits=8, decimal_places=2, allow_null=True)
    confirmed_by = serializers.CharField()
    preparation = serializers.CharField()


class ServiceList(serializers.Serializer):
    """What can be booked."""

    results = ServiceOut(many=True)


class NamedOut(serializers.Serializer):
    """What it is, by id and name."""

    id = Key()
    name = serializers.CharField()


class BayOut(serializers.Serializer):
    """A place to work."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class AppointmentOut(serializers.Serializer):
    """An appointment as shown. Times are the shop's own."""

    id = Key()
    code = serializers.CharField()
    status = serializers.ChoiceField(choices=Status.values)
    source = serializers.ChoiceField(choices=Source.values)  # type: ignore[assignment]  # DRF takes fields off the class
    service = NamedOut()
    bay = BayOut()
    customer_id = Key()
    vehicle_id = Key(allow_null=True)
    starts_at = Moment(source="scheduled_at")
    ends_at = Moment()
    duration_minutes = serializers.IntegerField()
    drop_off_at = Moment(allow_null=True)
    arrived_at = Moment(allow_null=True)
    promised_at = Moment(allow_null=True)
    collected_at = Moment(allow_null=True)
    customer_confirmed_at = Moment(allow_null=True)
    customer_note = serializers.CharField()
    notes = serializers.CharField()
    cancel_reason = serializers.CharField()
    created_at = Moment()
    updated_at = Moment()


class AppointmentPage(serializers.Serializer):
    """Some appointments."""

    results = AppointmentOut(many=True)
    next = serializers.URLField(allow_null=True)


class SlotOut(serializers.Serializer):
    """A free place."""

    starts_at = Moment()
    ends_at = Moment()


class ClosedOut(serializers.Serializer):
    """A day on which the shop does not open."""

    day = Day()
    reason = serializers.CharField()


class AvailabilityOut(serializers.Serializer):
    """What is free; when nothing is, why, and what comes nearest."""

    slots = SlotOut(many=True)
    nothing = serializers.CharField(allow_null=True)
    closed = ClosedOut(many=True)
    nearest = SlotOut(many=True)

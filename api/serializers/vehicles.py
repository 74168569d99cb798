"""Vehicles as programs see them."""

from rest_framework import serializers

from api.fields import Choice, Day, Flag, Key, Moment, Plate, Strict, Text, Vin, Whole
from scheduling.models import Vehicle

MOST_KM = 3_000_000


class VehicleIn(Strict):
    """A vehicle as sent."""

    license_plate = Plate(min_length=1, max_length=30)
    customer_id = Key(required=False, allow_null=True)
    make = Text(required=False, allow_blank=True, max_length=40)
    model = Text(required=False, allow_blank=True, max_length=60)
    year = Whole(required=False, allow_null=True, min_value=1900, max_value=2100)
    vin = Vin(required=False, allow_blank=True, max_length=30)
    fuel = Choice(required=False, allow_blank=True, choices=Vehicle.Fuel.values)
    mileage_km = Whole(required=False, allow_null=True, min_value=0, max_value=MOST_KM)
    registered_on = Day(required=False, allow_null=True)
    last_revision_on = Day(required=False, allow_null=True)
    yearly_revision = Flag(required=False)
    last_service_on = Day(required=False, allow_null=True)
    last_service_km = Whole(required=False, allow_null=True, min_value=0, max_value=MOST_KM)
    service_every_months = Whole(required=False, allow_null=True, min_value=1, max_value=120)
    service_every_km = Whole(required=False, allow_null=True, min_value=1000, max_value=500_000)
    notes = Text(required=False, allow_blank=True, max_length=5000, multiline=True)


class VehicleOut(serializers.Serializer):
    """A vehicle as shown; what is due next follows from the rest."""

    id = Key()
    license_plate = serializers.CharField()
    customer_id = Key(allow_null=True)
    make = serializers.CharField()
    model = serializers.CharField()
    year = serializers.IntegerField(allow_null=True)
    vin = serializers.CharField()
    fuel = serializers.CharField()
    mileage_km = serializers.IntegerField(allow_null=True)
    registered_on = Day(allow_null=True)
    last_revision_on = Day(allow_null=True)
    yearly_revision = serializers.BooleanField()
    last_service_on = Day(allow_null=True)
    last_service_km = serializers.IntegerField(allow_null=True)
    service_every_months = serializers.IntegerField(allow_null=True)
    service_every_km = serializers.IntegerField(allow_null=True)
    next_revision_on = Day(allow_null=True)
    next_service_on = Day(allow_null=True)
    next_service_km = serializers.IntegerField(allow_null=True)
    notes = serializers.CharField()
    archived_at = Moment(allow_null=True)
    created_at = Moment()


class VehiclePage(serializers.Serializer):
    """Some vehicles."""

    results = VehicleOut(many=True)
    next = serializers.URLField(allow_null=True)

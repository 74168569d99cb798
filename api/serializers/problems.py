"""The shape of every error."""

from rest_framework import serializers

from api.serializers.appointments import SlotOut


class ProblemField(serializers.Serializer):
    """What is wrong with one value."""

    field = serializers.CharField()
    message = serializers.CharField()


class Problem(serializers.Serializer):
    """RFC 9457: `code` is for programs, `detail` for people."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    errors = ProblemField(many=True, required=False)  # type: ignore[assignment]  # DRF takes fields off the class
    missing_scope = serializers.CharField(required=False)
    alternatives = SlotOut(many=True, required=False)

"""The form of an appointment. What it saves goes through the verbs, so that a clash is an error with its
reason."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scheduling import booking, lifecycle
from scheduling.availability import Slot
from scheduling.errors import NotBookable, SchedulingError
from scheduling.models import Appointment
from scheduling.models.appointments import Source
from shops.dates import in_a_sentence

PLAN = frozenset({"scheduled_at", "bay", "duration_minutes"})
TOLD = frozenset({"promised_at", "customer_note"})
YEARS = range(2000, 2100)
PLAIN = ("vehicle", "service", "contact_phone", "notes", "drop_off_at")


class AppointmentForm(forms.ModelForm):
    """Books, moves and promises. Bay and duration may be left empty: the first free bay, the service's
    duration."""

    version = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput, label="")
    """The row's `updated_at` when the page was drawn: what somebody else changed since is not written over."""

    class Meta:
        model = Appointment
        fields = [
            *("customer", "vehicle", "service", "scheduled_at", "bay", "duration_minutes"),
            *("drop_off_at", "promised_at", "customer_note", "contact_phone", "notes"),
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.initial["version"] = self.instance.updated_at.isoformat()
        for name, text in (
            ("bay", gettext_lazy("Vuoto: la prima libera.")),
            ("duration_minutes", gettext_lazy("Vuoto: la durata del servizio.")),
        ):
            if name in self.fields:
                self.fields[name].required = False
                self.fields[name].help_text = text

    def _post_clean(self) -> None:
        """Once every field is in order, carry it out: the verbs see what a check beforehand could not."""
        existing = None if self.instance._state.adding else self.instance.pk
        super()._post_clean()  # type: ignore[misc]  # the stubs leave it out
        if self.errors:
            return
        try:
            with transaction.atomic():
                self.instance = self._book() if existing is None else self._change(existing)
        except NotBookable as refusal:
            self.add_error(self._field("scheduled_at"), _reason(refusal))
        except SchedulingError as refusal:
            self.add_error(None, refusal.message)

    def validate_constraints(self) -> None:
        """The verbs and the database do."""

    def save(self, commit: bool = True) -> Appointment:
        """The appointment, which the verbs have written already."""
        setattr(self, "save_m2m", lambda: None)  # noqa: B010 - as ModelForm.save leaves it behind
        found: Appointment = self.instance
        return found

    def _field(self, name: str) -> str | None:
        return name if name in self.fields else None

    def _book(self) -> Appointment:
        said = self.cleaned_data
        made = booking.book(
            customer=said["customer"],
            vehicle=said.get("vehicle"),
            service=said["service"],
            starts_at=said["scheduled_at"],
            source=Source.MANUAL,
            drop_off_at=said.get("drop_off_at"),
            notes=said.get("notes", ""),
            contact_phone=said.get("contact_phone", ""),
            bay=said.get("bay"),
            minutes=said.get("duration_minutes"),
            by_staff=True,
        )
        if not made.created:
            raise _Known(made.appointment.code)
        if said.get("promised_at") or said.get("customer_note"):
            self._promise(made.appointment)
        return made.appointment

    def clean_promised_at(self) -> datetime | None:
        """Not in a year that no clock shows everywhere."""
        return _near(self.cleaned_data.get("promised_at"))

    def clean_drop_off_at(self) -> datetime | None:
        """As what is promised."""
        return _near(self.cleaned_data.get("drop_off_at"))

    def clean_scheduled_at(self) -> datetime | None:
        """As what is promised."""
        return _near(self.cleaned_data.get("scheduled_at"))

    def clean_version(self) -> datetime | None:
        """None where nothing is known, as when the form is filled in by a program."""
        try:
            seen = datetime.fromisoformat(self.cleaned_data["version"])
        except ValueError:
            return None
        return seen if seen.tzinfo else None

    def _change(self, pk: Any) -> Appointment:
        appointment = Appointment.objects.select_related("service", "bay").get(pk=pk)
        said, changed = self.cleaned_data, set(self.changed_data)
        if "service" in changed and "duration_minutes" not in changed:
            said["duration_minutes"] = said["service"].duration_minutes
            changed.add("duration_minutes")
        if changed & PLAN:
            bay = said.get("bay") if "bay" in changed else None
            booking.reschedule(
                appointment=appointment,
                starts_at=said["scheduled_at"],
                bay=bay,
                minutes=said.get("duration_minutes") or said["service"].duration_minutes,
                by_staff=True,
                unchanged_since=said.get("version"),
            )
        else:
            lifecycle.lock(appointment)
            lifecycle.require_unchanged(appointment, said.get("version"))
        if changed & TOLD:
            self._promise(appointment)
        values = {name: said[name] for name in PLAIN if name in changed}
        _check_drop_off(appointment, values.get("drop_off_at"))
        if values:
            lifecycle.store(appointment, **values)
        return appointment

    def _promise(self, appointment: Appointment) -> None:
        said = self.cleaned_data
        booking.promise(
            appointment=appointment,
            promised_at=said.get("promised_at"),
            customer_note=said.get("customer_note") or "",
        )


class _Known(SchedulingError):
    code = "known"

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.existing = code

    @property
    def message(self) -> str:
        return _("C'è già lo stesso appuntamento: %(code)s.") % {"code": self.existing}


class _LateDropOff(SchedulingError):
    code = "drop_off"
    text = gettext_lazy("L'auto si consegna prima dell'inizio del lavoro.")


def _near(moment: datetime | None) -> datetime | None:
    if moment is not None and moment.year not in YEARS:
        raise ValidationError(gettext_lazy("Data e ora non sono valide."))
    return moment


def _check_drop_off(appointment: Appointment, drop_off_at: datetime | None) -> None:
    if drop_off_at is not None and drop_off_at > appointment.scheduled_at:
        raise _LateDropOff


def _reason(refusal: NotBookable) -> ValidationError:
    """Why not, and when instead."""
    text = refusal.message
    if refusal.alternatives:
        text += " " + _("Liberi: %(slots)s.") % {"slots": ", ".join(map(_slot, refusal.alternatives))}
    return ValidationError(text, code=refusal.code)


def _slot(slot: Slot) -> str:
    return in_a_sentence(date_format(timezone.localtime(slot.starts_at), "D j M H:i"))

"""The two short forms of the calendar: an appointment that is there, and a new one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.calendar import people, times
from backoffice.calendar.changing import Wish, refusal_text
from scheduling import booking
from scheduling.errors import NotBookable, SchedulingError
from scheduling.lifecycle import TRANSITIONS, UNIQUE_VIOLATION, sqlstate
from scheduling.models import Appointment, Bay, Customer, Service, Vehicle
from scheduling.models.appointments import Source
from scheduling.models.workshop import MAX_DURATION_MINUTES
from shops.staff.models import StaffUser

PLAN = frozenset({"day", "at", "bay", "minutes"})
TOLD = frozenset({"promised_at", "customer_note"})


def _day() -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "bo-input"})
    return forms.DateField(label=gettext_lazy("giorno"), widget=widget, input_formats=["%Y-%m-%d"])


def _at() -> forms.TimeField:
    widget = forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "bo-input"})
    return forms.TimeField(label=gettext_lazy("ora"), widget=widget, input_formats=["%H:%M", "%H:%M:%S"])


def _minutes(**values: Any) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"class": "bo-input", "inputmode": "numeric"})
    return forms.IntegerField(
        label=gettext_lazy("minuti di lavoro"),
        min_value=1,
        max_value=MAX_DURATION_MINUTES,
        widget=widget,
        **values,
    )


def _select() -> forms.Select:
    return forms.Select(attrs={"class": "bo-input"})


def _text(**values: Any) -> forms.CharField:
    return forms.CharField(widget=forms.TextInput(attrs={"class": "bo-input"}), required=False, **values)


class CalendarForm(forms.Form):
    """Errors and hints are tied to their fields for who does not see them."""

    use_required_attribute = False

    def explain(self, refusal: SchedulingError) -> None:
        """Put a verb's refusal where it belongs."""
        if isinstance(refusal, NotBookable):
            self.add_error("at", ValidationError(refusal_text(refusal), code=refusal.code))
        else:
            self.add_error(None, refusal.message)


class EditForm(CalendarForm):
    """An appointment's time, place, what the customer is told, notes, mechanic.

    What its status forbids is shown and cannot be changed. `wish` says what is to be done once it is valid.
    """

    day = _day()
    at = _at()
    bay = forms.ModelChoiceField(
        Bay.objects.none(), label=gettext_lazy("postazione"), widget=_select(), empty_label=None
    )
    minutes = _minutes()
    promised_at = forms.DateTimeField(
        label=gettext_lazy("promesso per"),
        required=False,
        widget=forms.DateTimeInput(
            format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", "class": "bo-input"}
        ),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    customer_note = _text(
        label=gettext_lazy("nota per il cliente"),
        max_length=300,
        help_text=gettext_lazy("L'assistente la dice al cliente: «in attesa del ricambio»."),
    )
    mechanic = forms.ModelChoiceField(
        StaffUser.objects.none(),
        label=gettext_lazy("meccanico"),
        widget=_select(),
        required=False,
        empty_label=gettext_lazy("nessuno"),
    )
    notes = forms.CharField(
        label=gettext_lazy("note"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"class": "bo-input", "rows": 2}),
    )

    def __init__(self, appointment: Appointment, *args: Any, may_change: bool = True, **kwargs: Any) -> None:
        kwargs["initial"] = _as_fields(appointment)
        super().__init__(*args, **kwargs)
        self.appointment = appointment
        in_use = Bay.objects.filter(Q(is_active=True) | Q(pk=appointment.bay_id))
        at_work = StaffUser.objects.filter(
            Q(is_active=True, is_support=False) | Q(appointments=appointment)
        ).distinct()
        for name, choices in (("bay", in_use), ("mechanic", at_work)):
            setattr(self.fields[name], "queryset", choices)  # noqa: B010 - the stubs know only Field
        for names, verb in ((PLAN, "reschedule"), (TOLD, "promise"), ({"mechanic"}, "assign")):
            for name in names:
                self.fields[name].disabled = appointment.status not in TRANSITIONS[verb].sources
        if not may_change:
            for field in self.fields.values():
                field.disabled = True

    def clean(self) -> dict[str, Any]:
        """The day and the hour together are a moment of the shop."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("day") and said.get("at") and PLAN & set(self.changed_data):
            try:
                said["starts_at"] = times.on_wall(said["day"], said["at"])
            except SchedulingError as refusal:
                self.add_error("at", refusal.message)
        return said

    def clean_promised_at(self) -> datetime | None:
        """Not in a year that no clock shows everywhere."""
        promised: datetime | None = self.cleaned_data["promised_at"]
        if promised is not None and promised.year not in times.YEARS:
            raise ValidationError(_("Data e ora non sono valide."))
        return promised

    @property
    def wish(self) -> Wish:
        """What was changed, as the verbs want it."""
        said, changed = self.cleaned_data, set(self.changed_data)
        plan = {name: said[name] for name in ("starts_at", "bay", "minutes")} if changed & PLAN else None
        told = {name: said[name] for name in TOLD} if changed & TOLD else None
        plain: dict[str, Any] = {"notes": said["notes"].replace("\x00", "")} if "notes" in changed else {}
        return Wish(plan, told, plain, "mechanic" in changed, said["mechanic"])

    def written(self) -> list[tuple[str, str]]:
        """What the person had written, by label: shown again when it could not be kept."""
        return [
            (str(self.fields[name].label), str(self.data.get(name, "")))
            for name in self.changed_data
            if self.data.get(name) and name not in ("bay", "mechanic")
        ]


def _as_fields(appointment: Appointment) -> dict[str, Any]:
    start = timezone.localtime(appointment.scheduled_at)
    promised = appointment.promised_at
    return {
        "day": start.date(),
        "at": start.time().replace(second=0, microsecond=0),
        "bay": appointment.bay_id,
        "minutes": appointment.duration_minutes,
        "promised_at": promised.replace(second=0, microsecond=0) if promised else None,
        "customer_note": appointment.customer_note,
        "mechanic": appointment.mechanic_id,
        "notes": appointment.notes,
    }


class NewForm(CalendarForm):
    """A new appointment for a customer who is known, or who is written down right here."""

    customer = forms.UUIDField(required=False, widget=forms.HiddenInput())
    vehicle = forms.UUIDField(required=False, widget=forms.HiddenInput())
    name = _text(label=gettext_lazy("nome e cognome"), max_length=160)
    phone = _text(label=gettext_lazy("telefono"), max_length=40)
    plate = _text(label=gettext_lazy("targa"), max_length=15)
    service = forms.ModelChoiceField(
        Service.objects.filter(is_active=True),
        label=gettext_lazy("servizio"),
        widget=_select(),
        empty_label=None,
    )
    day = _day()
    at = _at()
    bay = forms.ModelChoiceField(
        Bay.objects.filter(is_active=True),
        label=gettext_lazy("postazione"),
        widget=_select(),
        required=False,
        empty_label=gettext_lazy("la prima libera"),
    )
    minutes = _minutes(required=False, help_text=gettext_lazy("Vuoto: la durata del servizio."))
    leaves_car = forms.BooleanField(label=gettext_lazy("lascia l'auto"), required=False)
    notes = forms.CharField(
        label=gettext_lazy("note"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"class": "bo-input", "rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        """Somebody comes, with or without a car that is known, at a time that exists."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if not said.get("customer") and not (said.get("name") or "").strip():
            self.add_error("name", _("Scegliere un cliente, o scrivere chi viene."))
        if said.get("day") and said.get("at"):
            try:
                said["starts_at"] = times.on_wall(said["day"], said["at"])
            except SchedulingError as refusal:
                self.add_error("at", refusal.message)
        return said

    def book(self) -> Appointment | None:
        """Write customer, car and appointment, all of it or nothing; None with the reason among the errors."""
        try:
            with transaction.atomic():
                return self._booked(self.cleaned_data)
        except SchedulingError as refusal:
            self.explain(refusal)
        except ValidationError as error:
            self.add_error(None, error)
        except IntegrityError as error:  # the same form sent twice, or two people who write down the same one
            if sqlstate(error) != UNIQUE_VIOLATION:
                raise
            self.add_error(
                "name", _("Qualcuno ha appena scritto lo stesso cliente o la stessa targa: cercarlo.")
            )
        return None

    def _booked(self, said: Mapping[str, Any]) -> Appointment:
        customer = self._customer(said)
        made = booking.book(
            customer=customer,
            vehicle=self._vehicle(said, customer),
            service=said["service"],
            starts_at=said["starts_at"],
            source=Source.MANUAL,
            leaves_car=said["leaves_car"],
            notes=said["notes"],
            bay=said["bay"],
            minutes=said["minutes"],
            by_staff=True,
        )
        if not made.created:
            raise ValidationError(
                {"at": _("C'è già lo stesso appuntamento: %(code)s.") % {"code": made.appointment.code}}
            )
        return made.appointment

    def _customer(self, said: Mapping[str, Any]) -> Customer:
        if not said["customer"]:
            return people.add_customer(name=said["name"], phone=said["phone"])
        found = Customer.objects.filter(pk=said["customer"], archived_at__isnull=True).first()
        if found is None:
            raise ValidationError({"name": _("Questo cliente non c'è più: cercarlo di nuovo.")})
        return found

    def _vehicle(self, said: Mapping[str, Any], customer: Customer) -> Vehicle | None:
        if said["plate"]:
            return people.car_of(customer, said["plate"])
        if said["vehicle"]:
            return Vehicle.objects.filter(pk=said["vehicle"], customer=customer).first()
        return None


def read_version(text: str) -> datetime:
    """The version of an appointment that the page had shown. Raises BadInput."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise times.BadInput(_("Manca la versione dell'appuntamento: ricaricare la pagina.")) from None
    if found.tzinfo is None:
        raise times.BadInput(_("Manca la versione dell'appuntamento: ricaricare la pagina."))
    return found

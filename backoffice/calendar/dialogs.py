"""The two dialogs of the calendar: pieces of HTML with a form. A form that was carried out answers with JSON."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from backoffice.calendar import changing, people, setup, times
from backoffice.calendar.forms import EditForm, NewForm, read_version
from backoffice.calendar.views import find, may_change, moved
from scheduling import catalogue
from scheduling.errors import Changed, SchedulingError
from scheduling.models import Appointment, Customer, Service
from shops.back_office import short_when


@require_http_methods(["GET", "HEAD", "POST"])
def appointment(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The short form of an appointment. A POST saves it, or with `verb` does what a button says.

    409 with the fresh form when somebody else changed it since `version`; 422 with the form and its errors.
    """
    found = find(pk)
    if request.method != "POST":
        return _edit(request, found)
    may_change(request)
    try:
        seen = read_version(request.POST.get("version", ""))
    except times.BadInput as fault:
        return _edit(request, found, note=str(fault), status=422)
    verb = request.POST.get("verb", "")
    return _act(request, found, verb, seen) if verb else _save(request, found, seen)


def _act(request: HttpRequest, found: Appointment, verb: str, seen: Any) -> HttpResponse:
    if verb not in changing.VERBS:
        return _edit(request, found, note=_("Questo non si può fare."), status=422)
    try:
        changing.act(appointment=found, verb=verb, seen=seen)
    except Changed:
        return _too_late(request, find(found.pk), [])
    except SchedulingError as refusal:
        return _edit(request, find(found.pk), note=refusal.message, status=422)
    return _done(found, str(found.get_status_display()))


def _save(request: HttpRequest, found: Appointment, seen: Any) -> HttpResponse:
    form = EditForm(found, request.POST)
    if not form.is_valid():
        if found.updated_at != seen:
            return _too_late(request, found, form.written())
        return _edit(request, found, form=form, status=422)
    was_promised = found.promised_at is not None
    try:
        changing.save(appointment=found, wish=form.wish, seen=seen)
    except Changed:
        return _too_late(request, find(found.pk), form.written())
    except SchedulingError as refusal:
        form.explain(refusal)
        return _edit(request, find(found.pk), form=form, status=422)
    if was_promised and found.promised_at is None and "promised_at" not in form.changed_data:
        return JsonResponse({"message": moved(found, was_promised=True)})
    return _done(found, _("salvato"))


def _done(found: Appointment, what: str) -> JsonResponse:
    said = {"customer": str(found.customer), "when": short_when(found.scheduled_at), "what": what}
    return JsonResponse({"message": _("%(customer)s, %(when)s: %(what)s.") % said})


def _too_late(request: HttpRequest, found: Appointment, written: list[tuple[str, str]]) -> HttpResponse:
    """Nothing was written: who was quicker, the appointment as it is now, and what the person had put in."""
    note = _("%(change)s Non è stato salvato niente: qui sotto l'appuntamento com'è adesso.") % {
        "change": changing.who_changed(found)
    }
    return _edit(request, found, note=note, written=written, status=409)


def _edit(
    request: HttpRequest,
    found: Appointment,
    *,
    form: EditForm | None = None,
    note: str = "",
    written: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    may = request.user.has_perm("scheduling.change_appointment")
    context = {
        "appointment": found,
        "form": form or EditForm(found, may_change=may),
        "version": found.updated_at.isoformat(),
        "mark": setup.MARKS[Appointment.Status(found.status)],
        "buttons": changing.buttons(found) if may else [],
        "may_change": may,
        "fixed": changing.why_fixed(found) if may else "",
        "links": _links(request, found),
        "note": note,
        "written": written or [],
    }
    return render(request, "backoffice/calendar_appointment.html", context, status=status)


def _links(request: HttpRequest, found: Appointment) -> list[tuple[str, str]]:
    """Pages that tell more, those that the person may open."""
    wanted = [
        (
            _("Scheda completa"),
            "scheduling.view_appointment",
            ["admin:scheduling_appointment_change"],
            found.pk,
        ),
        (_("Cliente"), "scheduling.view_customer", ["admin:scheduling_customer_change"], found.customer_id),
    ]
    if found.conversation_id:
        names = ["admin:inbox_chat", "admin:receptionist_conversation_change"]
        wanted.append((_("Conversazione"), "receptionist.view_conversation", names, found.conversation_id))
    return [
        (label, address)
        for label, permission, names, pk in wanted
        if request.user.has_perm(permission) and (address := _first_address(names, pk))
    ]


def _first_address(names: list[str], pk: UUID) -> str:
    for name in names:
        try:
            return reverse(name, args=[pk])
        except NoReverseMatch:
            continue
    return ""


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The short form of a new appointment; ?start=, ?end=, ?bay= and ?customer= fill it in. A POST books."""
    for permission in ("scheduling.add_appointment", "scheduling.view_customer"):
        if not request.user.has_perm(permission):
            raise PermissionDenied
    if request.method != "POST":
        return _new(request, NewForm(initial=_wished(request)))
    form = NewForm(request.POST)
    said = {name: request.POST.get(name, "").strip() for name in ("customer", "plate")}
    if not said["customer"] or said["plate"]:  # somebody, or a car, is to be written down
        for permission in ("scheduling.add_customer", "scheduling.add_vehicle"):
            if not request.user.has_perm(permission):
                raise PermissionDenied
    made = form.book() if form.is_valid() else None
    return _new(request, form, status=422) if made is None else _done(made, _("prenotato"))


def _new(request: HttpRequest, form: NewForm, *, status: int = 200) -> HttpResponse:
    chosen, car = _chosen(form), str(form["vehicle"].value() or "")
    durations = {str(pk): minutes for pk, minutes in Service.objects.values_list("pk", "duration_minutes")}
    context = {"form": form, "chosen": chosen, "chosen_car": car, "durations": durations}
    return render(request, "backoffice/calendar_new.html", context, status=status)


def _chosen(form: NewForm) -> dict[str, Any] | None:
    """The customer who was chosen before, when the form is shown again."""
    try:
        pk = UUID(str(form["customer"].value() or ""))
    except ValueError:
        return None
    found = Customer.objects.filter(pk=pk, archived_at__isnull=True).first()
    return people.known(found) if found else None


def _wished(request: HttpRequest) -> dict[str, Any]:
    """What the address asks for; nonsense is left out."""
    asked = request.GET
    values: dict[str, Any] = {"day": timezone.localdate()}
    if asked.get("bay", "").isdigit():
        values["bay"] = asked["bay"]
    if asked.get("customer"):
        values["customer"] = asked["customer"]
    try:
        begin = times.read_wall(asked.get("start", ""))
    except (times.BadInput, SchedulingError):
        return values
    local = timezone.localtime(begin)
    values |= {"day": local.date(), "at": local.time()}
    try:
        end = times.read_wall(asked.get("end", ""))
    except (times.BadInput, SchedulingError):
        return values
    minutes = times.opening_minutes(catalogue.load().calendar, begin, end)
    return {**values, "minutes": minutes} if minutes else values

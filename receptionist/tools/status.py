"""vehicle_status: "è pronta la macchina?", the question asked most."""

from datetime import timedelta

from django.db.models import Q

from receptionist import handover, opening, phoneproof
from receptionist.italian import sentence
from receptionist.models import Urgency
from receptionist.tools import parsing, wording
from receptionist.tools.base import Reply, Said, Tool, ToolArguments, ToolContext, argument
from scheduling import catalogue
from scheduling.models import Appointment
from scheduling.models.appointments import Status

MOST_SAID = 2
# A car that was ready and never marked as collected is not asked about for ever.
LOOK_BACK = timedelta(days=60)
# Said for no car, an unknown plate and somebody else's plate alike.
NOTHING = (
    "Non risultano lavori in corso per chi sta chiamando{car}. Si può controllare la targa, oppure farsi richiamare "
    "dall'officina."
)


class VehicleStatus(ToolArguments):
    """Which car, if the caller has several."""

    license_plate: Said = argument("La targa, se il cliente ha più auto in officina.")


def vehicle_status(context: ToolContext, arguments: VehicleStatus) -> Reply:
    """How far the work on the caller's cars is, from status, promised time and the note for the customer.

    Side effects: for a car that is late the shop is asked to call back (a Handover). One to three queries.
    """
    try:
        plate = parsing.plate(arguments.license_plate) if arguments.license_plate else ""
    except parsing.Ask as ask:
        return ask.reply
    rows = _at_the_shop(context, plate)
    if not rows and phoneproof.is_needed(context.conversation):
        return Reply.ask(phoneproof.ASK)
    if not rows:
        return Reply(NOTHING.format(car=" con questa targa" if plate else ""), ok=not plate)
    said = [_say(row, context) for row in rows[:MOST_SAID]]
    return Reply(" ".join(said), appointment_id=rows[0].pk)


def _at_the_shop(context: ToolContext, plate: str) -> list[Appointment]:
    """What the shop has of the caller's: cars being worked on or ready; without any, the next appointment."""
    if context.customer is None:
        return []
    rows = Appointment.objects.filter(customer=context.customer).select_related("service", "vehicle")
    if plate:
        rows = rows.filter(vehicle__license_plate=plate)
    since = context.now - LOOK_BACK
    here = Q(status=Status.IN_PROGRESS) | Q(status=Status.COMPLETED, collected_at=None)
    ahead = Q(status__in=(Status.PENDING, Status.CONFIRMED), ends_at__gt=context.now - timedelta(hours=12))
    found = list(rows.filter(here | ahead, scheduled_at__gt=since).order_by("-scheduled_at")[:20])
    present = [row for row in found if row.status in (Status.IN_PROGRESS, Status.COMPLETED)]
    return present or found[-1:]


def _say(row: Appointment, context: ToolContext) -> str:
    car = wording.car(row.vehicle, context)
    note = f" {sentence(row.customer_note)}" if row.customer_note else ""
    if row.status == Status.COMPLETED:
        collect = opening.say_collect(catalogue.load(context.shop).calendar, context.now, context.tell)
        return f"{sentence(f'{car} è pronta')} Si può ritirare {collect}.{note}"
    if row.status == Status.IN_PROGRESS:
        return _say_in_progress(row, car, note, context)
    when = context.tell.when(row.scheduled_at, context.now)
    if row.scheduled_at <= context.now:
        return (
            f"{sentence(f'il lavoro per {car} era fissato per {when} e non risulta ancora iniziato')}{note}"
        )
    return sentence(f"{car} non è ancora in lavorazione: l'appuntamento è {when}") + note


def _say_in_progress(row: Appointment, car: str, note: str, context: ToolContext) -> str:
    """With the promised time while it can be kept; once it cannot, an apology and a call back."""
    if row.promised_at and row.promised_at > context.now:
        promised = context.tell.when(row.promised_at, context.now)
        return f"{sentence(f'{car} è in lavorazione')}{note} Dovrebbe essere pronta {promised}."
    late = row.promised_at is not None
    if not late and row.ends_at > context.now:
        return f"{sentence(f'{car} è in lavorazione')}{note} L'ora in cui sarà pronta non è ancora stata indicata."
    reason = f"Auto in ritardo: {row.service.name}" if late else f"Chiede quando è pronta: {row.service.name}"
    asked = handover.ask(
        conversation=context.conversation,
        reason=reason,
        now=context.now,
        urgency=Urgency.HIGH if late else Urgency.NORMAL,
        transfer=False,
    )
    sorry = f"Ci dispiace, {car} non è ancora pronta" if late else f"{car} è ancora in lavorazione"
    return f"{sentence(sorry)}{note} {handover.say_next(asked, context.now)}"


TOOL = Tool(
    name="vehicle_status",
    description="Dice a che punto è l'auto di chi sta chiamando: «è pronta la macchina?».",
    arguments=VehicleStatus,
    run=vehicle_status,
)

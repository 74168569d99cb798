"""lookup_customer and register_vehicle: who is calling, and which car."""

from receptionist import identity, phoneproof
from receptionist.models import Conversation
from receptionist.tools import parsing, wording
from receptionist.tools.appointments import NoArguments, upcoming
from receptionist.tools.base import Reply, Said, Tool, ToolArguments, ToolContext, argument
from scheduling import plates
from scheduling.models import Vehicle

MOST_CARS = 3
MAX_MAKE, MAX_MODEL = 40, 60
OLDEST_YEAR = 1900
WITHHELD = (
    "Il numero di chi chiama è nascosto: non si può riconoscere. Si può prenotare lo stesso, chiedendo nome, "
    "telefono e targa."
)
NEW = "Il numero di chi chiama non è ancora tra i clienti. Si può prenotare, chiedendo nome e targa."


def lookup_customer(context: ToolContext, arguments: NoArguments) -> Reply:
    """What the shop knows of the caller: name, cars, next appointment. Two queries."""
    customer = context.customer
    if customer is None and phoneproof.is_needed(context.conversation):
        return Reply(phoneproof.ASK)
    if customer is None:
        return Reply(NEW if _is_verified(context.conversation) else WITHHELD)
    cars = identity.vehicles_of(customer)
    parts = [f"Cliente: {customer.full_name or 'nome non ancora indicato'}."]
    if cars:
        said = [f"{_label(car)}, targa {context.tell.plate(car.license_plate)}" for car in cars[:MOST_CARS]]
        parts.append(f"{'Auto' if len(said) == 1 else 'Le auto'}: {'; '.join(said)}.")
    else:
        parts.append("Nessuna auto registrata: chiedere la targa.")
    rows = upcoming(customer, context)
    if rows:
        parts.append(f"Prossimo appuntamento: {wording.listed(rows[0], context)}.")
    return Reply(" ".join(parts))


def _is_verified(conversation: Conversation) -> bool:
    return conversation.caller_verified and bool(conversation.phone_number)


def _label(vehicle: Vehicle) -> str:
    return vehicle.label or "auto"


class RegisterVehicle(ToolArguments):
    """The car, as far as it is known."""

    license_plate: Said = argument("La targa.", required=True)
    make: Said = argument("La marca, per esempio Fiat.")
    model: Said = argument("Il modello, per esempio Panda.")
    year: Said = argument("L'anno di immatricolazione.", type="integer")
    vin: Said = argument("Il numero di telaio, 17 caratteri.")


def register_vehicle(context: ToolContext, arguments: RegisterVehicle) -> Reply:
    """Enter a car of the caller's. Side effects: a vehicle, and a customer for a caller who is new.

    A plate that belongs to somebody else changes nothing and is answered in the same words: whose car it is, is
    nobody's business.
    """
    try:
        details = _details(context, arguments)
        plate = parsing.plate(arguments.license_plate)
    except parsing.Ask as ask:
        return ask.reply
    customer = identity.ensure_customer(context.conversation, first_name="", last_name="")
    adopt = context.conversation.caller_verified
    vehicle = identity.vehicle_by_plate(plate, customer, may_adopt=adopt)
    if identity.owns(customer, vehicle):
        _fill(vehicle, details)
    said = " ".join(part for part in (arguments.make, arguments.model) if part)
    return Reply(f"Auto annotata: {f'{said}, ' if said else ''}targa {context.tell.plate(plate)}.")


def _details(context: ToolContext, arguments: RegisterVehicle) -> dict[str, str | int]:
    """What was said of the car, checked. Raises Ask."""
    details: dict[str, str | int] = {}
    if len(arguments.make) > MAX_MAKE or len(arguments.model) > MAX_MODEL:
        raise parsing.Ask("Marca e modello non sono chiari: chiedere di ripeterli.")
    details.update({"make": arguments.make, "model": arguments.model})
    if arguments.year:
        year = int(arguments.year) if arguments.year.isdecimal() and len(arguments.year) == 4 else 0
        if not OLDEST_YEAR <= year <= context.now.year + 1:
            raise parsing.Ask("L'anno non è plausibile: chiedere di nuovo l'anno di immatricolazione.")
        details["year"] = year
    if arguments.vin:
        if plates.vin_problem(arguments.vin):
            raise parsing.Ask("Il numero di telaio ha diciassette caratteri: chiedere di ripeterlo.")
        details["vin"] = plates.normalise_vin(arguments.vin)
    return {name: value for name, value in details.items() if value}


def _fill(vehicle: Vehicle, details: dict[str, str | int]) -> None:
    """Add what was not known; what the shop knows is not overwritten by what is said."""
    new = {name: value for name, value in details.items() if not getattr(vehicle, name)}
    if not new:
        return
    for name, value in new.items():
        setattr(vehicle, name, value)
    vehicle.save(update_fields=list(new))


LOOKUP = Tool(
    name="lookup_customer",
    description="Dice chi sta chiamando, secondo il numero da cui chiama: nome, auto, prossimo appuntamento.",
    arguments=NoArguments,
    run=lookup_customer,
    only_reads=True,
)
REGISTER = Tool(
    name="register_vehicle",
    description="Annota un'auto di chi sta chiamando. Per prenotare non serve: basta dare la targa a book_appointment.",
    arguments=RegisterVehicle,
    run=register_vehicle,
)

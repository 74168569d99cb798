"""What a file would change: every row against what the shop has, in memory, before anything is written.

A filled cell replaces what is there, an empty one changes nothing. Never replaced: a customer's telephone (a second
number goes to the notes), and kilometres and last dates by smaller ones. The same file twice changes nothing.

Who a row speaks of: the customer with its telephone; otherwise the owner of its car if the name is the same; otherwise
the customer with its e-mail and name; otherwise the only one of its name who has no telephone either. Else they are new.
"""

import re
import unicodedata
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from scheduling.importing import cells
from scheduling.importing.columns import BY_NAME
from scheduling.importing.reading import Table
from scheduling.models import ChannelIdentity, Customer, Vehicle

IN_BATCHES = 2000
TOLD_EVERY = 500
CUSTOMER_FIELDS = ("first_name", "last_name", "phone", "email", "notes")
VEHICLE_FIELDS = (
    *(
        "customer_id",
        "make",
        "model",
        "year",
        "fuel",
        "vin",
        "mileage_km",
        "registered_on",
        "last_revision_on",
    ),
    *("last_service_on", "last_service_km"),
)
NEVER_BACK = ("mileage_km", "last_revision_on", "last_service_on", "last_service_km")
Row = Customer | Vehicle
Values = dict[str, Any]


@dataclass(frozen=True)
class Problem:
    """Why a row is left out: its number in the file, the heading of the column ("" for the whole row), the words."""

    row: int
    column: str
    text: str


@dataclass
class Plan:
    """What would be written. `before` holds what changed rows had; the rows themselves what they will have."""

    lines: int = 0
    problems: list[Problem] = field(default_factory=list)
    customers: dict[uuid.UUID, Customer] = field(default_factory=dict)
    vehicles: dict[uuid.UUID, Vehicle] = field(default_factory=dict)
    before: dict[uuid.UUID, Values] = field(default_factory=dict)
    new: set[uuid.UUID] = field(default_factory=set)

    def made(self, rows: dict[uuid.UUID, Any]) -> list[Any]:
        """Those that are not there yet."""
        return [row for pk, row in rows.items() if pk in self.new]

    def changed(self, rows: dict[uuid.UUID, Any]) -> list[tuple[Any, Values]]:
        """Those that will differ, each with what it had in the fields that change."""
        found = []
        for pk, row in rows.items():
            if pk in self.new:
                continue
            was = {name: value for name, value in self.before[pk].items() if getattr(row, name) != value}
            if was:
                found.append((row, was))
        return found


class _Doubtful(Exception):
    """The row fits several customers."""


def name_key(*names: str) -> str:
    """Names in any order, case and accents."""
    text = unicodedata.normalize("NFKD", " ".join(names)).casefold()
    text = "".join(char for char in text if not unicodedata.combining(char))
    return " ".join(sorted(re.sub(r"[^a-z0-9]+", " ", text).split()))


class Planner:
    """Compares a table with the shop. A few queries, however long the table."""

    def __init__(self, table: Table, mapping: Sequence[str]) -> None:
        self.table, self.plan = table, Plan()
        self.columns = [
            (index, BY_NAME[name], table.headings[index] or str(BY_NAME[name].label))
            for index, name in enumerate(mapping)
            if name
        ]
        self.by_phone: dict[str, Customer] = {}
        self.by_email: dict[tuple[str, str], Customer] = {}
        self.by_name: defaultdict[str, list[Customer]] = defaultdict(list)
        self.by_plate: dict[str, Vehicle] = {}
        self.owners: dict[uuid.UUID, Customer] = {}
        self.plate_rows: dict[str, tuple[int, uuid.UUID | None]] = {}

    def run(self, progress: Callable[[int, int], None] = lambda _done, _all: None) -> Plan:
        """The plan. Nothing is written."""
        rows = [(number, self._values(number, row)) for number, row in self.table.rows]
        self._load(values.get("license_plate", "") for _number, values in rows if values)
        for done, (number, values) in enumerate(rows, start=1):
            if values is not None:
                self._take(number, values)
            if done % TOLD_EVERY == 0:
                progress(done, len(rows))
        self.plan.lines = len(rows)
        self.plan.problems.sort(key=lambda each: each.row)
        return self.plan

    def _values(self, number: int, row: Sequence[Any]) -> Values | None:
        """What the row says; None when a cell of it is wrong."""
        values: Values = {}
        wrong = False
        for index, column, heading in self.columns:
            try:
                values[column.name] = cells.read(column.kind, row[index], column.longest)
            except cells.Wrong as problem:
                self.plan.problems.append(Problem(number, heading, str(problem)))
                wrong = True
        return None if wrong else values

    def _load(self, plates: Iterable[str]) -> None:
        for customer in Customer.objects.filter(merged_into=None).order_by("created_at").iterator(IN_BATCHES):
            self._know(customer)
        calls = ChannelIdentity.objects.filter(verified=True, external_id__startswith="+")
        for external_id, customer_id in calls.values_list("external_id", "customer_id"):
            if customer_id in self.owners:
                self.by_phone.setdefault(external_id, self.owners[customer_id])
        wanted = sorted({plate for plate in plates if plate})
        for at in range(0, len(wanted), IN_BATCHES):
            for car in Vehicle.objects.filter(license_plate__in=wanted[at : at + IN_BATCHES]):
                self.by_plate[car.license_plate] = car

    def _know(self, customer: Customer) -> None:
        self.owners[customer.pk] = customer
        if customer.phone:
            self.by_phone[str(customer.phone)] = customer
        key = name_key(customer.first_name, customer.last_name)
        if customer.email:
            self.by_email.setdefault((customer.email.casefold(), key), customer)
        if key and not customer.phone:
            self.by_name[key].append(customer)

    def _take(self, number: int, values: Values) -> None:
        plate = values.get("license_plate", "")
        phones = list(dict.fromkeys([*values.get("mobile", []), *values.get("phone", [])]))
        names = _names(values)
        if not (plate or phones or any(names)):
            self._refuse(number, _("manca chi è: serve almeno un nome, un telefono o una targa."))
            return
        try:
            customer = self._find(values, names, phones, plate)
        except _Doubtful:
            self._refuse(number, _("ci sono più clienti con questo nome: aggiungere il telefono nella riga."))
            return
        is_new = customer is None and bool(phones or any(names))
        if customer is None and is_new:
            customer = Customer(pk=uuid.uuid4())
        owner = customer.pk if customer else None
        if plate and not self._is_free(number, plate, owner):
            return
        if customer is not None:
            self._apply_customer(customer, values, names, phones, is_new)
        if plate:
            self._apply_vehicle(plate, values, owner)

    def _refuse(self, number: int, text: str) -> None:
        self.plan.problems.append(Problem(number, "", text))

    def _is_free(self, number: int, plate: str, owner: uuid.UUID | None) -> bool:
        row, before = self.plate_rows.setdefault(plate, (number, owner))
        if before == owner:
            return True
        text = _("la targa %(plate)s è già alla riga %(row)d con un altro cliente: lasciarne una sola.")
        self._refuse(number, text % {"plate": plate, "row": row})
        return False

    def _find(
        self, values: Values, names: tuple[str, str], phones: Sequence[str], plate: str
    ) -> Customer | None:
        for phone in phones:
            if phone in self.by_phone:
                return self.by_phone[phone]
        key = name_key(*names)
        car = self.by_plate.get(plate)
        owner = self.owners.get(car.customer_id) if car and car.customer_id else None
        if owner and (not key or key == name_key(owner.first_name, owner.last_name)):
            return owner
        email = values.get("email", "").casefold()
        if email and (email, key) in self.by_email:
            return self.by_email[email, key]
        alike = [] if phones or not key else self.by_name[key]
        if len(alike) > 1:
            raise _Doubtful
        return alike[0] if alike else None

    def _remember(self, row: Row, names: Sequence[str], is_new: bool) -> None:
        if is_new:
            self.plan.new.add(row.pk)
        elif row.pk not in self.plan.before and row.pk not in self.plan.new:
            self.plan.before[row.pk] = {name: getattr(row, name) for name in names}

    def _apply_customer(
        self, customer: Customer, values: Values, names: tuple[str, str], phones: Sequence[str], is_new: bool
    ) -> None:
        self._remember(customer, CUSTOMER_FIELDS, is_new)
        self.plan.customers[customer.pk] = customer
        if any(names) and name_key(*names) != name_key(customer.first_name, customer.last_name):
            customer.first_name, customer.last_name = names
        email = values.get("email", "")
        if email and email.casefold() != customer.email.casefold():
            customer.email = email
        rest = list(phones)
        if rest and customer.phone is None and rest[0] not in self.by_phone:
            customer.phone = rest.pop(0)
        extra = [
            _("Altro telefono: %(phone)s") % {"phone": phone}
            for phone in rest
            if phone != str(customer.phone or "") and phone not in customer.notes
        ]
        notes = values.get("notes", "")
        if values.get("company") and (values.get("last_name") or values.get("first_name")):
            extra.append(_("Ditta: %(name)s") % {"name": values["company"]})
        for text in [notes, *extra]:
            if text and text not in customer.notes:
                customer.notes = f"{customer.notes}\n{text}".strip()
        self._know_again(customer)

    def _know_again(self, customer: Customer) -> None:
        """Later rows of the file find who was new, or has another name, address or number now."""
        for alike in (self.by_name[name_key(customer.first_name, customer.last_name)],):
            if customer in alike:
                alike.remove(customer)
        self._know(customer)

    def _apply_vehicle(self, plate: str, values: Values, owner: uuid.UUID | None) -> None:
        car = self.by_plate.get(plate)
        is_new = car is None
        if car is None:
            car = self.by_plate[plate] = Vehicle(pk=uuid.uuid4(), license_plate=plate)
        self._remember(car, VEHICLE_FIELDS, is_new)
        self.plan.vehicles[car.pk] = car
        if owner is not None and car.customer_id != owner:
            car.customer_id = owner
        for name in VEHICLE_FIELDS[1:]:
            value = values.get(name)
            was = getattr(car, name)
            if value in (None, "") or value == was:
                continue
            if name in NEVER_BACK and was is not None and value < was:
                continue
            if isinstance(value, str) and isinstance(was, str) and value.casefold() == was.casefold():
                continue
            setattr(car, name, value)


def _names(values: Values) -> tuple[str, str]:
    """First and last name; a firm, or a whole name in one column, is a last name."""
    first, last = values.get("first_name", ""), values.get("last_name", "")
    return (first, last) if first or last else ("", values.get("company", ""))

"""What can go wrong, each with a stable `code` for programs and an Italian `message` for staff."""

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from scheduling.availability import Nothing, Slot
from scheduling.hours import ClosedDay

Text = str | Promise


class SchedulingError(Exception):
    """The root of every refusal of this room."""

    code: ClassVar[str] = "scheduling"
    text: ClassVar[Text] = _("L'operazione non è possibile.")

    @property
    def message(self) -> str:
        """Why, in Italian, for the shop's people."""
        return str(self.text)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class NotBookable(SchedulingError):
    """The start cannot be booked. `alternatives` are the nearest free slots (may be empty)."""

    code = "not_bookable"

    def __init__(self, *, alternatives: Sequence[Slot] = (), closed: ClosedDay | None = None) -> None:
        super().__init__(self.code)
        self.alternatives = list(alternatives)
        self.closed = closed
        """Why the whole day is closed, where that is the reason."""

    @property
    def reason(self) -> str:
        """The same as `code`."""
        return self.code

    @property
    def message(self) -> str:
        reason = self.closed.reason if self.closed else ""
        return f"{self.text} ({reason})" if reason else str(self.text)


class SlotTaken(NotBookable):
    """Somebody has the bay, or the most cars of that time are reached. A slot lost in a race ends here as
    well."""

    code = "taken"
    text = _("Quell'orario è già occupato.")


class InPast(NotBookable):
    code = "past"
    text = _("Quell'orario è già passato.")


class TooSoon(NotBookable):
    code = "too_soon"
    text = _("Quell'orario è troppo vicino: serve più preavviso.")


class BeyondHorizon(NotBookable):
    code = "beyond_horizon"
    text = _("Quella data è troppo lontana per prenotare.")


class Closed(NotBookable):
    code = "closed"
    text = _("L'officina in quel momento è chiusa.")


class OffGrid(NotBookable):
    code = "off_grid"
    text = _("Non si comincia a quell'ora: scegliere uno degli orari previsti.")


class DoesNotFit(NotBookable):
    code = "too_long"
    text = _("Il lavoro non finirebbe prima della chiusura.")


class NoBay(NotBookable):
    code = "no_bay"
    text = _("Nessuna postazione in uso può fare questo lavoro.")


class ServiceInactive(NotBookable):
    code = "service_inactive"
    text = _("Questo servizio non è prenotabile.")


class StandsAlready(NotBookable):
    """The customer has another appointment ahead for the same service and car; `standing` is its id."""

    code = "stands"
    text = _("C'è già un appuntamento per lo stesso lavoro e la stessa auto.")

    def __init__(self, standing: UUID) -> None:
        super().__init__()
        self.standing = standing


class BadDropOff(NotBookable):
    """The car cannot be brought then: the shop is closed, it is past, or after the start of the work."""

    code = "drop_off"
    text = _("L'auto si consegna in orario di apertura e prima dell'inizio del lavoro.")


class Gone(SchedulingError):
    """The appointment was deleted meanwhile."""

    code = "gone"
    text = _("L'appuntamento non esiste più.")


class NotHere(SchedulingError):
    """The person does not work here any more."""

    code = "not_here"
    text = _("Questa persona non lavora più qui.")


class Changed(SchedulingError):
    """Somebody changed the appointment after the caller had last seen it; nothing was written."""

    code = "changed"
    text = _("Nel frattempo l'appuntamento è stato cambiato da qualcun altro.")


class TransitionRefused(SchedulingError):
    """The appointment's status does not allow the verb."""

    code = "transition"

    def __init__(self, verb: str, status: str, status_name: str) -> None:
        super().__init__(verb)
        self.verb, self.status, self.status_name = verb, status, status_name

    @property
    def message(self) -> str:
        return str(_("Non è possibile: l'appuntamento è %(status)s.") % {"status": self.status_name})


class TooEarly(SchedulingError):
    """A no-show can only be told once the appointment has begun."""

    code = "too_early"
    text = _("L'appuntamento non è ancora cominciato.")


REFUSALS: dict[Nothing, type[NotBookable]] = {
    Nothing.PAST: InPast,
    Nothing.TOO_SOON: TooSoon,
    Nothing.BEYOND_HORIZON: BeyondHorizon,
    Nothing.CLOSED: Closed,
    Nothing.OFF_GRID: OffGrid,
    Nothing.TOO_LONG: DoesNotFit,
    Nothing.NO_BAY: NoBay,
}
"""What `Search.refusal` says, as the error to raise."""

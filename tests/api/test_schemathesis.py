"""What the schema promises is what is answered: schemathesis asks everything it can think of, over WSGI, of a shop that
has customers, cars, appointments and conversations. No 500, no status, type or shape that is not documented."""

import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from django.core.cache import caches
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.config import SchemathesisConfig

from api import tokens
from api.docs.views import described
from api.models import Scope
from receptionist.models import Channel, Conversation, ConversationMessage, MessageRole
from shops.context import in_shop
from shops.models import Shop
from tests import factories

EXAMPLES = 5  # a request for each takes long enough; the same ones every time
PATHS = [(path, method) for path, methods in described("en")["paths"].items() for method in methods]


@pytest.fixture
def ids(rossi: Shop, settings: Any) -> dict[str, str]:
    """A row of each kind, by the beginning of its address; and the key."""
    settings.API_PER_MINUTE = 10**9
    with in_shop(rossi):
        made = tokens.make(name="fuzz", scopes=Scope.values)
        owner = factories.customer()
        car = factories.vehicle(owner)
        visit = factories.appointment(timezone.now() + timedelta(days=2), customer=owner, vehicle=car)
        talk = Conversation.objects.create(channel=Channel.VOICE, external_id="call-1", customer=owner)
        ConversationMessage.objects.create(conversation=talk, role=MessageRole.CUSTOMER, text="Buongiorno")
    return {
        "customers": str(owner.pk),
        "vehicles": str(car.pk),
        "appointments": str(visit.pk),
        "conversations": str(talk.pk),
        "service": str(visit.service_id),
        "key": made.secret,
    }


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """Requests stay in the test's transaction, as with Django's own client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def app(environ: dict[str, Any], start: Any) -> Any:
    """The product on the first shop's host."""
    environ["HTTP_HOST"] = environ["SERVER_NAME"] = "rossi.example"
    return HANDLER(environ, start)


HANDLER = WSGIHandler()
# Valid by the schema and refused all the same: a number nobody can have, a version that was never seen.
CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {
            "positive_data_acceptance": {
                "expected-statuses": ["2xx", "304", "400", "404", "406", "409", "412", "428"]
            },
            "negative_data_rejection": {
                "expected-statuses": [
                    "400",
                    "401",
                    "403",
                    "404",
                    "405",
                    "406",
                    "409",
                    "412",
                    "415",
                    "422",
                    "428",
                    "429",
                ]
            },
        }
    }
)
SCHEMA = schemathesis.openapi.from_dict(described("en"), config=CONFIG)
SCHEMA.app = app


@pytest.mark.fuzz
@pytest.mark.timeout(0)
@pytest.mark.parametrize(("path", "method"), PATHS, ids=[f"{m} {p}" for p, m in PATHS])
def test_every_answer_is_a_documented_one(path: str, method: str, ids: dict[str, str]) -> None:
    operation = SCHEMA[path][method.upper()]
    kind = path.removeprefix("/api/v1/").partition("/")[0]

    often = settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    words = itertools.count()

    def ask(case: Any) -> None:
        caches["default"].clear()  # the checks come with wrong keys as well, and those are counted by address
        if "id" in (case.path_parameters or {}) and len(repr(case.body)) % 3:
            case.path_parameters["id"] = ids[kind]  # mostly a row that there is
        case.call_and_validate(headers={"Authorization": f"Bearer {ids['key']}"})

    def wish(case: Any) -> None:
        # Every wish has a word of its own: another request with the same one is refused, as it should be.
        if "Idempotency-Key" in (case.headers or {}):
            case.headers["Idempotency-Key"] = f"wish-{next(words)}"
        ask(case)

    often(given(case=operation.as_strategy())(wish))()
    often(given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE))(ask))()

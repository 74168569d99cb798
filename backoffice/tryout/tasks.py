"""The turn of a trial, run by a worker: a request never waits for the model."""

import structlog
from django.db import Error
from django.utils import timezone

from backoffice.tryout import talk as talks
from backoffice.tryout.talk import Exchange, Talk
from receptionist import tryout
from receptionist.inbound import Person
from receptionist.tryout import Report, Trial
from shops.db.current import let_go
from shops.tasks import shop_task
from shops.webhooks import where

log = structlog.get_logger(__name__)


@shop_task("backoffice.try_out", max_retries=0, expires=60)
def try_out(*, person_id: str, talk_id: str, key: str) -> None:
    """Answer what was written in a trial. Run twice it answers once; of a trial that was begun anew it knows nothing.

    Side effects: the trial in the cache, the count of what the model cost. Raises nothing: the page says what failed.
    """
    talk = talks.load(person_id)
    exchange = talk.exchange(key) if talk and talk.id == talk_id else None
    if talk is None or exchange is None or not exchange.is_open:
        return
    exchange.started_at = timezone.now()
    _save(person_id, talk)
    report, failed = _turn(talk, exchange)
    _finish(person_id, talk_id, key, report, failed)


def _turn(talk: Talk, exchange: Exchange) -> tuple[Report | None, str]:
    """The report, or why there is none."""
    trial = talks.load_stage(talk)
    if trial is None and any(each.report for each in talk.exchanges):
        return None, "lost"
    trial = trial or Trial(Person(phone=talk.phone))
    tap = talk.option(exchange.tap) if exchange.tap else None
    try:
        report = tryout.say(trial=trial, text=exchange.text, tap=tap)
    except Error as error:
        log.warning("trial could not be played", error=type(error).__name__)
        let_go()
        return None, "busy"
    except Exception as error:  # noqa: BLE001 - whatever it was, somebody waits for an answer
        log.error("trial failed", error=type(error).__name__, at=where(error))
        return None, "error"
    talks.save_stage(talk, trial)
    log.info("trial answered", mode=report.mode, tools=len(report.tools), ms=report.milliseconds)
    return report, ""


def _finish(person_id: str, talk_id: str, key: str, report: Report | None, failed: str) -> None:
    """Write the answer down, unless somebody has begun anew meanwhile."""
    talk = talks.load(person_id)
    if talk is None or talk.id != talk_id:
        talks.forget_stage(talk_id)
        return
    exchange = talk.exchange(key)
    if exchange is None:
        return
    exchange.report, exchange.failed = report, failed
    _save(person_id, talk)


def _save(person_id: str, talk: Talk) -> None:
    try:
        talks.save(person_id, talk)
    except talks.Unkept:  # the page finds no trial, and says so
        log.warning("trial could not be kept")

"""What the operators are told of a shop: is it well, does its plan suffice. From the shop's own report, no more.

`problems` is what the list filters by, `problems_of` the same in words: both go by PATIENCE, STALE and the plans.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shops import plans
from shops.back_office import short_when
from shops.models import Shop, ShopHealth, WhatsAppNumber

# Somebody who writes is answered within seconds, and a message goes out within a minute.
PATIENCE = timedelta(minutes=10)
ROUNDS = 4
"""So many rounds without a report, and it is called old."""


def stale_after() -> timedelta:
    """How old a report may be."""
    return timedelta(seconds=settings.HEALTH_SECONDS * ROUNDS)


def is_stale(health: ShopHealth, now: datetime) -> bool:
    """Whether nobody has reported for too long: what it says may be past."""
    return health.reported_at < now - stale_after()


def is_new(shop: Shop, now: datetime) -> bool:
    """Whether it was made so lately that nobody can expect a report of it yet."""
    return report_of(shop) is None and shop.created_at >= now - stale_after()


def usage(shop: Shop, now: datetime) -> tuple[int, int]:
    """Minutes of telephone and chats of the shop's present month, as last reported; none when it is of another one."""
    health = report_of(shop)
    if health is None or health.month < _month_floor(now):
        return 0, 0
    return health.call_minutes, health.chats


def report_of(shop: Shop) -> ShopHealth | None:
    """The last report; no query when the shop was fetched with it."""
    return getattr(shop, "health", None)


def usage_share(shop: Shop, now: datetime) -> float:
    """The share that is used of the allowance that is nearest its end."""
    plan = plans.plan_of(shop.subscription_tier)
    minutes, chats = usage(shop, now)
    return max(plans.share(minutes, plan.call_minutes), plans.share(chats, plan.chats))


def problems(now: datetime | None = None) -> Q:
    """The condition, on Shop, for a shop that is served and has something that an operator should look at."""
    now = now or timezone.now()
    stopped = WhatsAppNumber.objects.filter(shop=OuterRef("pk"), stopped_at__isnull=False)
    found = (
        Q(Exists(stopped))
        | Q(health__isnull=True, created_at__lt=now - stale_after())
        | Q(health__reported_at__lt=now - stale_after())
        | Q(health__waiting_since__lt=now - PATIENCE)
        | Q(health__failed_messages__gt=0)
        | Q(health__failed_conversations__gt=0)
    )
    for tier, name, allowed in _allowances():
        found |= Q(subscription_tier=tier, **{f"health__{name}__gt": allowed}) & _this_month(now)
    return Q(status=Shop.Status.ACTIVE) & found


def near_limit(now: datetime | None = None) -> Q:
    """The condition, on Shop, for one that has used most of an allowance of this month, or all of it."""
    now = now or timezone.now()
    found = Q(pk__in=[])
    for tier, name, allowed in _allowances():
        found |= Q(subscription_tier=tier, **{f"health__{name}__gte": plans.NEAR * allowed})
    return found & _this_month(now)


def _allowances() -> list[tuple[str, str, int]]:
    """Tier, kind, how much; of those that have an end."""
    pairs = [(tier, name) for tier in Shop.Tier.values for name in plans.KINDS]
    found = [(tier, name, getattr(plans.plan_of(tier), name)) for tier, name in pairs]
    return [(tier, name, allowed) for tier, name, allowed in found if allowed]


def _this_month(now: datetime) -> Q:
    return Q(health__month__gte=_month_floor(now))


def _month_floor(now: datetime) -> date:
    """The platform's month; a shop of another time zone is an hour or two off at its beginning."""
    return now.astimezone(ZoneInfo(settings.PLATFORM_TIME_ZONE)).date().replace(day=1)


def problems_of(shop: Shop, now: datetime | None = None) -> list[str]:
    """The same in words. No query when the shop was fetched with `health` and its WhatsApp numbers."""
    now = now or timezone.now()
    if shop.status != Shop.Status.ACTIVE:
        return []
    found = [_stopped(number) for number in shop.whatsapp_numbers.all() if number.stopped_at]
    health = report_of(shop)
    if health is None:
        return found if is_new(shop, now) else [*found, _("Non ha ancora detto come sta.")]
    if is_stale(health, now):
        found.append(_("Non dice come sta dal %(when)s.") % {"when": short_when(health.reported_at)})
    return [*found, *_waiting(health, now), *_failed(health), *_over(shop, now)]


def _stopped(number: WhatsAppNumber) -> str:
    return _("WhatsApp %(number)s fermo dal %(when)s: %(reason)s") % {
        "number": number,
        "when": short_when(number.stopped_at),
        "reason": number.stopped_reason or "?",
    }


def _waiting(health: ShopHealth, now: datetime) -> list[str]:
    if health.waiting_since is None or health.waiting_since >= now - PATIENCE:
        return []
    return [_("In coda dal %(when)s.") % {"when": short_when(health.waiting_since)}]


def _failed(health: ShopHealth) -> list[str]:
    found = []
    if count := health.failed_messages:
        text = ngettext(
            "%(count)d messaggio non riuscito in 24 ore.", "%(count)d messaggi non riusciti in 24 ore.", count
        )
        found.append(text % {"count": count})
    if count := health.failed_conversations:
        text = ngettext(
            "%(count)d conversazione non riuscita in 24 ore.",
            "%(count)d conversazioni non riuscite in 24 ore.",
            count,
        )
        found.append(text % {"count": count})
    return found


def _over(shop: Shop, now: datetime) -> list[str]:
    plan = plans.plan_of(shop.subscription_tier)
    minutes, chats = usage(shop, now)
    found = []
    if plan.call_minutes and minutes > plan.call_minutes:
        values = {"used": minutes, "allowed": plan.call_minutes}
        found.append(_("Oltre il piano: %(used)d minuti di telefono su %(allowed)d.") % values)
    if plan.chats and chats > plan.chats:
        values = {"used": chats, "allowed": plan.chats}
        found.append(_("Oltre il piano: %(used)d chat su %(allowed)d.") % values)
    return found


def usage_words(shop: Shop, now: datetime) -> list[str]:
    """The month's use against the plan, a line for each kind."""
    plan = plans.plan_of(shop.subscription_tier)
    minutes, chats = usage(shop, now)
    return [
        _("%(used)d min su %(allowed)d") % {"used": minutes, "allowed": plan.call_minutes}
        if plan.call_minutes
        else _("%(used)d min") % {"used": minutes},
        _("%(used)d chat su %(allowed)d") % {"used": chats, "allowed": plan.chats}
        if plan.chats
        else _("%(used)d chat") % {"used": chats},
    ]

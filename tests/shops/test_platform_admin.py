"""The operators' admin: how shops are, against their plans, and lines that call for nobody."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shops import health, plans, routing
from shops.context import as_platform, in_shop
from shops.models import Domain, PhoneLine, Shop, ShopHealth, UnroutedEvent, WhatsAppNumber
from tests.shops.conftest import platform_url

LIST = platform_url("shops_shop_changelist")


def report(shop: Shop, **values: Any) -> None:
    now = timezone.now()
    given = {"reported_at": now, "month": health._month_floor(now), **values}
    with in_shop(shop):
        ShopHealth.objects.filter(shop=shop).update(**given) or ShopHealth.objects.create(shop=shop, **given)


def ago(**values: float) -> datetime:
    return timezone.now() - timedelta(**values)


# --- how they are ---------------------------------------------------------------------------------------------

TROUBLES: dict[str, tuple[dict[str, Any], str]] = {
    "old report": ({"reported_at": ago(hours=3)}, "Non dice come sta"),
    "queue": ({"waiting_in": 3, "waiting_since": ago(minutes=30)}, "In coda dal"),
    "failed messages": ({"failed_messages": 1}, "1 messaggio non riuscito"),
    "failed conversations": ({"failed_conversations": 2}, "2 conversazioni non riuscite"),
    "minutes": ({"call_minutes": 1201}, "1201 minuti di telefono su 1200"),
    "chats": ({"chats": 1501}, "1501 chat su 1500"),
}


def listed(operator: Client, **query: str) -> list[str]:
    answer = operator.get(LIST, query)
    assert answer.status_code == 200
    return [shop.slug for shop in answer.context["cl"].result_list]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_problem_is_told_and_found(operator: Client, rossi: Shop, bianchi: Shop, trouble: str) -> None:
    values, words = TROUBLES[trouble]
    for shop in (rossi, bianchi):
        report(shop)
    assert listed(operator, salute="problemi") == []
    assert listed(operator, salute="bene") == ["carrozzeria-bianchi", "officina-rossi"]
    report(rossi, **values)
    assert listed(operator, salute="problemi") == ["officina-rossi"]
    assert listed(operator, salute="bene") == ["carrozzeria-bianchi"]
    page = operator.get(platform_url("shops_shop_change", rossi.pk)).content.decode()
    assert words in page


def test_a_dead_token_and_a_silent_shop_are_problems(operator: Client, rossi: Shop, bianchi: Shop) -> None:
    report(rossi)
    later = timezone.now() + 2 * health.stale_after()
    with as_platform():
        WhatsAppNumber.objects.create(
            shop=rossi, phone_number_id="wa", stopped_at=timezone.now(), stopped_reason="token expired"
        )
        found = Shop.objects.filter(health.problems(later)).order_by("slug")
        assert [shop.slug for shop in found] == ["carrozzeria-bianchi", "officina-rossi"]
        words = {shop.slug: health.problems_of(shop, later) for shop in found}
    assert "token expired" in words["officina-rossi"][0]
    assert words["carrozzeria-bianchi"] == ["Non ha ancora detto come sta."]
    with as_platform():
        Shop.objects.filter(pk=bianchi.pk).update(status="suspended")
        assert not Shop.objects.filter(health.problems(later), pk=bianchi.pk).exists()
        assert health.problems_of(Shop.objects.get(pk=bianchi.pk), later) == []


def test_a_shop_made_a_moment_ago_is_new_and_no_problem(operator: Client, rossi: Shop, bianchi: Shop) -> None:
    """It reports with the next round, minutes later: until then there is nothing to be done about it."""
    assert listed(operator, salute="problemi") == []
    page = operator.get(LIST).content.decode()
    assert "nuova" in page
    assert "1 problema" not in page
    assert "Nessuno." in operator.get(platform_url("shops_shop_change", rossi.pk)).content.decode()


def test_what_is_well_is_no_problem(rossi: Shop) -> None:
    report(rossi, waiting_in=2, waiting_since=ago(minutes=1), call_minutes=1200, chats=10)
    with as_platform():
        shop = Shop.objects.get(pk=rossi.pk)
        assert health.problems_of(shop) == []
        assert not Shop.objects.filter(health.problems(), pk=rossi.pk).exists()
        assert Shop.objects.filter(health.near_limit(), pk=rossi.pk).exists()
        report(rossi, month="2020-01-01", call_minutes=9999)
        assert not Shop.objects.filter(health.problems() | health.near_limit(), pk=rossi.pk).exists()
        shop = Shop.objects.get(pk=rossi.pk)
        assert health.usage(shop, timezone.now()) == (0, 0)


def test_plans_are_data(settings: Any, rossi: Shop) -> None:
    assert plans.plan_of("starter") == plans.Plan(call_minutes=300, chats=300)
    assert plans.plan_of("enterprise") == plans.Plan(call_minutes=None, chats=None)
    settings.PLANS = {"starter": {"chats": 50}, "professional": {"call_minutes": None}}
    assert plans.plan_of("starter") == plans.Plan(call_minutes=300, chats=50)
    report(rossi, call_minutes=5000)
    with as_platform():
        assert health.problems_of(Shop.objects.get(pk=rossi.pk)) == []
    for wrong in ({"minutes": 3}, {"chats": -1}, {"chats": "molte"}):
        settings.PLANS = {"starter": wrong}
        with pytest.raises(ImproperlyConfigured, match="AROS_PLANS"):
            plans.plan_of("starter")


def test_the_list_takes_the_same_queries_for_any_number_of_shops(
    operator: Client, rossi: Shop, bianchi: Shop
) -> None:
    def count(**query: str) -> int:
        operator.get(LIST, query)
        with CaptureQueriesContext(connection) as queries:
            assert operator.get(LIST, query).status_code == 200
        return len(queries)

    report(rossi, failed_messages=1)
    few, few_filtered = count(), count(salute="problemi")
    report(bianchi, failed_messages=2)
    with as_platform():
        for number, shop in enumerate([rossi, rossi, bianchi]):
            Domain.objects.create(tenant=shop, domain=f"weiter-{number}.example", is_primary=False)
            WhatsAppNumber.objects.create(shop=shop, phone_number_id=f"w-{number}", stopped_at=timezone.now())
            PhoneLine.objects.create(shop=shop, phone_number_id=f"l-{number}", number=f"+39021234560{number}")
    assert (count(), count(salute="problemi")) == (few, few_filtered)
    assert few <= 12


# --- lines that nobody has ------------------------------------------------------------------------------------


def event(channel: str, external_id: str) -> UnroutedEvent:
    routing.count_unrouted(channel=channel, external_id=external_id, kind="x")
    with as_platform():
        return UnroutedEvent.objects.get(external_id=external_id)


def attach(operator: Client, unrouted: UnroutedEvent, **given: Any) -> Any:
    url = f"/admin/shops/unroutedevent/{unrouted.pk}/attach/"
    assert operator.get(url).status_code == 200
    return operator.post(url, given, follow=True)


def test_an_unknown_line_is_given_to_a_shop(operator: Client, rossi: Shop) -> None:
    unrouted = event("voice", "line-new")
    assert routing.shop_for_line("line-new", None) is None
    answer = attach(operator, unrouted, shop=str(rossi.pk), number="")
    assert answer.context["form"].errors["number"]
    answer = attach(operator, unrouted, shop=str(rossi.pk), number="pronto")
    assert "non è un numero di telefono" in answer.content.decode()
    answer = attach(operator, unrouted, shop=str(rossi.pk), number="+390287654321")
    assert "di carrozzeria-bianchi" in answer.content.decode()
    answer = attach(operator, unrouted, shop=str(rossi.pk), number="02 99887766")
    assert "line-new risponde ora per Officina Rossi." in answer.content.decode()
    assert routing.shop_for_line("line-new", None) == rossi
    with as_platform():
        assert not UnroutedEvent.objects.exists()


def test_a_line_that_had_another_shop_meanwhile_says_so(operator: Client, rossi: Shop, bianchi: Shop) -> None:
    unrouted = event("voice", "line-bianchi")
    answer = attach(operator, unrouted, shop=str(rossi.pk), number="+390287654321")
    assert "Era di Carrozzeria Bianchi." in answer.content.decode()
    with as_platform():
        assert PhoneLine.objects.get(phone_number_id="line-bianchi").shop == rossi


def test_an_unknown_whatsapp_number_gets_its_token(operator: Client, rossi: Shop) -> None:
    unrouted = event("whatsapp", "10012345")
    page = operator.get(f"/admin/shops/unroutedevent/{unrouted.pk}/attach/").content.decode()
    assert 'type="password"' in page
    answer = attach(
        operator, unrouted, shop=str(rossi.pk), number="", waba_id="waba-9", access_token="geheim-1"
    )
    assert "10012345 risponde ora per Officina Rossi." in answer.content.decode()
    assert "geheim" not in answer.content.decode()
    assert routing.shop_for_whatsapp("10012345") == rossi
    with in_shop(rossi):
        number = WhatsAppNumber.objects.get()
        assert (number.access_token, number.waba_id) == ("geheim-1", "waba-9")


def test_an_event_that_is_gone_is_no_page(operator: Client, rossi: Shop) -> None:
    gone = "/admin/shops/unroutedevent/00000000-0000-0000-0000-000000000000/attach/"
    assert operator.get(gone).status_code in (302, 404)
    assert operator.get("/admin/shops/unroutedevent/x/attach/").status_code in (302, 404)

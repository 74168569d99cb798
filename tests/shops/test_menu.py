"""The side bar of both back offices."""

from collections.abc import Callable

import pytest
from django.contrib.admin import AdminSite
from django.test import Client
from django.urls import reverse

from shops.admin_sites import MENU, platform_site, shop_site
from shops.models import Shop
from shops.staff.models import StaffUser


@pytest.mark.parametrize("site", [shop_site, platform_site], ids=["shop", "platform"])
def test_every_model_has_its_place_and_icon(site: AdminSite) -> None:
    names = {model._meta.label_lower for model in site._registry}
    names |= {f"{page.app_label}.{page.name}" for page in getattr(site, "pages", ()) if page.in_menu}

    assert names
    assert names - set(MENU) == set()


def test_the_days_work_comes_first_and_the_record_last(
    rossi: Shop, manager: StaffUser, rossi_client: Client, log_in: Callable[[Client, StaffUser, Shop], Client]
) -> None:
    log_in(rossi_client, manager, rossi)

    side_bar = rossi_client.get("/admin/password_change/").context["sidebar_navigation"]

    assert [str(group["title"]) for group in side_bar] == [
        *("Ogni giorno", "Clienti", "La mia officina", "Persone", "Registro")
    ]
    places = {str(entry["title"]): entry for entry in side_bar[0]["items"]}
    assert list(places)[-2:] == ["Appuntamenti", "Lista d'attesa"]
    assert places["Appuntamenti"]["icon"] == "event"
    assert side_bar[2]["items"][-1]["link"] == reverse("admin:scheduling_rules")
    assert all(entry["icon"] for group in side_bar for entry in group["items"])

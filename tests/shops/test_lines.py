"""Lines and numbers are attached to a shop, or moved to it."""

import pytest

from shops import lines
from shops.models import Shop
from shops.provisioning import Refused
from tests.database import superuser


def test_a_line_is_attached_and_moved(as_owner: None, rossi: Shop, bianchi: Shop) -> None:
    line, changed = lines.attach_line(rossi, phone_number_id="line-9", number="02 99 88 77")
    assert changed
    assert line.number == "+3902998877"
    assert lines.attach_line(rossi, phone_number_id="line-9", number="+3902998877") == (line, False)
    moved, changed = lines.attach_line(bianchi, phone_number_id="line-9", number="+3902998877")
    assert changed
    assert (moved.pk, moved.shop) == (line.pk, bianchi)
    with pytest.raises(Refused, match="line-9 di carrozzeria-bianchi"):
        lines.attach_line(rossi, phone_number_id="line-10", number="+3902998877")
    with pytest.raises(Refused, match="numero di telefono"):
        lines.attach_line(rossi, phone_number_id="line-10", number="anonymous")
    with pytest.raises(Refused, match="100"):
        lines.attach_line(rossi, phone_number_id="x" * 101, number="02998899")


def test_a_whatsapp_number_keeps_its_token(as_owner: None, rossi: Shop, bianchi: Shop) -> None:
    attach = lines.attach_whatsapp
    number, _ = attach(
        rossi, phone_number_id="wa-1", waba_id="77", number="333 1234567", access_token="geheim"
    )
    assert number.number == "+393331234567"
    assert Shop.objects.get(pk=rossi.pk).whatsapp_number == "+393331234567"
    with superuser() as admin:
        stored = admin.execute("SELECT access_token FROM shops_whatsappnumber").fetchone()
    assert stored
    assert "geheim" not in stored[0]
    again, changed = attach(rossi, phone_number_id="wa-1")
    assert not changed
    assert again.access_token == "geheim"
    moved, changed = attach(bianchi, phone_number_id="wa-1")
    assert changed
    assert (moved.shop, moved.access_token, moved.waba_id) == (bianchi, "geheim", "77")
    with pytest.raises(Refused, match="numero di telefono"):
        attach(rossi, phone_number_id="wa-1", number="x")

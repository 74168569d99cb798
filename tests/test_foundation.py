"""The connection follows the shop: path and role, and it never keeps the previous one's."""

from django.db import connection

from shops.context import in_shop
from shops.models import Shop


def whoami() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user::text, current_setting('search_path')")
        row = cursor.fetchone()
    assert row
    return row[0], row[1]


def test_the_role_changes_with_the_shop(rossi: Shop, bianchi: Shop) -> None:
    assert whoami()[0].endswith("_routing")
    with in_shop(rossi):
        assert whoami() == (rossi.db_role, "shop_officina_rossi, public")
        with in_shop(bianchi):
            assert whoami()[0] == bianchi.db_role
        assert whoami()[0] == rossi.db_role
        assert list(Shop.objects.all()) == [rossi]
    assert Shop.objects.count() == 2

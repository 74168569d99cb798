"""Puts the pages of this room on the shop's site."""

from backoffice.board import site as board_pages
from backoffice.calendar import site as calendar_pages
from backoffice.changes import site as changes_pages
from backoffice.feeds import site as feed_pages
from backoffice.firsthour import site as first_hour_pages
from backoffice.followups import site as follow_up_pages
from backoffice.home import first_page
from backoffice.inbox import views as inbox
from backoffice.myshop import site as my_shop_pages
from backoffice.people import site as people_pages
from backoffice.privacy import site as privacy_pages
from backoffice.support import pages as support_pages
from backoffice.today import site as today_pages
from backoffice.tryout import site as tryout_pages
from shops.admin_sites import shop_site

__all__ = [
    "board_pages",
    "calendar_pages",
    "changes_pages",
    "feed_pages",
    "first_hour_pages",
    "follow_up_pages",
    "inbox",
    "my_shop_pages",
    "people_pages",
    "privacy_pages",
    "support_pages",
    "today_pages",
    "tryout_pages",
]

shop_site.home = staticmethod(first_page)

"""Puts the pages of this room on the shop's site."""

from backoffice.home import first_page
from shops.admin_sites import shop_site

shop_site.home = staticmethod(first_page)

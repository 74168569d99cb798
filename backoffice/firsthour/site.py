"""Puts the first hour on the shop's site."""

from backoffice.firsthour import views as views

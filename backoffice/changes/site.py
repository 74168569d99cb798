"""Puts the history on the shop's site."""

from backoffice.changes import admin as admin
from backoffice.changes import views as views

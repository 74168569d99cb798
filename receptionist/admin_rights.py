"""Copies that were made and erasures that were done: to be looked at. They are asked for on the customer's page."""

from django.contrib import admin

from receptionist.models import Erasure, PersonExport
from shops.admin_sites import shop_site
from shops.back_office import ReadOnly, RoomAdmin


@admin.register(PersonExport, site=shop_site)
class PersonExportAdmin(ReadOnly, RoomAdmin):
    """Who was given a copy, and by whom."""

    list_display = ("created_at", "customer", "state", "asked_by", "taken_at", "expires_at")
    list_filter = ("state",)
    list_select_related = ("customer", "asked_by")
    ordering = ("-created_at",)
    fields = (("created_at", "expires_at", "taken_at"), ("customer", "asked_by"), ("state", "size"))


@admin.register(Erasure, site=shop_site)
class ErasureAdmin(ReadOnly, RoomAdmin):
    """That somebody was erased, when and by whom; never who it was."""

    list_display = ("erased_at", "by", "by_name")
    list_select_related = ("by",)
    ordering = ("-erased_at",)
    fields = (("erased_at", "by", "by_name"), "counts")

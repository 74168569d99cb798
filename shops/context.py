"""Entering a shop: schema, role, time zone and log fields together. The only way in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from django.conf import settings
from django.utils import timezone
from django_tenants.utils import get_public_schema_name, schema_context, tenant_context

from shops.db.base import Platform
from shops.db.current import here

if TYPE_CHECKING:
    from shops.models import Shop


class NoShop(RuntimeError):
    """Work for a shop was started without one. Never falls back on public."""


@contextmanager
def in_shop(shop: "Shop") -> "Iterator[Shop]":
    """Run the block with the shop's schema, role and time zone; logs carry its id as orgId."""
    with (
        tenant_context(shop),
        timezone.override(shop.tz),
        structlog.contextvars.bound_contextvars(orgId=str(shop.pk)),
    ):
        yield shop


@contextmanager
def as_platform() -> Iterator[None]:
    """Run the block in the public schema with the operators' role. Only the operators' admin may do this.

    Times are the platform's own (PLATFORM_TIME_ZONE): operators are people too.
    """
    connection = here()
    previous = connection.tenant
    connection.set_tenant(Platform())
    try:
        with timezone.override(settings.PLATFORM_TIME_ZONE):
            yield
    finally:
        connection.set_tenant(previous)


@contextmanager
def in_public() -> Iterator[None]:
    """Run the block in the public schema: as the operators' admin where that is what asks, else with the routing role
    (or as the owner, in the owner's processes)."""
    if isinstance(here().tenant, Platform):
        yield
        return
    with schema_context(get_public_schema_name()):
        yield


def current_shop() -> "Shop":
    """The shop this code runs for. Raises NoShop outside of in_shop."""
    from shops.models import Shop

    shop = here().tenant
    if not isinstance(shop, Shop):
        raise NoShop("No shop is set: enter one with shops.context.in_shop.")
    return shop


def log_conversation(conversation_id: UUID | str) -> None:
    """From here to the end of the request or task, every log line carries the conversation."""
    structlog.contextvars.bind_contextvars(conversationId=str(conversation_id))

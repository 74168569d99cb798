"""`manage.py migrate`: public, the template of a shop's schema, then every shop that is not up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import structlog
from django.core.management.base import CommandError
from django.db import connections
from django.db.models import QuerySet
from django_tenants.management.commands.migrate_schemas import GET_EXECUTOR_FUNCTION, MigrateSchemasCommand
from django_tenants.utils import schema_context

from shops import isolation, roles, schema_template
from shops.db.base import DatabaseWrapper
from shops.db.current import here
from shops.management.operators import Sentences
from shops.models import Shop
from shops.removal import UNFINISHED
from shops.staff.permissions import write_roles

log = structlog.get_logger(__name__)


class Command(Sentences, MigrateSchemasCommand):
    """Migrates in the order public → template → shops, and puts up the walls after each."""

    help = "Migrates the platform, the template and every shop, then secures roles and policies. Safe to run twice."

    def handle(self, *args: Any, **options: Any) -> None:
        super_options = {"plan", "prune", "check_unapplied"}
        if options.get("app_label") or any(options.get(name) for name in super_options):
            super().handle(*args, **options)  # a developer's precise request: django-tenants' own behaviour
            return
        self.options, self.args = options, args
        self.executor_options = {**options, "interactive": False, "skip_checks": True}
        with _alone():
            self._run("public")
            isolation.secure_public()
            schema_template.ensure_template_schema()
            self._migrate_schema(schema_template.TEMPLATE)
            template = schema_template.capture()
            self._migrate_shops(template.version)

    def _run(self, *schemas: str) -> None:
        executor = GET_EXECUTOR_FUNCTION(codename="standard")(self.args, self.executor_options)
        executor.run_migrations(tenants=list(schemas))

    def _migrate_schema(self, schema_name: str) -> None:
        self._run(schema_name)
        with schema_context(schema_name):
            write_roles()

    def _migrate_shops(self, version: str) -> None:
        """Bring every finished shop to the template's version; one that fails does not hold up the others.

        Shops at this version are skipped: asking each one costs 0.1 s, which 10,000 shops would feel.
        """
        finished = Shop.objects.exclude(status__in=UNFINISHED)
        failed = []
        for schema_name in finished.exclude(schema_version=version).values_list("schema_name", flat=True):
            try:
                self._migrate_schema(schema_name)
                isolation.secure_shop(schema_name)
            except Exception as error:
                here().set_schema_to_public()
                log.exception("shop not migrated", schema=schema_name)
                failed.append(f"{schema_name} ({type(error).__name__})")
                continue
            Shop.objects.filter(schema_name=schema_name).update(schema_version=version)
        _mend_roles(finished)
        if failed:
            raise CommandError(f"Non aggiornate, sono rimaste com'erano: {', '.join(failed)}.")


@contextmanager
def _alone() -> Iterator[None]:
    """Wait until no other process migrates this database: several may be started at once with a new release.

    The lock sits on a connection of its own, because migrating closes the usual one after each schema.
    """
    guard = cast(DatabaseWrapper, connections["default"].copy())
    try:
        with guard.cursor() as cursor:
            cursor.execute(
                "SELECT pg_catalog.pg_advisory_lock(pg_catalog.hashtextextended('aros migrate', 0))"
            )
        yield
    finally:
        guard.close()


def _mend_roles(shops: QuerySet[Shop]) -> None:
    """A dump that was restored elsewhere, or under another name, has the shops but not their roles."""
    named = {
        name: roles.shop_role(*isolation.here(), name) for name in shops.values_list("schema_name", flat=True)
    }
    missing = isolation.roles_missing(named.values())
    for schema_name, role in named.items():
        if role in missing:
            isolation.secure_shop(schema_name)
    for shop in shops:
        if shop.db_role != named[shop.schema_name]:
            shop.db_role = named[shop.schema_name]
            shop.save(update_fields=["db_role"])

"""A shop's schema as SQL: captured once from a template schema after a migration, replayed for each new shop.

Replaying takes some 30 ms at any number of shops; cloning or migrating anew does not stay that quick.
"""

import hashlib
import re

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django_tenants.utils import schema_context
from psycopg import sql

from shops import isolation, pgtools
from shops.models import SchemaTemplate
from shops.refusals import Refused
from shops.staff.permissions import ROLES

TEMPLATE = "aros_template"
# What pg_dump prints around the statements: session settings, psql commands. None of it is wanted here.
NOISE = re.compile(r"^(SET |\\|SELECT pg_catalog\.set_config|--).*$", re.MULTILINE)


def version_of(schema_name: str) -> str:
    """A digest of the migrations applied in a schema and of the rules that go with them; empty when it has none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{schema_name}.django_migrations"])
        row = cursor.fetchone()
        if not row or not row[0]:
            return ""
        table = sql.Identifier(schema_name, "django_migrations")
        cursor.execute(sql.SQL("SELECT app, name FROM {} ORDER BY 1, 2").format(table))
        applied = cursor.fetchall()
    return hashlib.sha256(repr((applied, ROLES, isolation.WALLS)).encode()).hexdigest()


def ensure_template_schema() -> None:
    with schema_context("public"), connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {TEMPLATE}")


def capture() -> SchemaTemplate:
    """Store the template schema's SQL for its present version, unless it is stored already. Needs pg_dump."""
    version = version_of(TEMPLATE)
    known = SchemaTemplate.objects.filter(version=version).first()
    if known:
        return known
    dump = pgtools.pg_dump(
        f"--schema={TEMPLATE}",
        "--no-owner",
        "--no-privileges",
        "--no-comments",
        "--inserts",
        "--rows-per-insert=200",
    )
    statements = "\n".join(line for line in NOISE.sub("", dump).splitlines() if line.strip())
    with transaction.atomic():
        SchemaTemplate.objects.all().delete()
        return SchemaTemplate.objects.create(version=version, sql=statements)


def latest() -> SchemaTemplate:
    """The template in force. Raises Refused when the database was never migrated."""
    found = SchemaTemplate.objects.first()
    if found is None:
        raise Refused(_("Il database non è aggiornato: eseguire prima manage.py migrate."))
    return found


def replay(template: SchemaTemplate, schema_name: str) -> None:
    """Create `schema_name` with all tables and starting rows, in one transaction."""
    statements = re.sub(rf"\b{TEMPLATE}\b", connection.ops.quote_name(schema_name), template.sql)
    # In string literals ('aros_template.x_id_seq' for setval) the quoted name is right as well.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statements)

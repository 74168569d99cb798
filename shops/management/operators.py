"""The base of the operators' commands: what cannot be done is said in one sentence on standard error, exit code 1."""

import os
import secrets
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, handle_default_options
from django.db import connections

from shops import refusals
from shops.db.current import here
from shops.models import Shop
from shops.refusals import Refused


class Sentences(BaseCommand):
    """A command that never shows a traceback for what an operator can mend (`--traceback` shows it all the same)."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command; raises CommandError with the sentence."""
        try:
            return super().execute(*args, **options)
        except CommandError:
            raise
        except Exception as error:
            text = refusals.sentence(error)
            if text is None:
                raise
            raise CommandError(text) from error

    def run_from_argv(self, argv: list[str]) -> None:
        """As Django's, but a refusal is the sentence and nothing else."""
        if unreadable := next((each for each in argv if not _readable(each)), None):
            shown = unreadable.encode("utf-8", "replace").decode()[:40]
            self.stderr.write(
                f"«{shown}» non è testo in UTF-8: il terminale è impostato su un'altra codifica."
            )
            sys.exit(1)
        self._called_from_command_line = True  # wrong options are told by argparse, without a traceback
        parser = self.create_parser(argv[0], argv[1])
        given = parser.parse_args(argv[2:])
        handle_default_options(given)
        options = vars(given)
        arguments = options.pop("args", ())
        try:
            self.execute(*arguments, **options)
        except CommandError as error:
            if options["traceback"]:
                raise
            self.stderr.write(str(error))
            sys.exit(error.returncode)
        finally:
            connections.close_all()


def _readable(argument: str) -> bool:
    """False for bytes that the terminal did not send as UTF-8: no query and no log line could hold them."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True


class OperatorCommand(Sentences):
    """A command of the platform's operators. Runs as the owner, in the public schema."""

    requires_system_checks: list[str] = []

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command in the public schema, whatever ran before in this process."""
        here().set_schema_to_public()
        return super().execute(*args, **options)

    def say(self, text: str) -> None:
        """One line to the operator."""
        self.stdout.write(text)


def add_shop(parser: CommandParser) -> None:
    """The option that names a shop."""
    parser.add_argument("--shop", required=True, help="identificativo dell'officina, come officina-rossi")


def shop_named(slug: str) -> Shop:
    """The shop of an identifier. Raises Refused when there is none, or when it is not finished."""
    shop: Shop | None = Shop.objects.filter(slug=slug).first()
    if shop is None:
        raise Refused(f"Non c'è nessuna officina «{slug}»: list_shops le elenca.")
    return shop


def password_from(variable: str) -> tuple[str, bool]:
    """The password in the environment, else a new one; and whether it was made up. Never on the command line, where
    everybody on the machine could read it."""
    given = os.environ.get(variable, "")
    return (given, False) if given else (secrets.token_urlsafe(12), True)

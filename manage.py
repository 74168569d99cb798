#!/usr/bin/env python
"""Operators' entry point. Every command runs with the owner's database login; the web and the workers never do."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aros.settings")
    os.environ.setdefault("AROS_DATABASE_AS", "owner")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:  # a missing setting, by name
        sys.exit(str(error))


if __name__ == "__main__":
    main()

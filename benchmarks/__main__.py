"""`python -m benchmarks`: run every measure and print the table. Exit code 1 when an aim is missed."""

import sys

from benchmarks import report, stack


def main() -> int:
    with stack.servers():
        rows = _measure()
    print(report.table(rows))
    print(f"\nWritten to {report.save(rows)}")
    return 1 if any(row.verdict == "MISSED" for row in rows) else 0


def _measure() -> list[report.Row]:
    import django

    django.setup()
    # Only now: these read Django's settings when they are imported.
    from django.core.management import call_command

    from benchmarks import (
        answers,
        availability,
        booking_page,
        calls,
        chats,
        connection,
        duedates,
        pages,
        workshop,
    )

    print("Preparing a shop with 5,000 appointments …", flush=True)
    call_command("migrate", verbosity=0)
    shop = workshop.create()
    print("… and one with 10,000 customers, 20,000 appointments and 5,000 conversations …", flush=True)
    old = pages.create()
    print("Measuring …", flush=True)
    with stack.web() as port:
        rows = calls.measure(shop, port) + chats.measure(shop, port) + pages.measure(old, port)
        rows += booking_page.measure(shop, port)
    rows += answers.measure(shop)
    rows += [*availability.measure(shop), *connection.measure(shop)]
    print("Making many shops with 2,000 cars each, for the due dates …", flush=True)
    return [*rows, *duedates.measure()]


if __name__ == "__main__":
    sys.exit(main())

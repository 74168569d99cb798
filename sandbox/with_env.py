"""`python -m sandbox.with_env --data var -- COMMAND …`: a command with the environment of a running demo."""

import argparse
import os
import sys
from pathlib import Path

from sandbox import demo_env, programs
from sandbox.problems import Problem


def main() -> None:
    """Become the command. Exits with 1 and one sentence when the demo does not run."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.with_env")
    parser.add_argument("--data", default="var", help="the demo's data folder (default: var)")
    parser.add_argument("command", nargs="+", help="the command and its arguments, after --")
    given = parser.parse_args()
    data = Path(given.data).expanduser().absolute()
    try:
        env = environment_of_running_demo(data)
    except Problem as problem:
        sys.exit(f"\n{problem}")
    os.execvpe(given.command[0], given.command, env)  # noqa: S606 - this is what the command is for


def environment_of_running_demo(data: Path) -> dict[str, str]:
    """demo.env over the caller's environment; Problem when no demo with this data folder answers."""
    values = demo_env.read(data)
    if not values:
        raise Problem(f"There is no demo in {data} yet: start it with `make run` in another terminal.")
    port = int(values["PLATFORM_URL"].rpartition(":")[2])
    if not programs.answers(port):
        raise Problem(
            f"The demo of {data} does not answer on port {port}: start it with `make run` in another terminal, "
            "or name its folder with DATA=…"
        )
    return programs.environment(values, data)


if __name__ == "__main__":
    main()

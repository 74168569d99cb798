"""What the stand-in remembers over a restart: chats, windows, templates, files. Kept in a folder, as JSON and files."""

import contextlib
import json
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sandbox.meta.state import Bubble, File, Person, Sent
from sandbox.meta.world import World

SAVE_EVERY_SECONDS = 2.0
MOST_SENT = 2000
MOST_BUBBLES = 300


class Keeper:
    """Reads the folder into a world, then writes what changed every two seconds and on `close`."""

    def __init__(self, world: World, folder: Path) -> None:
        """Reads at once. A file that cannot be read is put aside as `state.json.broken`."""
        self._world, self._folder, self._written = world, folder, ""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._state = folder / "state.json"
        try:
            _fill(world, json.loads(self._state.read_text(encoding="utf-8")), folder)
        except FileNotFoundError:
            pass
        except (ValueError, KeyError, TypeError):
            self._state.replace(folder / "state.json.broken")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write a last time."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(SAVE_EVERY_SECONDS):
            self._save()
        self._save()

    def _save(self) -> None:
        with self._world.changed:
            text = json.dumps(_described(self._world), ensure_ascii=False)
            files = list(self._world.files.values())
        if text == self._written:
            return
        for file in files:
            path = self._folder / file.id
            if not path.exists():
                path.write_bytes(file.content)
        new = self._folder / "state.json.new"
        with contextlib.suppress(OSError):  # a full disk: the next try may fare better
            new.write_text(text, encoding="utf-8")
            new.replace(self._state)
            self._written = text


def _described(world: World) -> dict[str, Any]:
    people = {person.key: person for person in world.people.values()}
    return {
        "people": [asdict(each) for each in people.values()],
        "chats": [
            {
                "line": line,
                "person": person,
                "last_customer_at": chat.last_customer_at,
                "bubbles": [asdict(each) for each in chat.bubbles[-MOST_BUBBLES:]],
            }
            for (line, person), chat in world.chats.items()
        ],
        "templates": world.templates,
        "files": [
            {name: value for name, value in vars(each).items() if name not in ("content", "tickets")}
            for each in world.files.values()
        ],
        "sent": [each.described() for each in world.sent[-MOST_SENT:]],
    }


def _fill(world: World, kept: dict[str, Any], folder: Path) -> None:
    for each in kept["people"]:
        person = Person(**each)
        world.people[person.key] = world.people[person.user_id] = person
    for each in kept["chats"]:
        chat = world.chat(each["line"], world.people[each["person"]])
        chat.last_customer_at = each["last_customer_at"]
        chat.bubbles = [Bubble(**bubble) for bubble in each["bubbles"]]
    world.templates = kept["templates"]
    for each in kept["files"]:
        with contextlib.suppress(OSError):
            world.files[each["id"]] = File(content=(folder / each["id"]).read_bytes(), **each)
    world.restore([Sent(**each) for each in kept["sent"]])

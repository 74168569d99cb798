"""compose.yaml can be read: Docker refuses a file that names a key twice, and so does this."""

import re
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings


class Strict(yaml.SafeLoader):
    """YAML as Docker reads it."""


def _mapping(loader: Strict, node: yaml.MappingNode) -> dict[Any, Any]:
    names = [
        loader.construct_object(key) for key, _value in node.value if key.tag != "tag:yaml.org,2002:merge"
    ]
    twice = {name for name in names if names.count(name) > 1}
    assert not twice, f"compose.yaml:{node.start_mark.line + 1} names {twice} twice"
    loader.flatten_mapping(node)
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


Strict.add_constructor("tag:yaml.org,2002:map", _mapping)


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.load((Path(settings.BASE_DIR) / "compose.yaml").read_text(), Strict)
    return found


def test_no_key_is_named_twice() -> None:
    assert {"web", "worker", "conversations", "beat", "manage"} <= set(compose()["services"])


def test_only_who_makes_shops_has_the_owner_s_login() -> None:
    services = compose()["services"]
    owners = {name for name, each in services.items() if "DATABASE_OWNER_URL" in each.get("environment", {})}

    assert owners <= {"manage", "provision"}


def example() -> list[str]:
    """The names in compose.env.example, in order."""
    lines = (Path(settings.BASE_DIR) / "compose.env.example").read_text().splitlines()
    return [line.partition("=")[0] for line in lines if line and not line.startswith("#")]


def test_the_example_names_every_setting_once() -> None:
    """The last one would win: an empty one further down undoes what was filled in above."""
    names = example()

    assert {name for name in names if names.count(name) > 1} == set()


def test_what_the_example_asks_for_reaches_the_processes() -> None:
    used = set(re.findall(r"\$\{([A-Z_]+)", (Path(settings.BASE_DIR) / "compose.yaml").read_text()))

    assert set(example()) - used == set()


def test_every_setting_of_the_guide_reaches_the_processes() -> None:
    """An operator who follows the guide writes it into compose.env; what is not handed on would do nothing, silently."""
    guide = (Path(settings.BASE_DIR) / "docs" / "operators.md").read_text().partition("## Commands")[0]
    rows = (line.split("|")[1] for line in guide.splitlines() if line.startswith("| `"))
    told = {name for row in rows for name in re.findall(r"`([A-Z][A-Z_]+)`", row)}
    services = compose()["services"].values()
    handed_on = {name for each in services for name in each.get("environment", {})}
    # The image's own folders, and what production refuses.
    fixed = {"MEDIA_ROOT", "PG_BIN", "DEBUG"}

    assert len(told) > 60
    assert told - handed_on - fixed == set()

"""compose.yaml can be read: Docker refuses a file that names a key twice, and so does this."""

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

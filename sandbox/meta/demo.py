"""The stand-in as the demo runs it: the two shops' lines, the tokens of the environment, a memory on the disk."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.meta.keeping import Keeper
from sandbox.meta.server import Meta
from sandbox.meta.state import Line

SHOPS = {
    "wa-rossi": ("waba-rossi", "390212345678", "Officina Rossi", "WHATSAPP_TOKEN_ROSSI"),
    "wa-bianchi": ("waba-bianchi", "390287654321", "Carrozzeria Bianchi", "WHATSAPP_TOKEN_BIANCHI"),
}


def demo_lines(env: Mapping[str, str]) -> list[Line]:
    """The two lines of the demo, with the tokens of the environment; without one, `token-` and the line's id."""
    return [
        Line(number, account, env.get(token) or f"token-{number}", display, name)
        for number, (account, display, name, token) in SHOPS.items()
    ]


@contextmanager
def meta_server(app_secret: str, product_url: str, **more: Any) -> Iterator[Meta]:
    """A stand-in that forgets, for the time of the block. `more` as `Meta` takes it: port, lines, first_retry."""
    meta = Meta(app_secret, product_url, **{"lines": demo_lines({}), **more})
    try:
        yield meta
    finally:
        meta.close()


@contextmanager
def demo(port: int, product_url: str, env: Mapping[str, str], folder: Path | None) -> Iterator[Meta]:
    """Serve for the time of the block, and remember in the folder. Raises OSError when the port is taken."""
    meta = Meta(env["WHATSAPP_APP_SECRET"], product_url, port=port, lines=demo_lines(env))
    try:
        keeper = Keeper(meta.world, folder) if folder else None
        try:
            yield meta
        finally:
            if keeper:
                keeper.close()
    finally:
        meta.close()

"""The public pages of a demonstration's shops: a colour, a logo and texts, so that they look like somebody's own."""

import math
import struct
import zlib
from typing import Any

from django.core.files.base import ContentFile

from scheduling.demo import Kind
from website.models import DEFAULT_COLOUR, Site

COLOURS = {Kind.OFFICINA: "#b4232a", Kind.CARROZZERIA: "#0f766e"}
WELCOME = {
    Kind.OFFICINA: (
        "Meccanica, gomme e revisioni dal 1987. Scelga il lavoro: vede subito i posti liberi e quanto costa.",
        "Mechanics, tyres and inspections since 1987. Choose the job: free places and prices are shown at once.",
    ),
    Kind.CARROZZERIA: (
        "Carrozzeria e verniciatura. Per un preventivo basta mezz'ora; per i lavori più grandi confermiamo noi la data.",
        "Body work and painting. A quote takes half an hour; for larger jobs we confirm the date ourselves.",
    ),
}
THANKS = ("Se ritarda, una telefonata ci basta.", "If you are running late, a phone call is all we need.")
SIZE = 96


def on_filled(sender: Any, kind: Kind, **_kwargs: Any) -> None:
    """Receiver of scheduling.signals.demo_filled: dress the shop's pages, unless somebody did. Writes a file."""
    site = Site.load()
    if site.logo or site.welcome or site.colour != DEFAULT_COLOUR:
        return
    site.colour = COLOURS[kind]
    site.welcome, site.welcome_en = WELCOME[kind]
    site.thanks, site.thanks_en = THANKS
    site.logo.save("logo.png", ContentFile(wheel(site.colour)), save=False)
    site.save()


def wheel(colour: str) -> bytes:
    """A PNG of a wheel in a colour ("#rrggbb"), SIZE pixels square, on nothing."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    rows = b"".join(
        b"\x00" + b"".join(bytes((red, green, blue, _alpha(x, y))) for x in range(SIZE)) for y in range(SIZE)
    )
    head = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def _alpha(x: int, y: int) -> int:
    """How much of the wheel covers a pixel: a tyre, five spokes and a hub."""
    across, down = x - SIZE / 2 + 0.5, y - SIZE / 2 + 0.5
    distance, angle = math.hypot(across, down), math.atan2(down, across) + math.pi / 2
    tyre = min(47 - distance, distance - 34)
    turn = math.tau / 5
    off_spoke = abs((angle + turn / 2) % turn - turn / 2) * distance
    spoke = min(3.6 - off_spoke, 36 - distance)
    hub = min(11 - distance, distance - 4)
    hole = distance - 4
    return round(255 * max(0.0, min(1.0, 0.5 + min(max(tyre, spoke, hub), hole))))

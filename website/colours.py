"""A shop's colour made readable: what is written on it, and the shade of it that can be read on white. Pure.

Contrast is WCAG's: 4.5 for text, 3 for what is only seen.
"""

import re
from dataclasses import dataclass

HEX = re.compile(r"#[0-9a-fA-F]{6}\Z")
TEXT_CONTRAST = 4.5
WHITE, BLACK = (255, 255, 255), (17, 17, 17)
RGB = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as "#rrggbb": `brand` as chosen, `on_brand` for text on it, `ink` for text and lines on white."""

    brand: str
    on_brand: str
    ink: str


def palette(colour: str, otherwise: str = "#1d4ed8") -> Palette:
    """The readable colours for "#rrggbb"; for anything else those of `otherwise`."""
    brand = _parse(colour if HEX.match(colour) else otherwise)
    light, dark = contrast(brand, WHITE), contrast(brand, BLACK)
    on_brand = WHITE if light >= TEXT_CONTRAST or light >= dark else BLACK
    # Between the two there is a little band of greys on which neither text is readable: a touch darker, white is.
    if max(light, dark) < TEXT_CONTRAST:
        brand = _darkened(brand)
        on_brand = WHITE
    return Palette(_write(brand), _write(on_brand), _write(_darkened(brand)))


def contrast(one: RGB, other: RGB) -> float:
    """How far two colours are apart, from 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _darkened(colour: RGB) -> RGB:
    """The colour, as much darker as it takes to be read on white and on the page's light grey."""
    while contrast(colour, WHITE) < TEXT_CONTRAST + 0.6:
        colour = (int(colour[0] * 0.94), int(colour[1] * 0.94), int(colour[2] * 0.94))
    return colour


def _luminance(colour: RGB) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _parse(colour: str) -> RGB:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _write(colour: RGB) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)

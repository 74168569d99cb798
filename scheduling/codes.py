"""Short codes that people can say and type: no 0/O, no 1/I."""

import secrets

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LENGTH = 5


def new_code() -> str:
    """A random code; 33 million exist, so the caller is ready to draw again on a unique violation (23505)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def new_codes(count: int) -> list[str]:
    """So many codes that differ from each other, for rows that are written together."""
    drawn: set[str] = set()
    while len(drawn) < count:
        drawn.add(new_code())
    return list(drawn)


def normalise_code(text: str) -> str:
    """The code as it is stored, from what somebody said or typed ("k7-p2q", "K 7 P 2 Q")."""
    return "".join(char for char in text.upper() if char.isalnum())

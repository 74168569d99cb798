"""Spelling for the telephone: the Italian city alphabet, plates and numbers digit by digit."""

from receptionist.italian.numbers import say_number

CITIES = {
    "A": "Ancona",
    "B": "Bologna",
    "C": "Como",
    "D": "Domodossola",
    "E": "Empoli",
    "F": "Firenze",
    "G": "Genova",
    "I": "Imola",
    "L": "Livorno",
    "M": "Milano",
    "N": "Napoli",
    "O": "Otranto",
    "P": "Palermo",
    "R": "Roma",
    "S": "Savona",
    "T": "Torino",
    "U": "Udine",
    "V": "Venezia",
    "Z": "Zara",
}
# Letters that name no Italian town are said by their own name.
OWN_NAMES = {
    "H": "acca",
    "J": "i lunga",
    "K": "kappa",
    "Q": "cu",
    "W": "doppia vu",
    "X": "ics",
    "Y": "ipsilon",
}


def spell(text: str) -> str:
    """Letter by letter: "AB1" → "A come Ancona, B come Bologna, uno". Spaces and hyphens are not said."""
    return ", ".join(_say_character(char) for char in text.upper() if char.isalnum())


def spell_plate(plate: str) -> str:
    """A plate as it is read back on the telephone. Foreign letters are left as they are."""
    return spell(plate)


def say_digits(text: str) -> str:
    """Digits one by one: "26" → "due sei". What is no digit is left out."""
    return " ".join(say_number(int(char)) for char in text if char in "0123456789")


def say_phone(phone: str) -> str:
    """An E.164 number: "+393331234567" → "tre tre tre, uno due tre, quattro cinque sei sette".

    The Italian prefix is not said, another country's is: "più quattro nove, …".
    """
    if phone.startswith("+39"):
        return _groups(phone[3:])
    return f"più {_groups(phone)}" if phone.startswith("+") else _groups(phone)


def _groups(digits: str) -> str:
    plain = "".join(char for char in digits if char in "0123456789")
    parts = [plain[at : at + 3] for at in range(0, len(plain), 3)]
    if len(parts) > 1 and len(parts[-1]) == 1:
        parts[-2:] = ["".join(parts[-2:])]
    return ", ".join(say_digits(part) for part in parts)


def _say_character(char: str) -> str:
    if char in "0123456789":
        return say_number(int(char))
    if char in CITIES:
        return f"{char} come {CITIES[char]}"
    return OWN_NAMES.get(char, char)

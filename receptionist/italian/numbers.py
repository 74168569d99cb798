"""Numbers, prices and durations in Italian words."""

from decimal import ROUND_HALF_UP, Decimal

from num2words import num2words


def say_number(number: int) -> str:
    """The cardinal: 21 → "ventuno", -3 → "meno tre"."""
    # The library contracts "centodiciotto" to a word that does not exist.
    return str(num2words(number, lang="it")).replace("dicotto", "diciotto")


def count(number: int, one: str, many: str) -> str:
    """A number of things; `one` has its article: count(1, "un'ora", "ore") → "un'ora", 2 → "due ore"."""
    return one if number == 1 else f"{say_number(number)} {many}"


def say_price(amount: Decimal | int) -> str:
    """Euro: 120 → "centoventi euro", 89.5 → "ottantanove euro e cinquanta centesimi"."""
    cents_in_all = int((Decimal(amount) * 100).to_integral_value(rounding=ROUND_HALF_UP))
    euros, cents = divmod(cents_in_all, 100)
    if cents and not euros:
        return count(cents, "un centesimo", "centesimi")
    # "due milioni di euro": a round million wants the preposition.
    of = "di " if euros >= 1_000_000 and euros % 1_000_000 == 0 else ""
    said = count(euros, "un euro", f"{of}euro")
    return f"{said} e {count(cents, 'un centesimo', 'centesimi')}" if cents else said


def say_price_from(amount: Decimal | int) -> str:
    """The only way a price is told: "a partire da centoventi euro"."""
    return f"a partire da {say_price(amount)}"


def say_it_takes(minutes: int, one: str = "ci vuole circa", many: str = "ci vogliono circa") -> str:
    """A verb that agrees with the time: 90 → "ci vuole circa un'ora e mezza", 120 → "ci vogliono circa due ore"."""
    said = say_duration(minutes)
    return f"{one if said.startswith(("un'", 'un ', "mezz'")) else many} {said}"


def say_duration(minutes: int) -> str:
    """Minutes of work: 30 → "mezz'ora", 90 → "un'ora e mezza", 125 → "due ore e cinque minuti"."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        small = {30: "mezz'ora", 45: "tre quarti d'ora", 15: "un quarto d'ora"}
        return small.get(rest) or count(rest, "un minuto", "minuti")
    said = count(hours, "un'ora", "ore")
    tail = {0: "", 15: " e un quarto", 30: " e mezza", 45: " e tre quarti"}
    return said + tail.get(rest, f" e {count(rest, 'un minuto', 'minuti')}")

"""Names and cars as one meets them in an Italian officina. Invented people: any likeness is chance."""

from scheduling.models import Vehicle

FIRST_NAMES = (
    "Maria", "Giuseppe", "Anna", "Antonio", "Giulia", "Francesco", "Laura", "Marco", "Sara", "Andrea",
    "Chiara", "Alessandro", "Elena", "Luca", "Paola", "Davide", "Francesca", "Roberto", "Silvia", "Stefano",
    "Martina", "Matteo", "Valentina", "Simone", "Elisa", "Giovanni", "Federica", "Paolo", "Roberta", "Fabio",
    "Cristina", "Claudio", "Ilaria", "Enrico", "Daniela", "Massimo", "Monica", "Riccardo", "Teresa", "Pietro",
)  # fmt: skip
LAST_NAMES = (
    "Ferrari", "Russo", "Esposito", "Colombo", "Ricci", "Marino", "Greco", "Bruno", "Gallo", "Conti",
    "De Luca", "Mancini", "Costa", "Giordano", "Rizzo", "Lombardi", "Moretti", "Barbieri", "Fontana", "Santoro",
    "Mariani", "Rinaldi", "Caruso", "Ferrara", "Galli", "Martini", "Leone", "Longo", "Gentile", "Martinelli",
    "Vitale", "Lombardo", "Serra", "Coppola", "De Santis", "Marchetti", "Parisi", "Villa", "Conte", "Ferri",
)  # fmt: skip

_P, _D, _L, _H, _E, _M = (
    Vehicle.Fuel.PETROL,
    Vehicle.Fuel.DIESEL,
    Vehicle.Fuel.LPG,
    Vehicle.Fuel.HYBRID,
    Vehicle.Fuel.ELECTRIC,
    Vehicle.Fuel.METHANE,
)
CARS = (
    ("Fiat", "Panda", _P), ("Fiat", "500", _P), ("Fiat", "Punto", _D), ("Fiat", "Tipo", _D), ("Lancia", "Ypsilon", _L),
    ("Volkswagen", "Golf", _D), ("Volkswagen", "Polo", _P), ("Ford", "Fiesta", _P), ("Ford", "Focus", _D),
    ("Renault", "Clio", _P), ("Renault", "Captur", _H), ("Peugeot", "208", _P), ("Peugeot", "3008", _D),
    ("Toyota", "Yaris", _H), ("Toyota", "Aygo", _P), ("Citroën", "C3", _P), ("Dacia", "Duster", _L),
    ("Dacia", "Sandero", _L), ("Opel", "Corsa", _P), ("Jeep", "Renegade", _D), ("Alfa Romeo", "Giulietta", _D),
    ("Alfa Romeo", "Stelvio", _D), ("Audi", "A3", _D), ("BMW", "Serie 1", _D), ("Nissan", "Qashqai", _D),
    ("Hyundai", "i10", _P), ("Kia", "Sportage", _H), ("Fiat", "Doblò", _M), ("Suzuki", "Swift", _H),
    ("Smart", "ForTwo", _E),
)  # fmt: skip
"""Make, model, fuel."""

# The first letters of plates given out in a year, roughly.
PLATE_SERIES = {
    2012: "EM", 2013: "ER", 2014: "EV", 2015: "EZ", 2016: "FD", 2017: "FJ", 2018: "FP", 2019: "FV", 2020: "GA",
    2021: "GD", 2022: "GH", 2023: "GM", 2024: "GS",
}  # fmt: skip
PLATE_LETTERS = "ABCDEFGHJKLMNPRSTVWXYZ"

NOTES = (
    "", "", "", "", "Rumore davanti a destra in frenata.", "Aspetta in sala.", "Chiede un preventivo prima dei lavori.",
    "Spia gialla accesa da ieri.", "Gomme in deposito da noi.", "Preferisce essere chiamata dopo le 17.",
)  # fmt: skip

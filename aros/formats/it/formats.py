"""Django's own formats fill two lines of a list ("Domenica 22 Novembre 2026 17:19"). What is not here stays Django's."""

DATE_FORMAT = "j b Y"
DATETIME_FORMAT = "j b Y H:i"
TIME_FORMAT = "H:i"

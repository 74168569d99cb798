"""Names of the WhatsApp templates that every shop has; the channel creates them, whoever sends names them here."""

NOTICE = "aros_avviso"
"""To the shop's own people. {{1}}: what happened, in one line; {{2}}: where to look."""

"""Names of the WhatsApp templates that every shop has; the channel creates them, whoever sends names them here."""

NOTICE = "aros_avviso"
"""To the shop's own people. {{1}}: what happened, in one line; {{2}}: where to look."""

CONFIRMATION = "aros_conferma"
"""To a customer: an appointment. {{1}}: the shop; {{2}}: day; {{3}}: time; {{4}}: service; {{5}}: address. Buttons
«Sposta» and «Annulla», which come back with the payloads `move:CODE` and `cancel:CODE`."""

REMINDER = "aros_promemoria"
"""To a customer, the day before. Places as CONFIRMATION; buttons «Confermo», «Sposta» and «Annulla», with the payloads
`confirm:CODE`, `move:CODE` and `cancel:CODE`."""

CAR_READY = "aros_auto_pronta_ritiro"
"""To a customer. {{1}}: the shop; {{2}}: the car; {{3}}: when it can be collected: «oggi fino alle 18:30», «domani dalle
08:00 alle 18:30». (Before: aros_auto_pronta, which knew of today alone.)"""

FOLLOW_UP = "aros_rispondere_qui"
"""To a customer whom the shop wants to answer after the window has closed. {{1}}: the shop; {{2}}: what it is about.
One button, «Continua», with a payload of the sender's choice."""

MISSED_CALL = "aros_chiamata_persa"
"""To somebody whose call broke off or was not answered. {{1}}: the shop."""

FREED_PLACE = "aros_posto_libero"
"""To a customer of the waiting list. {{1}}: the shop; {{2}}: day; {{3}}: time; {{4}}: service; {{5}}: until when it is
held. Two buttons, yes and no, with the payloads `offer_yes:ID` and `offer_no:ID`."""

THANKS = "aros_grazie"
"""To a customer who agreed to promotional messages, after the work. {{1}}: the shop; {{2}}: where to leave a review."""

DUE = "aros_scadenza"
"""To a customer who agreed to promotional messages. {{1}}: the shop; {{2}}: what is due, for which car and by when, in
one line: «revisione di Fiat Panda AB123CD entro il 31 marzo 2027»."""

"""What is said around the proof of a telephone (receptionist.phoneproof), by language."""

MESSAGE = {
    "it": (
        "Confermo il mio numero: chi scrive nella chat del sito di {shop} potrà vedere e cambiare i miei "
        "appuntamenti. Codice {code}"
    ),
    "en": (
        "I confirm my number: whoever writes in the chat on the site of {shop} will be able to see and change my "
        "appointments. Code {code}"
    ),
}
CHOICES = {"it": ("Sì, è la mia chat", "No, non è mia"), "en": ("Yes, it is my chat", "No, it is not")}
BUTTON = {"it": "Confermo il mio numero", "en": "Confirm my number"}
FIRST = {
    "it": (
        "Qui non so ancora chi scrive. Per parlare di appuntamenti e auto confermi il suo numero: basta un messaggio "
        "su WhatsApp, già scritto."
    ),
    "tu": (
        "Qui non so ancora chi scrive. Per parlare di appuntamenti e auto conferma il tuo numero: basta un messaggio "
        "su WhatsApp, già scritto."
    ),
    "en": (
        "I do not know yet who is writing. To talk about appointments and cars, please confirm your number: one "
        "WhatsApp message, already written, is enough."
    ),
}
SAID = {
    "proved": (
        "Grazie, il numero è confermato: torni alla chat del sito, la conversazione continua lì. Se quella chat non è "
        "sua, tocchi il pulsante qui sotto e ci chiami subito.",
        "Grazie, il numero è confermato: torna alla chat del sito, la conversazione continua lì. Se quella chat non è "
        "tua, tocca il pulsante qui sotto e chiamaci subito.",
        "Thank you, your number is confirmed: go back to the chat on our site, it continues there. If that chat is "
        "not yours, tap the button below and call us at once.",
    ),
    "ask": (
        "Questo codice apre la chat sul nostro sito a suo nome: chi ci scrive potrà vedere e cambiare i suoi "
        "appuntamenti. L'ha aperta lei? Se il codice gliel'ha dato qualcun altro, risponda di no.",
        "Questo codice apre la chat sul nostro sito a tuo nome: chi ci scrive potrà vedere e cambiare i tuoi "
        "appuntamenti. L'hai aperta tu? Se il codice te l'ha dato qualcun altro, rispondi di no.",
        "This code opens the chat on our site in your name: whoever writes there will be able to see and change your "
        "appointments. Did you open it? If somebody else gave you the code, answer no.",
    ),
    "refused": (
        "Va bene: da quella chat non si vede e non si cambia niente di suo.",
        "Va bene: da quella chat non si vede e non si cambia niente di tuo.",
        "All right: nothing of yours can be seen or changed from that chat.",
    ),
    "expired": (
        "Questo codice è scaduto: nella chat del sito può chiederne un altro.",
        "Questo codice è scaduto: nella chat del sito puoi chiederne un altro.",
        "This code has expired: you can ask for another one in the chat on our site.",
    ),
    "used": (
        "Questo codice è già stato usato: nella chat del sito può chiederne un altro.",
        "Questo codice è già stato usato: nella chat del sito puoi chiederne un altro.",
        "This code has been used already: you can ask for another one in the chat on our site.",
    ),
    "unknown": (
        "Non riconosco questo codice: lo copi dalla chat del sito, oppure lì ne chieda un altro.",
        "Non riconosco questo codice: copialo dalla chat del sito, oppure lì chiedine un altro.",
        "I do not recognise this code: copy it from the chat on our site, or ask for another one there.",
    ),
    "many": (
        "Troppi codici di seguito: riprovi tra un'ora, oppure ci chiami.",
        "Troppi codici di seguito: riprova tra un'ora, oppure chiamaci.",
        "Too many codes in a row: try again in an hour, or call us.",
    ),
    "hidden": (
        "Da qui il suo numero di telefono non si vede, quindi il codice non può confermarlo. Ci chiami, per favore.",
        "Da qui il tuo numero di telefono non si vede, quindi il codice non può confermarlo. Chiamaci, per favore.",
        "Your telephone number is hidden here, so the code cannot confirm it. Please call us.",
    ),
}
NOTED = (
    "Chi scrive in questa chat ha confermato il suo numero di telefono su WhatsApp: da adesso si sa chi è."
)
NOTED_BACK = (
    "La conferma del numero di telefono è stata ritirata: da adesso non si sa più chi scrive in questa chat."
)

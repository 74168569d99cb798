"""The standard words of every message that the shop begins, for who is given "lei" and who is given "tu".

What a customer reads: plain Italian, no guess at man or woman. Places: receptionist.followups.kinds.
"""

from receptionist.models import FollowUpKind

_APPOINTMENT = (
    "*Quando:* {giorno} alle {ora}\n*Lavoro:* {lavoro}\n*Auto:* {auto}\n*Dove:* {indirizzo}\n"
    "*Da portare:* {preparazione}"
)

TEXTS: dict[FollowUpKind, dict[str, str]] = {
    FollowUpKind.DAY_BEFORE: {
        "lei": (
            f"Buongiorno {{nome}}, {{officina}} le ricorda il suo appuntamento.\n\n{_APPOINTMENT}\n\n"
            "Ci conferma che viene? Può anche spostarlo o annullarlo qui sotto."
        ),
        "tu": (
            f"Ciao {{nome}}, {{officina}} ti ricorda il tuo appuntamento.\n\n{_APPOINTMENT}\n\n"
            "Ci confermi che vieni? Puoi anche spostarlo o annullarlo qui sotto."
        ),
    },
    FollowUpKind.READY: {
        "lei": (
            "Buongiorno {nome}, la sua auto è pronta.\n\n*Auto:* {auto}\n*Lavoro:* {lavoro}\n*Ritiro:* {ritiro}\n"
            "*Nota:* {nota}\n\n{officina}"
        ),
        "tu": (
            "Ciao {nome}, la tua auto è pronta.\n\n*Auto:* {auto}\n*Lavoro:* {lavoro}\n*Ritiro:* {ritiro}\n"
            "*Nota:* {nota}\n\n{officina}"
        ),
    },
    FollowUpKind.MISSED_CALL: {
        "lei": (
            "Buongiorno, sono l'assistente virtuale di {officina}. Abbiamo visto la sua chiamata, ma non siamo riusciti a "
            "finire di parlarle. Come posso aiutarla? Può rispondere qui."
        ),
        "tu": (
            "Ciao, sono l'assistente virtuale di {officina}. Abbiamo visto la tua chiamata, ma non siamo riusciti a "
            "finire di parlarti. Come posso aiutarti? Puoi rispondere qui."
        ),
    },
    FollowUpKind.FREED_PLACE: {
        "lei": (
            "Buongiorno {nome}, da {officina} si è liberato un posto.\n\n*Quando:* {giorno} alle {ora}\n*Lavoro:* {lavoro}"
            "\n*Auto:* {auto}\n\nLo teniamo per lei fino alle {entro}. Lo vuole?"
        ),
        "tu": (
            "Ciao {nome}, da {officina} si è liberato un posto.\n\n*Quando:* {giorno} alle {ora}\n*Lavoro:* {lavoro}"
            "\n*Auto:* {auto}\n\nLo teniamo per te fino alle {entro}. Lo vuoi?"
        ),
    },
    FollowUpKind.THANKS: {
        "lei": (
            "Buongiorno {nome}, grazie da {officina}. Com'è andata? Se le va, ci lasci due righe qui: {link}\n\n"
            "Per non ricevere più questi messaggi scriva STOP."
        ),
        "tu": (
            "Ciao {nome}, grazie da {officina}. Com'è andata? Se ti va, lasciaci due righe qui: {link}\n\n"
            "Per non ricevere più questi messaggi scrivi STOP."
        ),
    },
    FollowUpKind.REVISION: {
        "lei": (
            "Buongiorno {nome}, la revisione di {auto} va fatta {scadenza}. Se vuole la prenotiamo subito: basta "
            "rispondere a questo messaggio.\n\n{officina}. Per non ricevere più questi messaggi scriva STOP."
        ),
        "tu": (
            "Ciao {nome}, la revisione di {auto} va fatta {scadenza}. Se vuoi la prenotiamo subito: basta "
            "rispondere a questo messaggio.\n\n{officina}. Per non ricevere più questi messaggi scrivi STOP."
        ),
    },
    FollowUpKind.SERVICE: {
        "lei": (
            "Buongiorno {nome}, il tagliando di {auto} va fatto {scadenza}. Se vuole lo prenotiamo subito: basta "
            "rispondere a questo messaggio.\n\n{officina}. Per non ricevere più questi messaggi scriva STOP."
        ),
        "tu": (
            "Ciao {nome}, il tagliando di {auto} va fatto {scadenza}. Se vuoi lo prenotiamo subito: basta "
            "rispondere a questo messaggio.\n\n{officina}. Per non ricevere più questi messaggi scrivi STOP."
        ),
    },
    FollowUpKind.TYRES_WINTER: {
        "lei": (
            "Buongiorno {nome}, è ora delle gomme invernali per {auto}: il cambio va fatto {scadenza}. Per scegliere il "
            "giorno basta rispondere a questo messaggio.\n\n{officina}. Per non ricevere più questi messaggi scriva STOP."
        ),
        "tu": (
            "Ciao {nome}, è ora delle gomme invernali per {auto}: il cambio va fatto {scadenza}. Per scegliere il "
            "giorno basta rispondere a questo messaggio.\n\n{officina}. Per non ricevere più questi messaggi scrivi STOP."
        ),
    },
    FollowUpKind.TYRES_SUMMER: {
        "lei": (
            "Buongiorno {nome}, è ora delle gomme estive per {auto}: il cambio va fatto {scadenza}. Per scegliere il "
            "giorno basta rispondere a questo messaggio.\n\n{officina}. Per non ricevere più questi messaggi scriva STOP."
        ),
        "tu": (
            "Ciao {nome}, è ora delle gomme estive per {auto}: il cambio va fatto {scadenza}. Per scegliere il "
            "giorno basta rispondere a questo messaggio.\n\n{officina}. Per non ricevere più questi messaggi scrivi STOP."
        ),
    },
}

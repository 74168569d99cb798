"""The table of sentences: key → (lei, tu or "" for the same, English)."""

from receptionist.guided.phrases_booking import BOOKING

SENTENCES: dict[str, tuple[str, str, str]] = {
    # The menu
    "menu": ("Come posso aiutarla?", "Come posso aiutarti?", "How can I help you?"),
    "menu_button": ("Scelga qui", "Scegli qui", "Choose here"),
    "m_book": ("Prenota", "", "Book"),
    "m_status": ("È pronta?", "", "Is my car ready?"),
    "m_change": ("Sposta o annulla", "", "Move or cancel"),
    "m_price": ("Prezzi", "", "Prices"),
    "m_hours": ("Orari e indirizzo", "", "Hours and address"),
    "m_person": ("Parla con qualcuno", "", "Talk to somebody"),
    "else": ("Le serve altro?", "Ti serve altro?", "Anything else?"),
    "lost": (
        "Mi scusi, non ho capito. Può scegliere qui sotto, o scrivermelo con altre parole.",
        "Scusami, non ho capito. Puoi scegliere qui sotto, o scrivermelo con altre parole.",
        "Sorry, I did not understand. Please choose below, or say it in other words.",
    ),
    "lost_again": (
        "Mi dispiace, ancora non ho capito. Se preferisce la faccio parlare con una persona dell'officina.",
        "Mi dispiace, ancora non ho capito. Se preferisci ti faccio parlare con una persona dell'officina.",
        "I am sorry, I still do not understand. If you prefer, somebody from the shop can answer you.",
    ),
    "lost_here": ("Mi scusi, non ho capito.", "Scusami, non ho capito.", "Sorry, I did not understand."),
    "trouble": (
        "Mi scusi, adesso non ci riesco. Può riprovare tra un momento, oppure la faccio richiamare dall'officina.",
        "Scusami, adesso non ci riesco. Puoi riprovare tra un momento, oppure ti faccio richiamare dall'officina.",
        "Sorry, I cannot do that right now. Please try again in a moment, or have the shop call you back.",
    ),
    "bye": (
        "Grazie a lei, buona giornata. Per qualsiasi cosa mi scriva qui.",
        "Grazie a te, buona giornata. Per qualsiasi cosa scrivimi qui.",
        "Thank you, have a nice day. Write here whenever you need us.",
    ),
    "fine": ("Va bene.", "", "All right."),
    "left": (
        "Va bene, lasciamo stare: non ho cambiato nulla.",
        "",
        "All right, never mind: nothing was changed.",
    ),
    "photo": ("Ricevuto, lo vedrà l'officina.", "", "Received, the shop will see it."),
    "photo_image": ("Foto ricevuta, la vedrà l'officina.", "", "Picture received, the shop will see it."),
    "file_lost": (
        "Il file non mi è arrivato.",
        "",
        "The file did not reach me.",
    ),
    "file_refused": (
        "Questo file non ho potuto tenerlo.",
        "",
        "I could not keep this file.",
    ),
    "photo_what": (
        "Mi scrive in due parole di che cosa ha bisogno?",
        "Mi scrivi in due parole di che cosa hai bisogno?",
        "Could you write in a few words what you need?",
    ),
    "voice": (
        "Mi scusi, non sono riuscito ad ascoltare il messaggio vocale. Me lo può scrivere?",
        "Scusami, non sono riuscito ad ascoltare il messaggio vocale. Me lo puoi scrivere?",
        "Sorry, I could not listen to the voice message. Could you write it?",
    ),
    "place": ("Posizione ricevuta, la vedrà l'officina.", "", "Location received, the shop will see it."),
    "contact": ("Contatto ricevuto, lo vedrà l'officina.", "", "Contact received, the shop will see it."),
    **BOOKING,
    # Moving and cancelling
    "none": (
        "Non vedo appuntamenti futuri a suo nome.",
        "Non vedo appuntamenti futuri a tuo nome.",
        "I see no coming appointments of yours.",
    ),
    "none_next": (
        "Vuole prenotarne uno, o parlare con una persona?",
        "Vuoi prenotarne uno, o parlare con una persona?",
        "Would you like to book one, or talk to a person?",
    ),
    "which_one": ("Quale appuntamento?", "", "Which appointment?"),
    "b_which": ("Appuntamenti", "", "Appointments"),
    "found": (
        "Il suo appuntamento: {what}, {when}.",
        "Il tuo appuntamento: {what}, {when}.",
        "{what}, {when}.",
    ),
    "found_held": (
        "Un posto della lista d'attesa, tenuto per lei fino alle {until}: {what}, {when}.",
        "Un posto della lista d'attesa, tenuto per te fino alle {until}: {what}, {when}.",
        "A place from the waiting list, held for you until {until}: {what}, {when}.",
    ),
    "want_held": ("Lo vuole?", "Lo vuoi?", "Would you like it?"),
    "take_held": ("Sì, lo prendo", "", "Yes, I take it"),
    "move_or_cancel": ("Lo sposto o lo annullo?", "", "Shall I move it or cancel it?"),
    "move": ("Sposta", "", "Move it"),
    "cancel": ("Annulla", "", "Cancel it"),
    "keep": ("Lascia com'è", "", "Keep it"),
    "ask_proof": (
        "Questo appuntamento non è stato preso da qui. Per sicurezza mi scrive la targa dell'auto?",
        "Questo appuntamento non è stato preso da qui. Per sicurezza mi scrivi la targa dell'auto?",
        "This appointment was not made here. To be safe, could you write the car's licence plate?",
    ),
    "bad_proof": (
        "La targa non corrisponde a questo appuntamento. Me la può riscrivere?",
        "La targa non corrisponde a questo appuntamento. Me la puoi riscrivere?",
        "The plate does not match this appointment. Could you write it again?",
    ),
    "move_to": (
        "Il suo appuntamento: {what}. Lo sposto da {old} a {new}?",
        "Il tuo appuntamento: {what}. Lo sposto da {old} a {new}?",
        "Your appointment: {what}. Shall I move it from {old} to {new}?",
    ),
    "moved": ("Spostato: {what}, {when}.", "", "Moved: {what}, {when}."),
    "move_requested": (
        "Spostamento richiesto: {what}, {when}. L'officina deve ancora confermare e le scriverà.",
        "Spostamento richiesto: {what}, {when}. L'officina deve ancora confermare e ti scriverà.",
        "Change requested: {what}, {when}. The shop still has to confirm and will let you know.",
    ),
    "stays_valid": (
        "L'appuntamento di prima resta valido.",
        "",
        "The appointment you have stays valid.",
    ),
    "kept": (
        "Va bene, resta {when}. La aspettiamo.",
        "Va bene, resta {when}. Ti aspettiamo.",
        "All right, it stays {when}.",
    ),
    "sure_cancel": (
        "{what}, {when}. Preferisce spostarlo o lo annullo?",
        "{what}, {when}. Preferisci spostarlo o lo annullo?",
        "{what}, {when}. Would you rather move it, or shall I cancel it?",
    ),
    "cancelled": ("Annullato: {what}, {when}.", "", "Cancelled: {what}, {when}."),
    "cancelled_next": (
        "Quando vuole prenotare di nuovo mi scriva qui.",
        "Quando vuoi prenotare di nuovo scrivimi qui.",
        "Write here whenever you would like to book again.",
    ),
    "too_late": (
        "Questo appuntamento non si può più cambiare da qui: se serve la faccio richiamare dall'officina.",
        "Questo appuntamento non si può più cambiare da qui: se serve ti faccio richiamare dall'officina.",
        "This appointment can no longer be changed here: the shop can call you back if you like.",
    ),
    "expected": (
        "Grazie. La aspettiamo {when}: {what}.",
        "Grazie. Ti aspettiamo {when}: {what}.",
        "Thank you. See you {when}: {what}.",
    ),
    "expected_pending": (
        "Grazie, l'ho annotato: {what}, {when}. L'officina deve ancora confermare e le scriverà.",
        "Grazie, l'ho annotato: {what}, {when}. L'officina deve ancora confermare e ti scriverà.",
        "Thank you, noted: {what}, {when}. The shop still has to confirm and will let you know.",
    ),
    "expected_moved": (
        "Questo appuntamento nel frattempo è stato spostato: {what}, {when}. Va bene così?",
        "",
        "This appointment has been moved meanwhile: {what}, {when}. Is that all right?",
    ),
    "expected_yes": ("Sì, va bene", "", "Yes, fine"),
    "was_cancelled": (
        "Questo appuntamento è stato annullato: {what}, {when}. Vuole prenotarne un altro?",
        "Questo appuntamento è stato annullato: {what}, {when}. Vuoi prenotarne un altro?",
        "This appointment was cancelled: {what}, {when}. Would you like to book another one?",
    ),
    "was_past": (
        "Questo appuntamento è già passato: {what}, {when}. Vuole prenotarne un altro?",
        "Questo appuntamento è già passato: {what}, {when}. Vuoi prenotarne un altro?",
        "This appointment is over: {what}, {when}. Would you like to book another one?",
    ),
    "tap_unknown": (
        "Questo messaggio non vale più.",
        "",
        "That message is no longer valid.",
    ),
    # A place that came free
    "offer_taken": (
        "Fatto: il posto è suo. {what}, {when}. La aspettiamo.",
        "Fatto: il posto è tuo. {what}, {when}. Ti aspettiamo.",
        "Done: the place is yours. {what}, {when}. See you then.",
    ),
    "offer_taken_pending": (
        "Grazie, l'ho annotato: {what}, {when}. L'officina deve ancora confermare e le scriverà.",
        "Grazie, l'ho annotato: {what}, {when}. L'officina deve ancora confermare e ti scriverà.",
        "Thank you, noted: {what}, {when}. The shop still has to confirm and will let you know.",
    ),
    "offer_declined": (
        "Va bene, lascio il posto ad altri. Lei resta in lista d'attesa: se se ne libera un altro le scrivo.",
        "Va bene, lascio il posto ad altri. Tu resti in lista d'attesa: se se ne libera un altro ti scrivo.",
        "All right, somebody else can have it. You stay on the waiting list: I will write if another comes free.",
    ),
    "offer_late": (
        "Mi dispiace, il tempo per rispondere è scaduto alle {until} e il posto non è più tenuto per lei. Resta in "
        "lista d'attesa.",
        "Mi dispiace, il tempo per rispondere è scaduto alle {until} e il posto non è più tenuto per te. Resti in "
        "lista d'attesa.",
        "I am sorry, the time to answer ran out at {until} and the place is no longer held for you. You stay on the "
        "waiting list.",
    ),
    "offer_gone": (
        "Mi dispiace, quel posto non è più disponibile.",
        "",
        "I am sorry, that place is no longer available.",
    ),
    "offer_instead": (
        "Intanto vuole fissare uno di questi orari?",
        "Intanto vuoi fissare uno di questi orari?",
        "Would you like one of these times meanwhile?",
    ),
    # Information
    "no_work": (
        "Non vedo lavori in corso a suo nome.",
        "Non vedo lavori in corso a tuo nome.",
        "I see no work in progress under your name.",
    ),
    "no_work_next": (
        "Se l'auto è da noi, la faccio richiamare dall'officina?",
        "Se l'auto è da noi, ti faccio richiamare dall'officina?",
        "If the car is here, shall the shop call you back?",
    ),
    "price_from": (
        "{service}: a partire da {price}. {takes}",
        "",
        "{service}: from {price}. {takes}",
    ),
    "takes": (
        "{service}: {takes}.",
        "",
        "{service}: {takes}.",
    ),
    "think": (
        "Certo, ci pensi con calma: per ora non prenoto nulla. Quando ha deciso mi scriva qui.",
        "Certo, pensaci con calma: per ora non prenoto nulla. Quando hai deciso scrivimi qui.",
        "Of course, take your time: nothing is booked for now. Write here when you have decided.",
    ),
    "price_none": (
        "Per {service} non c'è un prezzo fisso.",
        "",
        "There is no fixed price for {service}.",
    ),
    "price_unknown": (
        "Di questo lavoro non ho un prezzo indicato.",
        "",
        "I have no price for this work.",
    ),
    "ask_quote": (
        "Vuole che l'officina le prepari un preventivo?",
        "Vuoi che l'officina ti prepari un preventivo?",
        "Shall the shop prepare a quote for you?",
    ),
    "quote_done": ("Ho chiesto il preventivo.", "", "I have asked for the quote."),
    "prices": ("I prezzi, a partire da:", "", "Prices, from:"),
    "by_quote": ("su preventivo", "", "on request"),
    "price_which": (
        "Di quale lavoro vuole sapere di più o prenotare?",
        "Di quale lavoro vuoi sapere di più o prenotare?",
        "Which one would you like to book?",
    ),
    "book_it": ("Vuole prenotare?", "Vuoi prenotare?", "Would you like to book?"),
    "book_yes": ("Sì, prenoto", "", "Yes, book"),
    "open_on": ("{day} siamo aperti: {hours}.", "", "On {day} we are open {hours}."),
    "hours": ("Orari:", "", "Opening hours:"),
    "closed_soon": ("Chiusi: {days}.", "", "Closed: {days}."),
    "no_hours": ("Gli orari non sono indicati.", "", "The opening hours are not given."),
    "we_are_in": ("Siamo in {address}.", "", "We are at {address}."),
    "not_told": (
        "Su questo non ho indicazioni dall'officina.",
        "",
        "The shop has not told me about this.",
    ),
    "ask_shop": (
        "Vuole che la faccia richiamare?",
        "Vuoi che ti faccia richiamare?",
        "Shall somebody call you back?",
    ),
    "quote_yes": ("Sì, grazie", "", "Yes, please"),
    "call_yes": ("Sì, richiamatemi", "", "Yes, call me"),
    # People
    "told_shop": ("Ho avvisato l'officina.", "", "I have told the shop."),
    "callback": (
        "L'officina la richiama entro {when}.",
        "L'officina ti richiama entro {when}.",
        "The shop will get back to you by {when}.",
    ),
    "sorry_happened": (
        "Mi dispiace molto. Mi racconta in breve che cosa è successo? Lo passo subito a chi può rispondere.",
        "Mi dispiace molto. Mi racconti in breve che cosa è successo? Lo passo subito a chi può rispondere.",
        "I am very sorry. Could you tell me briefly what happened? I will pass it on at once.",
    ),
    "complaint_in": (
        "Mi dispiace, ho passato tutto al responsabile con priorità.",
        "",
        "I am sorry. I have passed this on with priority.",
    ),
    "ask_message": (
        "Grazie. Mi lasci in due frasi chi è, di che cosa si tratta e un recapito: lo passo all'officina.",
        "Grazie. Lasciami in due frasi chi sei, di che cosa si tratta e un recapito: lo passo all'officina.",
        "Thank you. In two sentences, please: who you are, what it is about and how to reach you. I will pass it on.",
    ),
    "message_in": (
        "Grazie, ho passato il messaggio all'officina: se serve si fanno vivi loro. Buona giornata.",
        "",
        "Thank you, I have passed on your message: the shop will be in touch if needed. Have a nice day.",
    ),
    "person_first": ("Certo.", "", "Of course."),
}

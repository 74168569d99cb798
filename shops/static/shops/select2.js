// Unfold's pages load select2 without its Italian texts, or twice, with the texts in the copy that is not used.
// This runs before the script that opens the lists: it was registered first.
document.addEventListener("DOMContentLoaded", () => {
    if (!document.documentElement.lang.startsWith("it")) return; // the library's own are English
    const select2 = window.django?.jQuery?.fn.select2;
    select2?.defaults.set("language", {
        errorLoading: () => "L'elenco non si può caricare.",
        inputTooLong: ({ input, maximum }) => `Caratteri di troppo: ${input.length - maximum}`,
        inputTooShort: ({ input, minimum }) => `Caratteri che mancano: ${minimum - input.length}`,
        loadingMore: () => "Carico altri risultati…",
        maximumSelected: ({ maximum }) => `Se ne possono scegliere al massimo ${maximum}`,
        noResults: () => "Nessun risultato",
        removeAllItems: () => "Togli tutto",
        removeItem: () => "Togli",
        search: () => "Cerca",
        searching: () => "Cerco…",
    });
});

/* A search of select2 is called what its label says; the library leaves the part that shows the choice without a name,
   and makes it at a time of its own. */
const nameSelects = () => {
    for (const shown of document.querySelectorAll(".op .select2-selection__rendered")) {
        const label = shown.closest(".op-field")?.querySelector("label");
        if (label && !shown.hasAttribute("aria-label")) shown.setAttribute("aria-label", label.textContent.trim());
    }
};
nameSelects();
new MutationObserver(nameSelects).observe(document.body, { childList: true, subtree: true });

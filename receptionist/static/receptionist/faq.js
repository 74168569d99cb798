// Rows of frequent questions: one more, one less.
document.addEventListener("DOMContentLoaded", () => {
    for (const place of document.querySelectorAll("[data-faq]")) {
        const more = place.querySelector("[data-faq-add]");
        const rows = () => [...place.querySelectorAll("[data-faq-row]")];
        const empty = (row) => [...row.querySelectorAll("input, textarea")].every((field) => !field.value);
        const model = rows().at(-1).cloneNode(true);
        let next = rows().length;

        const arm = (row) => {
            const remove = row.querySelector("[data-faq-remove]");
            remove.hidden = false;
            remove.addEventListener("click", () => { row.remove(); more.focus(); });
        };

        const add = () => {
            next += 1;
            const row = model.cloneNode(true);
            for (const each of row.querySelectorAll("[id]")) { each.id = each.id.replace(/\d+$/, next); each.value = ""; }
            for (const each of row.querySelectorAll("label")) { each.htmlFor = each.htmlFor.replace(/\d+$/, next); }
            row.querySelector("label").textContent = `${more.dataset.label} ${next}`;
            arm(row);
            more.parentElement.before(row);
            return row;
        };

        rows().filter(empty).slice(1).forEach((row) => row.remove());
        rows().forEach(arm);
        more.hidden = false;
        more.addEventListener("click", () => add().querySelector("input").focus());
    }
});

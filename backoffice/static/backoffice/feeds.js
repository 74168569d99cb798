/* Copies the new calendar's address; without this it can be selected and copied by hand. */
"use strict";
document.querySelectorAll("[data-copy-from]").forEach((button) => {
    const field = document.getElementById(button.dataset.copyFrom);
    button.hidden = false;
    field.addEventListener("focus", () => field.select());
    button.addEventListener("click", async () => {
        field.select();
        try {
            await navigator.clipboard.writeText(field.value);
        } catch {
            document.execCommand("copy"); // without https there is no clipboard
        }
        button.textContent = button.dataset.done;
    });
});

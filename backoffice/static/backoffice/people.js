// A long form is sent once: the button says so while the page is on its way.
"use strict";

document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.method !== "post" || !form.closest(".bo")) {
        return;
    }
    if (form.dataset.sent) {
        event.preventDefault();
        return;
    }
    form.dataset.sent = "1";
});

// Back from another page: the form may be sent again.
window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

/* Promemoria e messaggi: the previews follow what is typed. Without this the button under the form does it. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector("form[data-preview-url]");
    if (!form) return;
    form.querySelector("[data-without-script]").hidden = true;
    let waiting = 0;
    let asked = 0;

    async function show() {
        const mine = ++asked;
        const answer = await fetch(form.dataset.previewUrl, { method: "POST", body: new FormData(form) }).catch(() => null);
        if (!answer || !answer.ok || mine !== asked) return;
        for (const [kind, said] of Object.entries(await answer.json())) {
            const problem = form.querySelector(`[data-problem="${kind}"]`);
            problem.textContent = said.problem;
            form.querySelector(`[name="${kind}-text"]`).setAttribute("aria-invalid", said.problem ? "true" : "false");
            if (!said.problem) form.querySelector(`[data-preview="${kind}"]`).textContent = said.text;
        }
    }

    form.addEventListener("input", () => {
        clearTimeout(waiting);
        waiting = setTimeout(show, 250);
    });
});

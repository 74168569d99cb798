// What callers will hear first, while the greeting is being written.
document.addEventListener("DOMContentLoaded", () => {
    const shown = document.querySelector("[data-first-sentence]");
    if (!shown) { return; }
    const field = (name) => document.querySelector(`[name="${name}"]`);
    const names = ["greeting", "assistant_name", "formality", "recording_enabled"];
    let timer = 0;

    const ask = async () => {
        const wanted = new URLSearchParams();
        for (const name of names) {
            const input = field(name);
            if (input && (input.type !== "checkbox" || input.checked)) { wanted.set(name, input.value); }
        }
        try {
            const answer = await fetch(`${shown.dataset.url}?${wanted}`, { credentials: "same-origin" });
            if (answer.ok && !answer.redirected) { shown.textContent = `«${(await answer.json()).text}»`; }
        } catch { /* the saved sentence stays in view */ }
    };

    for (const name of names) {
        for (const event of ["input", "change"]) {
            field(name)?.addEventListener(event, () => { window.clearTimeout(timer); timer = window.setTimeout(ask, 300); });
        }
    }
});

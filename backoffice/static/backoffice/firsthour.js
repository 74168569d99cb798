// Looks again while a call or a message is waited for; the page changes only when there is news.
(() => {
    const place = document.querySelector("[data-steps]");
    const news = document.querySelector("[data-news]");
    let etag = "";

    const look = async () => {
        if (!place.querySelector("[data-waiting]")) { return; }
        try {
            const answer = await fetch(place.dataset.url, {
                headers: etag ? { "If-None-Match": etag } : {}, cache: "no-store", credentials: "same-origin",
            });
            if (answer.status === 200 && !answer.redirected) {
                const first = !etag;
                etag = answer.headers.get("ETag") ?? "";
                const before = place.querySelector("[data-done]").dataset.done;
                const fresh = document.createElement("div");
                fresh.innerHTML = await answer.text();
                const done = fresh.querySelector("[data-done]");
                if (done && (!first || done.dataset.done !== before)) {
                    place.replaceChildren(...fresh.childNodes);
                    if (done.dataset.done !== before) { news.textContent = news.dataset.text; }
                }
            }
        } catch { /* the network is away: the next look tells */ }
        window.setTimeout(look, 3000);
    };

    window.setTimeout(look, 3000);
})();

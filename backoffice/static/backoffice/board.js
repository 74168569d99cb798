// The board: taps without a new page, and what others do without being asked for.
"use strict";

(() => {
    const EVERY = 10000; // milliseconds between two looks
    const board = document.getElementById("board");
    const form = document.getElementById("board-form");
    const said = document.getElementById("board-said");
    let etag = "";
    let busy = false;
    let silence = 0;

    function say(text, refused) {
        said.textContent = text;
        said.classList.toggle("board-said--refused", Boolean(refused));
        clearTimeout(silence);
        silence = setTimeout(() => { said.textContent = ""; }, refused ? 12000 : 4000);
    }

    function hold(on) {
        busy = on;
        board.setAttribute("aria-busy", String(on));
        board.querySelectorAll("button").forEach((each) => { each.disabled = on; });
    }

    // What is open stays open, what had the focus keeps it.
    function show(html) {
        const open = [...board.querySelectorAll("details[open]")].map((each) => each.id);
        const focused = document.activeElement && document.activeElement.closest(".board-card");
        board.innerHTML = html;
        open.forEach((id) => { const found = document.getElementById(id); if (found) found.open = true; });
        if (focused) {
            const card = document.getElementById(focused.id);
            if (card) card.focus({ preventScroll: true });
        }
        const words = board.querySelector("template[data-said]");
        if (words) say(words.innerHTML === "" ? "" : words.content.textContent, "refused" in words.dataset);
    }

    async function take(answer) {
        if (answer.headers.get("X-Board") !== "1") {
            say(board.dataset.out, true);
            setTimeout(() => location.reload(), 1500);
            return;
        }
        etag = answer.headers.get("ETag") || "";
        show(await answer.text());
    }

    form.addEventListener("submit", async (event) => {
        event.preventDefault();
        if (busy || !event.submitter) return;
        const sent = new URLSearchParams(new FormData(form));
        sent.set(event.submitter.name, event.submitter.value);
        const more = event.submitter.closest(".board-more");
        hold(true);
        try {
            const answer = await fetch(form.action, {
                method: "POST", body: sent, headers: { "X-Requested-With": "fetch" }, credentials: "same-origin",
            });
            if (more) more.open = false;
            await take(answer);
            etag = ""; // the answer carries words; the next look fetches the cards alone
        } catch {
            say(board.dataset.away, true);
        } finally {
            hold(false);
        }
    });

    // Nobody's typing is taken away: while something is open the board waits.
    const inUse = () => board.querySelector(".board-more[open]") !== null;

    async function look() {
        if (busy || document.hidden || inUse()) return;
        try {
            const headers = etag ? { "If-None-Match": etag } : {};
            const answer = await fetch(board.dataset.url, { headers, cache: "no-store", credentials: "same-origin" });
            if (answer.status === 304 || busy || inUse()) return;
            await take(answer);
        } catch {
            // The next look may find the network again; a tap says when it does not.
        }
    }

    setInterval(look, EVERY);
    document.addEventListener("visibilitychange", look);
    // A list that lies open between two looks: "pageshow" after the phone slept.
    addEventListener("pageshow", (event) => { if (event.persisted) look(); });
})();

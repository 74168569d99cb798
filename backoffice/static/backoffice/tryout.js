// Prova: sends what is written, polls for the answer, and opens the drawer beside another page.
(() => {
    const EVERY = 700;
    const SLOWLY = 3000;

    const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((each) => each.toString(16).padStart(2, "0")).join("");

    // What the server renders is put into the parts it is for; what is the same is not touched.
    function put(root, html) {
        const found = document.createElement("template");
        found.innerHTML = html;
        for (const part of found.content.querySelectorAll("[data-to]")) {
            const place = root.querySelector(`[data-part="${part.dataset.to}"]`);
            if (!place) continue;
            if (part.dataset.to === "log") root.dataset.waiting = part.dataset.waiting;
            const html = part.innerHTML.trim();
            if (place.dataset.last === html) continue;
            const open = part.dataset.to === "works" ? [...place.querySelectorAll("article")].map((each) => Boolean(each.querySelector("details[open]"))).reverse() : [];
            place.dataset.last = html;
            place.innerHTML = html;
            [...place.querySelectorAll("article")].reverse().forEach((each, at) => { if (open[at]) each.querySelector("details").open = true; });
            if (part.dataset.to === "log") place.scrollTop = place.scrollHeight;
        }
        const waiting = root.dataset.waiting === "yes";
        root.querySelector("[data-try-send]").disabled = waiting;
    }

    const problem = (root, text) => { root.querySelector('[data-part="problem"]').textContent = text; };

    function begin(root) {
        const form = root.querySelector("[data-try-form]");
        const box = form.querySelector("textarea");
        const parts = root.querySelector("[data-try-parts]");
        put(root, parts.innerHTML);
        parts.remove();
        let timer = 0;
        let sending = false;

        const again = (after) => {
            clearTimeout(timer);
            if (root.dataset.waiting === "yes" && root.isConnected) timer = setTimeout(poll, after);
        };

        async function poll() {
            try {
                const answer = await fetch(root.dataset.state, { headers: { "X-Requested-With": "fetch" }, redirect: "error" });
                if (!answer.ok) throw new Error(String(answer.status));
                put(root, await answer.text());
                if (root.querySelector('[data-part="problem"]').textContent === root.dataset.away) problem(root, "");
                again(EVERY);
            } catch {
                problem(root, root.dataset.away);
                again(SLOWLY);
            }
        }

        async function send(target, data, done) {
            if (sending) return;
            sending = true;
            try {
                const answer = await fetch(target.action, { method: "POST", body: data, headers: { "X-Requested-With": "fetch" }, redirect: "error" });
                if (!answer.ok) throw new Error(String(answer.status));
                const html = await answer.text();
                problem(root, "");
                delete root.querySelector('[data-part="problem"]').dataset.last;
                put(root, html);
                if (!root.querySelector('[data-part="problem"]').textContent) done();
                again(EVERY);
            } catch {
                problem(root, root.dataset.away); // the same key goes with the next try, so nothing is said twice
            } finally {
                sending = false;
            }
        }

        form.addEventListener("submit", (event) => {
            event.preventDefault();
            const pressed = event.submitter?.name ? event.submitter : null;
            if (root.dataset.waiting === "yes" || (!pressed && !box.value.trim())) return;
            const data = new FormData(form);
            if (pressed) {
                data.delete("text");
                data.set(pressed.name, pressed.value);
            }
            send(form, data, () => {
                form.elements.key.value = newKey();
                if (!pressed) box.value = "";
                box.focus({ preventScroll: true });
            });
        });
        box.addEventListener("keydown", (event) => {
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            form.requestSubmit();
        });
        for (const other of root.querySelectorAll("[data-try-restart]")) {
            other.addEventListener("submit", (event) => {
                event.preventDefault();
                const data = new FormData(other);
                if (event.submitter) data.set("customer", event.submitter.value);
                send(other, data, () => {
                    root.querySelector(".try-as").open = false;
                    form.elements.key.value = newKey();
                    box.focus({ preventScroll: true });
                });
            });
        }
        search(root);
        again(EVERY);
    }

    function search(root) {
        const box = root.querySelector("[data-try-search]");
        if (!box) return;
        const form = box.form;
        const found = root.querySelector("[data-try-found]");
        let timer = 0;
        let asked = 0;
        const look = async () => {
            const mine = ++asked;
            const answer = await fetch(`${form.dataset.search}?q=${encodeURIComponent(box.value)}`, { redirect: "error" }).catch(() => null);
            if (answer?.ok && mine === asked) found.innerHTML = await answer.text();
        };
        box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, 250); });
        box.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); look(); } });
    }

    // The drawer: made once, outside of any form of the page, and not in its way.
    function drawer(button) {
        const made = document.querySelector("[data-try-drawer]").content.querySelector(".try-drawer").cloneNode(true);
        made.hidden = true;
        document.body.append(made);
        const inside = made.querySelector("[data-try-inside]");
        const show = (open) => {
            made.hidden = !open;
            button.setAttribute("aria-expanded", String(open));
            document.documentElement.classList.toggle("try-aside", open);
            // After the settings were saved the page comes anew: the drawer is where it was.
            sessionStorage.setItem("try-aside", open ? location.pathname : "");
        };
        const close = () => {
            show(false);
            button.focus();
        };
        made.querySelector("[data-try-close]").addEventListener("click", close);
        made.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
        return async (focused = true) => {
            show(true);
            if (!inside.firstElementChild) {
                const answer = await fetch(made.dataset.url, { redirect: "error" }).catch(() => null);
                if (!answer?.ok) {
                    inside.textContent = made.dataset.problem;
                    return;
                }
                inside.innerHTML = await answer.text();
                begin(inside.querySelector("[data-try]"));
            }
            if (focused) made.querySelector("textarea")?.focus();
        };
    }

    function start() {
        for (const root of document.querySelectorAll("[data-try]")) begin(root);
        const button = document.querySelector("[data-try-open]");
        if (!button) return;
        const open = drawer(button);
        button.addEventListener("click", () => open());
        const wide = matchMedia("(min-width: 64rem)").matches; // elsewhere it would hide what was saved
        if (wide && sessionStorage.getItem("try-aside") === location.pathname) open(false);
    }

    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
    else start();
})();

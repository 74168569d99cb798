// Conversazioni: asks for what is new without holding a thread, and puts it in place without disturbing what is read,
// heard or written. Without this script the page works by links and forms.

const root = document.querySelector("[data-inbox]");
const EVERY = { chat: 3000, list: 6000 };
const LONGEST = 60000;
const NEAR_END = 80; // pixels

const live = root.querySelector("[data-live]");
const told = root.querySelector("[data-told]");
let stopped = false;

function parsed(html) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    return holder.content;
}

function tell(text, bad = false) {
    live.textContent = text;
    if (told) {
        told.textContent = text;
        told.hidden = !bad || !text;
    }
}

/** Asks an address again and again while the page is looked at: 304 costs nothing, trouble slows it down. */
function poll(address, every, take) {
    let etag = "", wait = every, timer = 0, running = null;
    async function once() {
        if (stopped || document.hidden) return;
        try {
            const answer = await fetch(address(), { headers: etag ? { "If-None-Match": etag } : {}, cache: "no-store" });
            if (answer.redirected || answer.status === 403) {
                stopped = true;
                tell(root.dataset.expired, true);
                return;
            }
            if (answer.status === 200) {
                take(parsed(await answer.text()));
                etag = answer.headers.get("ETag") || "";
            }
            if (!answer.ok && answer.status !== 304) throw new Error(String(answer.status));
            if (wait !== every) tell("");
            wait = every;
        } catch (error) {
            if (error instanceof TypeError || error instanceof Error) {
                wait = Math.min(wait * 2, LONGEST);
                if (wait > every * 2) tell(root.dataset.away, true);
            }
        }
    }
    function now() {
        clearTimeout(timer);
        running ||= once().finally(() => {
            running = null;
            clearTimeout(timer);
            timer = setTimeout(now, wait);
        });
        return running;
    }
    timer = setTimeout(now, every);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) now(); });
    return now;
}

// --- the list ---------------------------------------------------------------------------------------------------

function startList() {
    const list = root.querySelector("[data-list]");
    const filters = root.querySelector("[data-filters]");
    const key = `inbox-list:${list.dataset.url}`;
    const current = list.querySelector("[aria-current]")?.closest("li").dataset.id;
    list.scrollTop = Number(sessionStorage.getItem(key) || 0);
    list.addEventListener("scroll", () => sessionStorage.setItem(key, String(Math.round(list.scrollTop))), { passive: true });

    filters.classList.add("ib-filters--live");
    filters.addEventListener("change", () => filters.requestSubmit());

    function merge(fresh) {
        const rows = list.querySelector("[data-rows]");
        const incoming = [...fresh.querySelectorAll("[data-rows] > li")];
        const oldest = Math.min(...incoming.map((each) => Number(each.dataset.at)));
        const all = !fresh.querySelector("[data-more]");
        const ids = new Set(incoming.map((each) => each.dataset.id));
        const focused = document.activeElement?.closest?.("[data-rows] > li")?.dataset.id;
        // What stood in this stretch and is not there any more has gone; what is further down stays.
        for (const row of [...rows.children]) {
            const inside = all || Number(row.dataset.at) >= oldest;
            if (ids.has(row.dataset.id) ? false : inside || row.dataset.id === "none") row.remove();
        }
        let place = null;
        for (const row of incoming) {
            if (row.dataset.id === current) row.querySelector("a").setAttribute("aria-current", "page");
            const known = rows.querySelector(`:scope > [data-id="${CSS.escape(row.dataset.id)}"]`);
            if (known?.isEqualNode(row) && known.previousElementSibling === place) {
                place = known;
                continue;
            }
            known?.remove();
            if (place) place.after(row);
            else rows.prepend(row);
            place = row;
        }
        if (focused) rows.querySelector(`[data-id="${CSS.escape(focused)}"] a`)?.focus({ preventScroll: true });
    }

    list.addEventListener("click", async (event) => {
        const more = event.target.closest("[data-more]");
        if (!more || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        const address = new URL(list.dataset.url, location.href);
        address.searchParams.set("after", more.dataset.more);
        const answer = await fetch(address);
        if (!answer.ok || answer.redirected) return;
        const fresh = parsed(await answer.text());
        const first = fresh.querySelector("[data-rows] > li a");
        list.querySelector("[data-rows]").append(...fresh.querySelectorAll("[data-rows] > li"));
        more.closest("p").replaceWith(...fresh.querySelectorAll("p.ib-more"));
        first?.focus({ preventScroll: true });
    });
    return poll(() => list.dataset.url, EVERY.list, merge);
}

// --- the words --------------------------------------------------------------------------------------------------

function startChat(refreshList) {
    const chat = root.querySelector("[data-chat]");
    if (!chat) return;
    const scroll = chat.querySelector("[data-scroll]");
    const lines = chat.querySelector("[data-lines]");
    const down = root.querySelector("[data-down]");
    const write = root.querySelector("[data-write]");
    const templates = root.querySelector("[data-templates]");
    const find = (id) => lines.querySelector(`:scope > [data-id="${CSS.escape(id)}"]`);
    const atEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END;
    const toEnd = () => { scroll.scrollTop = scroll.scrollHeight; down.hidden = true; note(); };
    let follows = true, top = 0, height = 0, room = 0;
    function note() {
        top = scroll.scrollTop;
        height = scroll.scrollHeight;
        room = scroll.clientHeight;
    }

    if (location.hash.startsWith("#r-")) document.getElementById(location.hash.slice(1))?.scrollIntoView();
    else toEnd();
    scroll.addEventListener("scroll", () => {
        // Only who scrolls up leaves the end. What grows below it does not, nor the browser when the words take
        // another height: it brings the box back to a shorter end, and tells it after they have grown again.
        const moved = scroll.scrollHeight !== height || scroll.clientHeight !== room;
        follows = atEnd() || (follows && (moved || scroll.scrollTop >= top));
        note();
        if (follows) down.hidden = true;
    }, { passive: true });
    // Pictures and letters that arrive late do not push the end away.
    scroll.addEventListener("load", () => { if (follows) toEnd(); }, true);
    const grown = new ResizeObserver(() => { if (follows) toEnd(); });
    grown.observe(scroll);
    grown.observe(lines);
    down.addEventListener("click", toEnd);

    /** Whether somebody is listening to it. */
    const busy = (line) => [...line.querySelectorAll("audio, video")].some((each) => !each.paused || (each.currentTime > 0 && !each.ended));

    function put(fresh) {
        const incoming = [...fresh.querySelectorAll("[data-lines] > li")];
        const unknown = incoming.length && !incoming.some((each) => !each.classList.contains("ib-day") && find(each.dataset.id));
        if (unknown) lines.replaceChildren();  // more was said than was asked for: begin with what there is
        lines.querySelector(':scope > [data-id="nothing"]')?.remove();
        const added = [];
        let place = null;
        for (const line of incoming) {
            const known = find(line.dataset.id);
            if (known) {
                if (!known.isEqualNode(line) && !busy(known)) known.replaceWith(line);
                place = find(line.dataset.id);
                continue;
            }
            if (place) place.after(line);
            else if (lines.firstElementChild && !line.classList.contains("ib-day")) continue;
            else lines.append(line);
            place = line;
            if (line.dataset.role && !unknown) added.push(line);
        }
        return added;
    }

    function part(fresh, name) {
        const old = chat.querySelector(`[data-part="${name}"]`);
        const now = fresh.querySelector(`[data-part="${name}"]`);
        if (!old || !now) return;
        const focused = old.contains(document.activeElement) ? document.activeElement.value : "";
        for (const each of old.querySelectorAll("details[data-keep]:not([open])")) {
            now.querySelector(`[data-keep="${each.dataset.keep}"]`)?.removeAttribute("open");
        }
        if (old.isEqualNode(now)) return;
        old.replaceWith(now);
        if (focused) now.querySelector(`[value="${CSS.escape(focused)}"]`)?.focus();
    }

    function setMode() {
        const state = chat.querySelector('[data-part="window"]');
        if (!write) return;
        if (state.dataset.mode === "template" && templates.hidden && !templates.querySelector("form")) location.reload();
        templates.hidden = state.dataset.mode !== "template";
        write.hidden = state.dataset.mode !== "free" || Boolean(state.dataset.over);
    }

    function merge(fresh) {
        const followed = follows;
        const added = put(fresh);
        part(fresh, "head");
        part(fresh, "window");
        setMode();
        if (followed) toEnd();
        else if (added.length) down.hidden = false;
        const theirs = added.filter((each) => each.dataset.role === "customer").at(-1);
        if (theirs) {
            const words = theirs.querySelector("p")?.textContent ?? "";
            tell(`${root.dataset.new.replace("%(who)s", theirs.dataset.who)}: ${words}`);
        }
        beside();
    }

    chat.addEventListener("click", async (event) => {
        const link = event.target.closest("[data-earlier] a");
        if (!link) return;
        event.preventDefault();
        const first = lines.querySelector(":scope > [data-role]");
        const answer = await fetch(`${chat.dataset.url}?before=${first.dataset.id}`);
        if (!answer.ok || answer.redirected) return;
        const fresh = parsed(await answer.text());
        const older = [...fresh.querySelectorAll("[data-lines] > li[data-role], [data-lines] > li.ib-day")];
        for (const day of older.filter((each) => each.classList.contains("ib-day"))) find(day.dataset.id)?.remove();
        const below = scroll.scrollHeight - scroll.scrollTop;
        lines.prepend(...older);
        scroll.scrollTop = scroll.scrollHeight - below;
        chat.querySelector("[data-earlier]").hidden = fresh.querySelector("[data-lines]").dataset.more !== "1";
        scroll.focus({ preventScroll: true });
    });

    const refresh = poll(() => `${chat.dataset.url}?last=1`, EVERY.chat, merge);
    startWriting(write, templates, async () => {
        follows = true;
        await refresh();
        await refresh();
        refreshList();
    });
}

// --- beside -----------------------------------------------------------------------------------------------------

let besideTimer = 0;

/** The side is asked for a moment after something changed. */
function beside() {
    const side = root.querySelector("[data-side]");
    clearTimeout(besideTimer);
    besideTimer = setTimeout(async () => {
        const answer = await fetch(side.dataset.url).catch(() => null);
        if (!answer?.ok || answer.redirected) return;
        const old = side.querySelector('[data-part="side"]');
        const now = parsed(await answer.text()).querySelector('[data-part="side"]');
        if (!now || old.isEqualNode(now)) return;
        if ([...old.querySelectorAll("audio, video")].some((each) => !each.paused || each.currentTime > 0)) return;
        const opened = [...old.querySelectorAll("details")].map((each) => each.open);
        const top = side.scrollTop;
        old.replaceWith(now);
        now.querySelectorAll("details").forEach((each, number) => { each.open = opened[number] ?? false; });
        side.scrollTop = top;
    }, 800);
}

// --- what the person writes and presses -------------------------------------------------------------------------

function startWriting(write, templates, changed) {
    const text = write?.querySelector("textarea");
    const key = write && `inbox-draft:${write.dataset.draft}`;
    if (text) {
        text.value ||= sessionStorage.getItem(key) || "";
        text.addEventListener("input", () => sessionStorage.setItem(key, text.value));
        text.addEventListener("keydown", (event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
                event.preventDefault();
                write.requestSubmit();
            }
        });
    }
    for (const form of templates?.querySelectorAll("[data-template]") ?? []) {
        const shown = form.querySelector("[data-preview]");
        const show = () => {
            shown.textContent = shown.dataset.body.replace(/\{\{(\d+)\}\}/g, (_all, number) =>
                form.querySelector(`[data-place="${number}"]`)?.value.trim() || "…");
        };
        form.addEventListener("input", show);
        show();
    }
    root.addEventListener("submit", async (event) => {
        const form = event.target.closest("[data-act]");
        if (!form) return;
        event.preventDefault();
        if (form.dataset.sending) return;
        form.dataset.sending = "1";
        const data = new FormData(form, event.submitter);
        const sent = form === write ? text.value : "";
        try {
            const answer = await fetch(form.action, { method: "POST", body: data, headers: { Accept: "application/json" } });
            if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
            const said = await answer.json();
            tell(said.text, !said.ok);
            if (said.ok) done(form, said, sent);
            if (said.ok && said.address !== new URL(form.action.replace(/azione\/$/, "")).pathname) location.assign(said.address);
            else await changed();
        } catch {
            tell(root.dataset.failed, true);
        } finally {
            delete form.dataset.sending;
        }
    });

    function done(form, said, sent) {
        const token = form.querySelector('[name="token"]');
        if (token) token.value = said.token;
        if (form === write) {
            // What was typed while it was on its way is the next message.
            text.value = text.value === sent ? "" : text.value.startsWith(sent) ? text.value.slice(sent.length).trimStart() : text.value;
            if (text.value) sessionStorage.setItem(key, text.value);
            else sessionStorage.removeItem(key);
        }
    }
}

// --- a telephone shows one part at a time -----------------------------------------------------------------------

function startTabs() {
    const buttons = [...root.querySelectorAll("[data-show]")];
    const show = (view) => {
        root.dataset.view = view;
        for (const each of buttons) each.setAttribute("aria-pressed", String(each.dataset.show === view));
    };
    for (const button of buttons) button.addEventListener("click", () => show(button.dataset.show));
    root.querySelector("[data-side]")?.addEventListener("click", (event) => {
        if (event.target.closest('a[href^="#r-"]')) show("chat");
    });
}

startTabs();
startChat(startList());

/* The dialog of the calendar: a form that the server draws, sent without leaving the page. */

const HTML = "text/html";

class DialogBox {
    /** `done(message)` is called when something was carried out, `closed(id)` when the dialog went away. */
    constructor(dialog, { texts, customers, done, closed }) {
        Object.assign(this, { dialog, texts, customers, done, closed });
        this.asked = 0;
        dialog.addEventListener("submit", (event) => this.submit(event));
        dialog.addEventListener("click", (event) => this.click(event));
        dialog.addEventListener("input", (event) => this.input(event));
        dialog.addEventListener("change", (event) => this.change(event));
        dialog.addEventListener("close", () => {
            dialog.replaceChildren();
            closed(this.id);
        });
    }

    /** Show the form at this address; `id`: the appointment, if it is one that is there. */
    async open(url, id = "") {
        this.id = id;
        const wait = document.createElement("p");
        wait.id = "cal-dialog-title";
        wait.textContent = this.texts.loading;
        this.dialog.replaceChildren(wait);
        if (!this.dialog.open) this.dialog.showModal();
        try {
            this.show(await fetch(url, { credentials: "same-origin", headers: { Accept: HTML } }));
        } catch {
            this.fail(this.texts.failed);
        }
    }

    async show(answer) {
        if (answer.redirected) return this.fail(this.texts.loggedOut);
        const text = await answer.text();
        if (![200, 409, 422].includes(answer.status)) return this.fail(this.texts.failed);
        // The server's own template, which escapes whatever people wrote.
        this.dialog.innerHTML = text;
        this.tie();
        this.usualMinutes();
        const first = this.dialog.querySelector("[aria-invalid=true]") || this.dialog.querySelector("[role=alert]");
        if (first) first.scrollIntoView({ block: "nearest" });
        const target = this.dialog.querySelector("[aria-invalid=true]") || this.dialog.querySelector("[data-search]:not([hidden]) #cal-search");
        (target || this.dialog.querySelector("[data-close]")).focus();
    }

    fail(text) {
        const note = document.createElement("p");
        note.className = "bo-note bo-note--bad";
        note.id = "cal-dialog-title";
        note.setAttribute("role", "alert");
        note.textContent = text;
        const close = document.createElement("button");
        Object.assign(close, { type: "button", className: "bo-button", textContent: this.texts.buttons.close });
        close.dataset.close = "";
        this.dialog.replaceChildren(note, close);
        close.focus();
    }

    /** Errors and hints belong to their fields, also for who only hears them. */
    tie() {
        for (const error of this.dialog.querySelectorAll(".bo-error")) {
            const field = this.dialog.querySelector(`#${CSS.escape(error.id.replace(/_error$/, ""))}`);
            field?.setAttribute("aria-invalid", "true");
            field?.setAttribute("aria-describedby", error.id);
        }
    }

    async submit(event) {
        event.preventDefault();
        const form = event.target;
        const body = new FormData(form, event.submitter);
        for (const button of form.querySelectorAll("button:not([data-close])")) button.disabled = true;
        try {
            const answer = await fetch(form.action, { method: "POST", body, credentials: "same-origin" });
            if (answer.ok && answer.headers.get("content-type")?.includes("json")) {
                const { message } = await answer.json();
                this.dialog.close();
                this.done(message);
            } else await this.show(answer);
        } catch {
            for (const button of form.querySelectorAll("button")) button.disabled = false;
            this.tell(form, this.texts.failed);
        }
    }

    /** What was typed stays: only a sentence is put above it. */
    tell(form, text) {
        let note = form.querySelector("[data-told]");
        if (!note) {
            note = document.createElement("div");
            note.className = "bo-note bo-note--bad";
            note.dataset.told = "";
            note.setAttribute("role", "alert");
            form.prepend(note);
        }
        note.textContent = text;
    }

    click(event) {
        if (event.target === this.dialog || event.target.closest("[data-close]")) this.dialog.close();
        if (event.target.closest("[data-forget]")) this.choose(null);
    }

    input(event) {
        if (event.target.id !== "cal-search") return;
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.search(event.target.value), 250);
    }

    change(event) {
        if (event.target.name === "service") this.usualMinutes();
        if (event.target.id === "cal-car") this.dialog.querySelector("[name=vehicle]").value = event.target.value;
    }

    /** How long the chosen service usually takes, in the field that may stay empty. */
    usualMinutes() {
        const known = this.dialog.querySelector("#cal-durations");
        if (!known) return;
        const minutes = JSON.parse(known.textContent)[this.dialog.querySelector("[name=service]").value];
        this.dialog.querySelector("[name=minutes]").placeholder = minutes || "";
    }

    async search(text) {
        const asked = ++this.asked;
        let found = [];
        if (text.trim().length > 1) {
            try {
                const answer = await fetch(`${this.customers}?${new URLSearchParams({ q: text })}`, { credentials: "same-origin" });
                found = (await answer.json()).customers;
            } catch {
                return;
            }
        }
        const list = this.dialog.querySelector("[data-results]");
        if (asked !== this.asked || !list) return;
        list.replaceChildren(...found.map((customer) => this.result(customer)));
        const words = this.texts.found;
        const sentence = found.length === 1 ? words.one : found.length ? words.many : words.none;
        this.dialog.querySelector("#cal-found").textContent = text.trim().length > 1 ? sentence.replace("{count}", found.length) : "";
    }

    result(customer) {
        const item = document.createElement("li");
        const button = document.createElement("button");
        const cars = customer.cars.map((car) => car.label).join(", ");
        Object.assign(button, { type: "button", className: "bo-button cal-result" });
        const name = document.createElement("b");
        name.textContent = customer.name;
        button.append(name, document.createTextNode([customer.phone, cars].filter(Boolean).map((part) => ` · ${part}`).join("")));
        button.addEventListener("click", () => this.choose(customer));
        item.append(button);
        return item;
    }

    choose(customer) {
        const part = (name) => this.dialog.querySelector(`[data-${name}]`);
        part("known").hidden = !customer;
        part("search").hidden = Boolean(customer);
        this.dialog.querySelector("[name=customer]").value = customer?.id || "";
        const cars = this.dialog.querySelector("#cal-car");
        cars.replaceChildren(new Option(this.texts.noCar, ""), ...(customer?.cars || []).map((car) => new Option(car.label, car.id)));
        if (customer?.cars.length) cars.selectedIndex = 1;
        this.dialog.querySelector("[name=vehicle]").value = cars.value;
        part("known-name").textContent = customer?.name || "";
        part("known-phone").textContent = customer?.phone || "";
        (customer ? cars : this.dialog.querySelector("#cal-search")).focus();
    }
}

// Not an export: the names of files carry a fingerprint in production, which an import would not know.
globalThis.arosCalendar = { DialogBox };

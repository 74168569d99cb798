/* Calendario: draws what the server says with EventCalendar, and sends it what people do.

   All times are the shop's wall times, as text without a zone ("2026-11-23T09:00"): the browser's own zone plays no
   part. EventCalendar gets the shop's offset only to know where "now" is. */

const { DialogBox } = globalThis.arosCalendar; // calendar-dialog.js
const setup = JSON.parse(document.getElementById("cal-setup").textContent);
const { texts } = setup;
const POLL_SECONDS = 30;
const SAID_SECONDS = 10;
const SNAP = "00:15:00";
const STATUS = Object.fromEntries(setup.statuses.map((status) => [status.value, status]));
const grid = document.getElementById("cal-grid");
const said = document.getElementById("cal-said");
const refused = document.getElementById("cal-refused");
const bayFilter = document.getElementById("cal-bay");
const serviceFilter = document.getElementById("cal-service");
const statusFilters = [...document.querySelectorAll(".cal-legend input")];
const address = new URLSearchParams(location.search);

let days = { key: "", etag: "", data: { bays: setup.bays, appointments: [], closed: [] } };
let fresh = false; // what `days` holds was just fetched: draw it without asking again
let focused = ""; // the appointment that the keyboard is on: drawn anew it must not be lost
let busy = false; // somebody drags: redrawing would take it out of their hand
let calendar;

// --- small things --------------------------------------------------------------------------------------------------
const node = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
};
const urlOf = (name, id) => setup.urls[name].replace(setup.urls.placeholder, id);
/** The wall time so many seconds later; counted in UTC, where no hour is skipped. */
const later = (wall, seconds) => new Date(Date.parse(`${wall.slice(0, 16)}:00Z`) + seconds * 1000).toISOString().slice(0, 16);
// Up to so many seconds an event of the day is one line high.
const SHORT = 35 * 60;
const secondsOf = (duration) => duration.days * 86400 + duration.seconds;
const isoDay = (date) => [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
const viewName = (type) => Object.keys(setup.views).find((name) => setup.views[name] === type);

function say(text) {
    clearTimeout(said.going);
    said.textContent = text;
    said.hidden = !text;
    if (!text) return;
    refused.hidden = true;
    said.going = setTimeout(() => (said.hidden = true), SAID_SECONDS * 1000);
}

/** Stays until it is closed, or something else is done. `buttons`: pairs of a label and what pressing it does. */
function refuse(text, buttons = []) {
    const row = node("div", "bo-row");
    for (const [label, press] of [...buttons, [texts.buttons.close, () => (refused.hidden = true)]]) {
        const button = node("button", "bo-button", label);
        button.type = "button";
        button.addEventListener("click", press);
        row.append(button);
    }
    refused.replaceChildren(node("span", "", text), row);
    refused.hidden = false;
    said.hidden = true;
}

// --- what the server knows -----------------------------------------------------------------------------------------
async function ask(from, to) {
    const key = `${from}/${to}`;
    const headers = { Accept: "application/json", ...(key === days.key && days.etag ? { "If-None-Match": days.etag } : {}) };
    const url = `${setup.urls.data}?${new URLSearchParams({ from, to })}`;
    const answer = await fetch(url, { headers, cache: "no-store", credentials: "same-origin" });
    if (answer.status === 304) return false;
    if (answer.redirected || !answer.headers.get("content-type")?.includes("json")) throw new Error(texts.loggedOut);
    const data = await answer.json();
    if (!answer.ok) throw new Error(data.message || texts.failed);
    days = { key, etag: answer.headers.get("ETag") || "", data };
    return true;
}

function trouble(error) {
    refuse(error instanceof TypeError ? texts.offline : error.message || texts.offline);
    refused.dataset.trouble = "1";
}

function noTrouble() {
    if (refused.dataset.trouble) refused.hidden = true;
    delete refused.dataset.trouble;
}

/** EventCalendar asks for the days it shows. */
async function fetchDays(info) {
    const from = info.startStr.slice(0, 10);
    const midnight = info.endStr.slice(11, 16) === "00:00";
    const to = midnight ? info.endStr.slice(0, 10) : later(info.endStr, 86400).slice(0, 10);
    try {
        if (!(fresh && days.key === `${from}/${to}`)) await ask(from, to);
        fresh = false;
        noTrouble();
    } catch (error) {
        trouble(error);
    }
    queueMicrotask(showBays);
    return drawn(days.data);
}

/** Ask whether anything changed; redraw only then. */
async function poll() {
    if (busy || document.hidden || !days.key) return;
    try {
        const changed = await ask(...days.key.split("/"));
        noTrouble();
        if (changed && !busy) redraw();
    } catch (error) {
        trouble(error);
    }
}

function redraw() {
    focused = document.activeElement?.dataset?.appointment || focused;
    fresh = true;
    calendar.refetchEvents();
}

async function reload() {
    try {
        await ask(...days.key.split("/"));
    } catch (error) {
        trouble(error);
    }
    redraw();
}

// --- what is drawn -------------------------------------------------------------------------------------------------
const shownBays = () => days.data.bays.filter((bay) => !bayFilter.value || String(bay.id) === bayFilter.value);

function drawn(data) {
    const statuses = new Set(statusFilters.filter((box) => box.checked).map((box) => box.value));
    const events = data.appointments
        .filter((one) => statuses.has(one.status))
        .filter((one) => !bayFilter.value || String(one.bay) === bayFilter.value)
        .filter((one) => !serviceFilter.value || one.service_id === serviceFilter.value)
        .map(asEvent);
    return [...events, ...data.closed.map(asShade)];
}

function asEvent(one) {
    const editable = setup.mayChange && one.movable;
    return {
        id: one.id,
        start: one.start,
        end: one.end,
        resourceIds: [String(one.bay)],
        title: one.customer,
        startEditable: editable,
        durationEditable: editable,
        classNames: ["cal-event", `cal-event--${one.status}`, ...(one.end <= later(one.start, SHORT) ? ["cal-event--short"] : [])],
        extendedProps: one,
    };
}

function asShade(shade, number) {
    const bays = shade.bay === null ? days.data.bays.map((bay) => String(bay.id)) : [String(shade.bay)];
    return {
        id: `shade-${number}`,
        display: "background",
        start: shade.start,
        end: shade.end,
        allDay: shade.whole_day,
        resourceIds: bays,
        classNames: ["cal-shade", ...(shade.bay === null ? [] : ["cal-shade--bay"])],
        extendedProps: { reason: shade.reason },
    };
}

function content({ event, timeText, view }) {
    if (event.display === "background") return { domNodes: [node("span", "cal-reason", event.extendedProps.reason)] };
    const one = event.extendedProps;
    if (!one.status) return undefined; // what is being dragged open on a free place
    const status = STATUS[one.status];
    const head = node("span", "cal-head");
    const mark = node("span", "cal-mark", status.mark);
    mark.setAttribute("aria-hidden", "true");
    head.append(mark, node("span", "cal-time", hasRoom(view.type) ? timeText : timeText.split(/[–-]/)[0].trim()));
    const lines = [head, node("b", "cal-who", one.customer)];
    const work = node("span", "cal-what", [one.service, one.car, one.plate].filter(Boolean).join(" · "));
    const extra = [one.arrived ? texts.arrived : "", one.stays ? texts.stays : ""].filter(Boolean).join(", ");
    const bay = days.data.bays.find((each) => each.id === one.bay)?.name || "";
    lines.push(work, node("span", view.type === "listWeek" ? "cal-more" : "bo-hidden", [bay, status.label, extra].filter(Boolean).join(", ")));
    return { domNodes: lines };
}

/** Whether an event is wide enough for both its times. */
const hasRoom = (view) => view === "listWeek" || (view === "resourceTimeGridDay" && grid.clientWidth / (shownBays().length || 1) > 180);

/** Bays as columns: those in use, and those that still have work. */
function showBays() {
    const bays = shownBays();
    const wanted = JSON.stringify(bays);
    if (grid.dataset.bays !== wanted) {
        grid.dataset.bays = wanted;
        calendar.setOption("resources", bays.map((bay) => ({ id: bay.id, title: bay.name })));
    }
    if (!bays.length) refuse(texts.noBays);
    if (days.data.offset && days.data.offset !== calendar.getOption("timeZone")) calendar.setOption("timeZone", days.data.offset);
    hideClosed(calendar.getView().type);
}

/** The week leaves out weekdays without opening, unless they have work. */
function hideClosed(view) {
    const weekdays = days.data.appointments.flatMap((one) => [one.start, one.end]).map((wall) => new Date(`${wall.slice(0, 10)}T12:00Z`).getUTCDay());
    const closed = view === "resourceTimeGridWeek" && setup.closedWeekdays.length < 7 ? setup.closedWeekdays : [];
    const hidden = closed.filter((day) => !weekdays.includes(day));
    if ((grid.dataset.hidden || "") === String(hidden)) return;
    grid.dataset.hidden = String(hidden);
    calendar.setOption("hiddenDays", hidden);
}

// --- what people do ------------------------------------------------------------------------------------------------
async function send(one, place) {
    const body = new FormData(document.getElementById("cal-token"));
    for (const [name, value] of Object.entries({ ...place, version: one.version })) body.set(name, value);
    const answer = await fetch(urlOf("move", one.id), { method: "POST", body, credentials: "same-origin" });
    if (answer.redirected) throw new Error(texts.loggedOut);
    if (!answer.headers.get("content-type")?.includes("json")) throw new Error(texts.failed);
    return [answer.ok, await answer.json()];
}

/** Move, or say why not and what else there is; `revert` puts the event back where it was. */
async function move(one, place, revert) {
    say(texts.loading);
    try {
        const [done, told] = await send(one, place);
        if (done) say(told.message);
        else {
            revert?.();
            const others = (told.alternatives || []).map((other) => [
                texts.moveHere.replace("{when}", other.label),
                () => move(one, { start: other.start, bay: other.bay }),
            ]);
            refuse(told.message, others);
        }
    } catch (error) {
        revert?.();
        refuse(error instanceof TypeError ? texts.failed : error.message);
    }
    await reload();
}

const box = new DialogBox(document.getElementById("cal-dialog"), {
    texts,
    customers: setup.urls.customers,
    done(message) {
        say(message);
        reload();
    },
    closed(id) {
        focused = id;
        refocus();
    },
});

function refocus() {
    if (!focused || document.activeElement !== document.body) return;
    grid.querySelector(`[data-appointment="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

const openNew = (place = {}) => setup.mayAdd && box.open(`${setup.urls.new}?${new URLSearchParams(place)}`);

const bayOf = (resource) => (resource ? { bay: resource.id } : bayFilter.value ? { bay: bayFilter.value } : {});

function remember({ view }) {
    const query = new URLSearchParams(location.search);
    query.set("vista", viewName(view.type));
    // The week and the month are found again by any of their days: the one that was looked at.
    query.set("data", isoDay(view.type === "resourceTimeGridDay" ? view.currentStart : calendar?.getOption("date") ?? view.currentStart));
    query.delete("appuntamento");
    for (const [name, value] of [["postazione", bayFilter.value], ["servizio", serviceFilter.value], ["stati", statesInAddress()]]) {
        if (value) query.set(name, value);
        else query.delete(name);
    }
    history.replaceState(null, "", `?${query}`);
}

function statesInAddress() {
    const usual = setup.statuses.filter((status) => status.shown).map((status) => status.value).join(".");
    const chosen = statusFilters.filter((each) => each.checked).map((each) => each.value).join(".");
    return chosen === usual ? "" : chosen || "-";
}

// --- begin ---------------------------------------------------------------------------------------------------------
function fillFilters() {
    for (const [select, list, name] of [[bayFilter, setup.bays, "postazione"], [serviceFilter, setup.services, "servizio"]]) {
        for (const each of list) select.append(new Option(each.name, each.id));
        if (list.some((each) => String(each.id) === address.get(name))) select.value = address.get(name);
    }
    const states = address.get("stati")?.split(".");
    for (const each of statusFilters) if (states) each.checked = states.includes(each.value);
    for (const each of [bayFilter, serviceFilter, ...statusFilters]) {
        each.addEventListener("change", () => {
            redraw();
            remember({ view: calendar.getView() });
        });
    }
}

function firstView() {
    const asked = setup.views[address.get("vista")];
    if (asked) return asked;
    if (matchMedia("(min-width: 48rem)").matches || setup.bays.length <= 2) return "resourceTimeGridDay";
    return "listWeek";
}

function firstDay() {
    const asked = address.get("data") || "";
    return /^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/.test(asked) ? asked : setup.today;
}

function options() {
    const narrow = matchMedia("(max-width: 48rem)").matches;
    return {
        view: firstView(),
        date: firstDay(),
        timeZone: setup.offset,
        locale: setup.locale,
        firstDay: 1,
        headerToolbar: { start: "prev,today,next", center: "title", end: Object.values(setup.views).join(",") },
        buttonText: (text) => ({ ...text, ...texts.buttons }),
        noEventsContent: texts.none,
        eventTimeFormat: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
        slotLabelFormat: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
        dayHeaderFormat: { weekday: "short", day: "numeric" },
        allDaySlot: false,
        slotDuration: "00:30:00",
        slotHeight: narrow ? 30 : 28,
        snapDuration: SNAP,
        slotMinTime: setup.slotMin,
        slotMaxTime: setup.slotMax,
        scrollTime: setup.scroll,
        flexibleSlotTimeLimits: true,
        height: narrow ? undefined : "max(30rem, calc(100vh - 16rem))",
        nowIndicator: true,
        lazyFetching: false,
        longPressDelay: 450,
        pointer: true,
        selectable: setup.mayAdd,
        selectMinDistance: 8,
        unselectAuto: true,
        resources: setup.bays.map((bay) => ({ id: bay.id, title: bay.name })),
        eventSources: [{ events: fetchDays }],
        eventContent: content,
        eventDidMount: ({ el, event }) => {
            if (event.extendedProps.status) el.dataset.appointment = event.id;
        },
        eventAllUpdated: refocus,
        eventClick: ({ event }) => box.open(urlOf("appointment", event.id), event.id),
        eventDragStart: () => (busy = true),
        eventResizeStart: () => (busy = true),
        eventDragStop: () => (busy = false),
        eventResizeStop: () => (busy = false),
        eventDrop({ event, delta, newResource, revert }) {
            const one = event.extendedProps;
            move(one, { start: later(one.start, secondsOf(delta)), bay: newResource?.id ?? one.bay }, revert);
        },
        eventResize({ event, endDelta, revert }) {
            const one = event.extendedProps;
            move(one, { start: one.start, end: later(one.end, secondsOf(endDelta)), bay: one.bay }, revert);
        },
        select({ startStr, endStr, allDay, resource }) {
            openNew(allDay ? { start: `${startStr.slice(0, 10)}T${setup.opens}` } : { start: startStr.slice(0, 16), end: endStr.slice(0, 16), ...bayOf(resource) });
        },
        dateClick({ dateStr, allDay, resource, view }) {
            if (view.type !== "listWeek") openNew({ start: allDay ? `${dateStr.slice(0, 10)}T${setup.opens}` : dateStr.slice(0, 16), ...bayOf(resource) });
        },
        datesSet(info) {
            remember(info);
            if (calendar) hideClosed(info.view.type);
        },
        views: {
            resourceTimeGridDay: { titleFormat: { weekday: "long", day: "numeric", month: "long", year: "numeric" } },
            resourceTimeGridWeek: { datesAboveResources: true, columnWidth: "minmax(6rem, 1fr)" },
            dayGridMonth: { height: undefined, dayHeaderFormat: { weekday: "short" } },
            // Seven days from the one that is looked at: who opens the list wants what comes.
            listWeek: { duration: { days: 7 }, listDayFormat: { weekday: "long", day: "numeric", month: "long" }, listDaySideFormat: () => "" },
        },
    };
}

/** EventCalendar calls itself a table without being a whole one, which readers of the screen stumble over: to them it
    is a group of buttons, each of which says all there is (see content). */
function plainRoles() {
    for (const each of grid.querySelectorAll("[role=table],[role=list],[role=row],[role=rowgroup],[role=cell],[role=columnheader],[role=listitem]")) {
        each.removeAttribute("role");
        for (const name of ["aria-colindex", "aria-colspan"]) each.removeAttribute(name);
    }
}

function watchRoles() {
    let waits = false;
    const later = () => {
        if (waits) return;
        waits = true;
        requestAnimationFrame(() => {
            waits = false;
            plainRoles();
        });
    };
    new MutationObserver(later).observe(grid, { subtree: true, childList: true, attributes: true, attributeFilter: ["role"] });
    plainRoles();
}

function begin() {
    if (matchMedia("(max-width: 48rem)").matches) document.getElementById("cal-tools").open = false;
    fillFilters();
    calendar = window.EventCalendar.create(grid, options());
    watchRoles();
    document.getElementById("cal-new")?.addEventListener("click", () => openNew({ start: "", ...bayOf() }));
    document.addEventListener("pointerdown", () => (focused = ""));
    window.addEventListener("focus", poll);
    document.addEventListener("visibilitychange", poll);
    setInterval(poll, POLL_SECONDS * 1000);
    if (/^[0-9a-f-]{36}$/.test(address.get("appuntamento") || "")) {
        box.open(urlOf("appointment", address.get("appuntamento")), address.get("appuntamento"));
    }
}

begin();

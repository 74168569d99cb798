// Keeps what somebody is doing on Oggi when the page brings itself up to date: what is the same is not touched,
// open menus stay open, the focus stays where it is.
(() => {
    let last = null;
    let open = [];
    let focused = "";

    const live = () => document.getElementById("td-live");

    document.addEventListener("htmx:beforeSwap", (event) => {
        const frame = live();
        if (!frame || event.detail.target !== frame) return;
        // Who was logged out meanwhile is led to the login, which is a page of its own and no piece of this one.
        const answered = event.detail.xhr.responseURL;
        if (answered && new URL(answered).pathname !== new URL(frame.getAttribute("hx-get"), location.href).pathname) {
            event.detail.shouldSwap = false;
            location.reload();
            return;
        }
        const text = event.detail.xhr.responseText;
        if (event.detail.xhr.status !== 200 || text === last) {
            event.detail.shouldSwap = false;
            return;
        }
        last = text;
        open = [...frame.querySelectorAll("details[open]")].map((each) => each.id);
        const active = document.activeElement;
        focused = frame.contains(active) ? active.id || active.closest("details")?.id || "" : "";
    });

    document.addEventListener("htmx:afterSwap", (event) => {
        if (event.detail.target !== live()) return;
        for (const id of open) {
            const menu = document.getElementById(id);
            if (menu) menu.open = true;
        }
        const again = focused && document.getElementById(focused);
        if (again) (again.matches("details") ? again.querySelector("summary") : again).focus({ preventScroll: true });
    });

    // One menu at a time; Escape closes it and gives the focus back.
    document.addEventListener("toggle", (event) => {
        if (!event.target.matches?.(".td-menu[open]")) return;
        for (const other of document.querySelectorAll(".td-menu[open]")) if (other !== event.target) other.open = false;
    }, true);
    document.addEventListener("keydown", (event) => {
        const menu = event.key === "Escape" && document.querySelector(".td-menu[open]");
        if (!menu) return;
        menu.open = false;
        menu.querySelector("summary").focus();
    });
})();

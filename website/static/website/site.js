/* The booking page works without this; with it a form goes out once and other days come without a new page. */
"use strict";
(() => {
  const send = (form) => {
    let button = null;
    form.addEventListener("submit", (event) => {
      if (button) { event.preventDefault(); return; }
      button = event.submitter || form.querySelector("button:not([type=button])");
      button.dataset.text = button.textContent;
      button.textContent = form.dataset.once;
      button.setAttribute("aria-disabled", "true");
    });
    addEventListener("pageshow", () => { // back from the next page, kept as it was left
      if (!button) return;
      button.textContent = button.dataset.text;
      button.removeAttribute("aria-disabled");
      button = null;
    });
  };
  document.querySelectorAll("form[data-once]").forEach(send);

  const wrong = document.querySelector("[aria-invalid=true]");
  if (wrong) wrong.focus();

  const show = async (address) => {
    const old = document.getElementById("days");
    old.setAttribute("aria-busy", "true");
    const answer = await fetch(address, { credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const days = page.getElementById("days");
    if (!answer.ok || !days) throw new Error("no days");
    old.replaceWith(days);
    days.focus({ preventScroll: true });
    days.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-days]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    try {
      await show(link.href);
      history.pushState({ days: true }, "", link.href);
    } catch { location.href = link.href; }
  });
  addEventListener("popstate", () => {
    if (!document.getElementById("days")) return;
    show(location.href).catch(() => location.reload());
  });
})();

// A list's rows, as a sheet from below: one is chosen, then sent.

import { $, h } from "./dom.js";

export function choose(interactive) {
  const dialog = $("sheet");
  const send = $("sheet-send");
  const rows = $("sheet-rows");
  $("sheet-title").textContent = interactive.action.button;
  send.disabled = true;
  rows.replaceChildren(...interactive.action.sections.flatMap((section) => [
    section.title ? h("h3", {}, section.title) : null,
    ...section.rows.map((row) =>
      h("label", { class: "option" },
        h("span", {}, row.title, row.description ? h("small", {}, row.description) : null),
        h("input", { type: "radio", name: "row", value: row.id, onchange: () => { send.disabled = false; } }))),
  ]).filter(Boolean));
  rows.scrollTop = 0;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const chosen = rows.querySelector("input:checked")?.value;
      const all = interactive.action.sections.flatMap((section) => section.rows);
      resolve(dialog.returnValue === "send" ? all.find((row) => row.id === chosen) ?? null : null);
    }, { once: true });
  });
}

$("sheet-close").addEventListener("click", () => $("sheet").close());
$("sheet").addEventListener("click", (event) => {
  if (event.target === $("sheet")) $("sheet").close();
});

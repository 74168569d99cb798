// What a list's columns are called, on each of its cells: on a telephone a row is a card (lists.css).
"use strict";
document.addEventListener("DOMContentLoaded", () => {
    const list = document.getElementById("result_list");
    if (!list) return;
    const names = [...list.querySelectorAll("thead th")].map(
        (head) => head.querySelector(".text a, .text > span")?.textContent.trim() || "",
    );
    const said = "img, svg, input, select, textarea, button, a, span";
    for (const row of list.querySelectorAll("tr.data-row")) {
        const cells = [...row.children];
        cells.forEach((cell, index) => {
            const text = cell.textContent.trim();
            cell.dataset.label = names[index] || "";
            if ((!text || text === "-") && !cell.querySelector(said)) cell.dataset.empty = "";
        });
        const head = cells.find((cell) => cell.dataset.label);
        if (head) head.dataset.head = "";
    }
    list.classList.add("shop-list");
});

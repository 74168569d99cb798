// The week: a day that is closed hides its hours, and a day's hours can be copied to others.
(() => {
    const days = [...document.querySelectorAll(".ms-day")];
    const closed = (day) => day.querySelector("[data-closed]");
    const times = (day) => [...day.querySelectorAll("input[type=time]")];

    const show = (day) => {
        day.classList.toggle("is-closed", closed(day).checked);
        times(day).forEach((input) => { input.disabled = closed(day).checked; });
    };

    const copy = (from, to) => {
        const values = times(from).map((input) => input.value);
        times(to).forEach((input, index) => { input.value = values[index] ?? ""; });
        closed(to).checked = closed(from).checked;
        show(to);
    };

    days.forEach((day) => {
        show(day);
        closed(day).addEventListener("change", () => show(day));
        const select = day.querySelector("[data-copy]");
        select.closest("[hidden]").hidden = false;
        select.addEventListener("change", () => {
            const wanted = select.value.split(",").filter(Boolean);
            days.filter((each) => each !== day && wanted.includes(each.dataset.day)).forEach((each) => copy(day, each));
            select.value = "";
            const said = document.querySelector("[data-copied]");
            if (wanted.length) { said.textContent = said.dataset.text; }
        });
    });
})();

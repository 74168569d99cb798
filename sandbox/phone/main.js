// The phone: who writes, to which shop, and the chat between them.

import * as api from "./api.js";
import { inShort, render } from "./bubbles.js";
import { composer } from "./composer.js";
import { $, clock, day, h, icon, initials } from "./dom.js";
import { choose } from "./sheet.js";

const OTHER = "other";
const QUICK = ["👍", "👎", "❤️", "😂", "🙏"];
const state = { lines: [], people: [], line: null, person: null, bubbles: [], typingUntil: 0, listening: null };
const log = $("log");

// --- who writes -----------------------------------------------------------------------------------------------

function personOf(key) {
  const known = state.people.find((each) => each.key === key);
  if (known) return known;
  const isId = /^[A-Z]{2}\./.test(key);
  return { key, name: $("other-name").value.trim() || (isId ? "Nome utente" : `+${key}`), hint: "" };
}

function shownKey(person) {
  return person.username ?? (/^\d/.test(person.key) ? `+${person.key.slice(0, 2)} ${person.key.slice(2, 5)} ${person.key.slice(5)}` : person.key);
}

function fillPeople() {
  $("person").replaceChildren(
    ...state.people.map((each) => h("option", { value: each.key }, `${each.name} · ${shownKey(each)}`)),
    h("option", { value: OTHER }, "Un’altra persona…"));
}

function choosePerson(key) {
  const listed = state.people.some((each) => each.key === key);
  $("person").value = listed ? key : OTHER;
  $("other").hidden = listed;
  if (!listed) $("other-number").value = /^\d/.test(key) ? `+${key}` : key;
  state.person = key ? personOf(key) : null;
  $("person-hint").textContent = state.person?.hint ?? "";
  $("person-hint").hidden = !listed;
  remember(key);
}

const remember = (key) => { try { localStorage.setItem("person", key); } catch { /* a private window */ } };
const remembered = () => { try { return localStorage.getItem("person"); } catch { return null; } };

function readOther() {
  const typed = $("other-number").value.trim();
  const key = /^[A-Z]{2}\.[A-Za-z0-9]{1,128}$/.test(typed) ? typed : typed.replace(/\D/g, "");
  const good = key.length > 6;
  $("other-number").setCustomValidity(good || !typed ? "" : "Un numero come +39 333 1234567, o un id come IT.1349");
  state.person = good ? personOf(key) : null;
  if (good) remember(key);
  showChats();
}

// --- the list of chats ------------------------------------------------------------------------------------------

async function showChats() {
  const mine = state.lines.filter((line) => !state.person?.line || state.person.line === line.id);
  let found = [];
  try {
    if (state.person) found = await api.chats(state.person.key);
  } catch { /* the list is shown without last words */ }
  if (!$("chat").hidden) return;
  $("shops").replaceChildren(...mine.map((line) => {
    const about = found.find((each) => each.line === line.id);
    const last = about?.last;
    const button = h("button", { type: "button", disabled: !state.person, onclick: () => { location.hash = hashOf(line.id, state.person.key); } },
      face(line), h("span", { class: "name" }, line.name),
      last ? h("time", {}, clock(last.at)) : null,
      h("span", { class: "last" }, last ? `${last.mine ? "Tu: " : ""}${inShort(last)}` : "Tocca per scrivere"),
      about?.unread ? h("span", { class: "count", "aria-label": `${about.unread} da leggere` }, String(about.unread)) : null);
    return h("li", {}, button);
  }));
}

function face(line) {
  const hue = state.lines.indexOf(line) % 2 ? " other-hue" : "";
  return h("span", { class: `face${hue}`, "aria-hidden": "true" }, initials(line.name));
}

// --- one chat ---------------------------------------------------------------------------------------------------

const chat = {
  get shopName() { return state.line.name; },
  find: (id) => state.bubbles.find((each) => each.id === id),
  answered: (id) => state.bubbles.some((each) => each.mine && each.context === id && ["interactive", "button"].includes(each.type)),
  goTo(id) {
    const node = [...log.children].find((each) => each.dataset.id === id);
    node?.scrollIntoView({ block: "center", behavior: "smooth" });
    node?.classList.remove("flash");
    requestAnimationFrame(() => node?.classList.add("flash"));
  },
  tap(bubble, button) {
    const message = bubble.type === "template"
      ? { type: "button", button: { text: button.text, payload: button.payload } }
      : { type: "interactive", interactive: { type: "button_reply", button_reply: { id: button.id, title: button.title } } };
    send({ ...message, context: bubble.id }).catch((error) => below.trouble(error.message));
  },
  async openList(bubble) {
    const row = await choose(bubble.content);
    if (!row) return;
    const reply = { id: row.id, title: row.title, ...(row.description ? { description: row.description } : {}) };
    send({ type: "interactive", interactive: { type: "list_reply", list_reply: reply }, context: bubble.id }).catch((error) => below.trouble(error.message));
  },
  openReactions(bubble, anchor) {
    const menu = $("reactions");
    const now = bubble.reactions.me ?? "";
    const react = (emoji) => {
      closeReactions();
      send({ type: "reaction", reaction: { message_id: bubble.id, emoji: emoji === now ? "" : emoji } }).catch((error) => below.trouble(error.message));
    };
    menu.replaceChildren(
      ...QUICK.map((emoji) => h("button", { type: "button", role: "menuitemradio", "aria-checked": String(emoji === now), "aria-label": `Reazione ${emoji}`, onclick: () => react(emoji) }, emoji)),
      h("button", { type: "button", role: "menuitem", "aria-label": "Rispondi citando", onclick: () => { closeReactions(); below.quote(bubble, inShort(bubble)); } }, icon("reply")));
    menu.hidden = false;
    const box = anchor.getBoundingClientRect();
    const phone = document.querySelector(".phone").getBoundingClientRect();
    const left = Math.min(Math.max(box.left - phone.left - 40, 8), phone.width - menu.offsetWidth - 28);
    menu.style.left = `${Math.max(8, left)}px`;
    menu.style.top = `${Math.max(64, box.top - phone.top - menu.offsetHeight - 12)}px`;
    menu.querySelector("button").focus();
  },
};

function closeReactions() { $("reactions").hidden = true; }

const send = async (message) => {
  await api.write({ line: state.line.id, from: state.person.key, name: state.person.name, username: state.person.username ?? "", ...message });
};
const below = composer(send);

const nodes = new Map();

function draw({ bubbles, typing_ms: typing, window_open: open }) {
  const grew = bubbles.length > state.bubbles.length;
  state.bubbles = bubbles;
  state.typingUntil = performance.now() + typing;
  const wanted = [];
  let before = null;
  for (const bubble of bubbles) {
    if (!before || day(before.at) !== day(bubble.at)) wanted.push(kept(`day ${day(bubble.at)}`, "", () => h("div", { class: "day" }, day(bubble.at))));
    const first = !before || before.mine !== bubble.mine || day(before.at) !== day(bubble.at);
    const print = JSON.stringify([bubble, first, chat.answered(bubble.id), bubble.context && chat.find(bubble.context)]);
    wanted.push(kept(bubble.id, print, () => render(bubble, chat, first)));
    before = bubble;
  }
  if (bubbles.length && !open) {
    const why = bubbles.some((each) => each.mine) ? "Sono passate 24 ore dall’ultimo messaggio" : "Qui non ha ancora scritto nessuno";
    wanted.push(kept("window", why, () => h("div", { class: "system" }, `${why}: l’officina può scrivere solo con un modello approvato.`)));
  }
  if (typing > 0) wanted.push(kept("typing", "", () => h("div", { class: "typing-bubble", role: "img", "aria-label": "Sta scrivendo" }, h("i"), h("i"), h("i"))));
  place(wanted);
  showState();
  if (sticks || (grew && bubbles.at(-1)?.mine)) log.scrollTop = log.scrollHeight;
}

function kept(key, print, make) {
  const old = nodes.get(key);
  if (old?.print === print) return old.node;
  const node = make();
  nodes.set(key, { print, node });
  return node;
}

// Put the nodes in order without touching those that stay: sounds go on, the focus stays.
function place(wanted) {
  const stay = new Set(wanted);
  for (const node of [...log.children]) if (!stay.has(node)) node.remove();
  wanted.forEach((node, index) => { if (log.children[index] !== node) log.insertBefore(node, log.children[index] ?? null); });
}

let typingTimer = 0;
function showState() {
  clearTimeout(typingTimer);
  const left = state.typingUntil - performance.now();
  const typing = left > 0;
  $("shop-state").textContent = typing ? "sta scrivendo…" : "account business";
  $("shop-state").classList.toggle("typing", typing);
  if (typing) typingTimer = setTimeout(() => { nodes.get("typing")?.node.remove(); nodes.delete("typing"); showState(); }, left);
}

async function listen(line, person) {
  state.listening?.abort();
  const control = new AbortController();
  state.listening = control;
  let tag = null;
  while (!control.signal.aborted) {
    try {
      const got = await api.chat(line, person, tag, control.signal);
      if (control.signal.aborted) return;
      if (got.fresh) { tag = got.tag; draw(got.answer); markRead(); }
      if ($("trouble").dataset.away) { below.trouble(""); delete $("trouble").dataset.away; }
    } catch (error) {
      if (control.signal.aborted) return;
      below.trouble(error.message);
      $("trouble").dataset.away = "yes";
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
}

function markRead() {
  const unread = state.bubbles.some((each) => !each.mine && each.ticks !== "read");
  if (unread && document.visibilityState === "visible") api.read(state.line.id, state.person.key).catch(() => {});
}

// --- where we are -----------------------------------------------------------------------------------------------

const hashOf = (line, person) => `#${encodeURIComponent(line)}/${encodeURIComponent(person)}`;

function route() {
  const [lineId, key] = location.hash.slice(1).split("/").map(decodeURIComponent);
  const line = state.lines.find((each) => each.id === lineId);
  closeReactions();
  state.listening?.abort();
  if (!line || !key) {
    $("chat").hidden = true;
    $("chats").hidden = false;
    showChats();
    return;
  }
  choosePerson(key);
  Object.assign(state, { line, bubbles: [], typingUntil: 0 });
  nodes.clear();
  sticks = true;
  log.replaceChildren();
  below.reset();
  $("shop-name").textContent = line.name;
  const picture = face(line);
  picture.id = "shop-face";
  $("shop-face").replaceWith(picture);
  showState();
  $("chats").hidden = true;
  $("chat").hidden = false;
  listen(line.id, key);
  if (matchMedia("(hover: hover)").matches) $("text").focus();
}

function moreMenu(open) {
  $("more-menu").hidden = !open;
  $("more").setAttribute("aria-expanded", String(open));
  if (open) $("more-menu").querySelector("button").focus();
}

$("back").addEventListener("click", () => { location.hash = ""; });
$("more").addEventListener("click", () => moreMenu($("more-menu").hidden));
$("more-menu").addEventListener("click", (event) => {
  const what = event.target.closest("button")?.dataset.do;
  moreMenu(false);
  const act = {
    stop: () => send({ type: "text", text: "STOP" }),
    window: () => api.closeWindow(state.line.id, state.person.key),
    forget: () => api.forget(state.line.id, state.person.key),
  }[what];
  act?.().catch((error) => below.trouble(error.message));
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("#more, #more-menu")) moreMenu(false);
  if (!event.target.closest("#reactions, .react, .bubble")) closeReactions();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  moreMenu(false);
  closeReactions();
});
let sticks = true;
log.addEventListener("scroll", () => {
  closeReactions();
  sticks = log.scrollHeight - log.scrollTop - log.clientHeight < 120;
}, { passive: true });
// The keyboard, the emoji or a picture that has arrived leave less room: the newest message stays in view.
const settle = new ResizeObserver(() => { if (sticks) log.scrollTop = log.scrollHeight; });
settle.observe(log);
log.addEventListener("load", () => { if (sticks) log.scrollTop = log.scrollHeight; }, true);
document.addEventListener("visibilitychange", () => { if (!$("chat").hidden) markRead(); });
addEventListener("hashchange", route);
$("person").addEventListener("change", () => {
  const key = $("person").value;
  if (key !== OTHER) { choosePerson(key); showChats(); return; }
  $("other").hidden = false;
  $("person-hint").hidden = true;
  $("other-number").focus();
  readOther();
});
for (const id of ["other-number", "other-name"]) $(id).addEventListener("input", readOther);
$("chats").querySelector("form").addEventListener("submit", (event) => event.preventDefault());
setInterval(() => { if (!$("chats").hidden && document.visibilityState === "visible") showChats(); }, 2000);

try {
  Object.assign(state, await api.cast());
  fillPeople();
  choosePerson(remembered() || state.people[0].key);
  route();
} catch (error) {
  $("shops").replaceChildren(h("li", { class: "note", role: "alert" }, error.message));
}

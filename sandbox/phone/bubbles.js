// One message as it looks in the chat.

import { clock, h, icon, isBig, plain, rich } from "./dom.js";

const TICKS = { waiting: ["clock", "in attesa"], sent: ["tick", "inviato"], delivered: ["ticks", "consegnato"], read: ["ticks", "letto"] };

// A line that stands for a message: in a quote, in the list of chats.
export function inShort(bubble) {
  const c = bubble.content;
  switch (bubble.type) {
    case "text": return plain(c.body);
    case "interactive": return plain(c.list_reply?.title ?? c.button_reply?.title ?? c.body?.text);
    case "button": case "template": return plain(c.text);
    case "image": return `📷 ${c.caption || "Foto"}`;
    case "video": return `🎬 ${c.caption || "Video"}`;
    case "audio": return "🎤 Messaggio vocale";
    case "document": return `📄 ${c.filename || c.caption || "Documento"}`;
    case "sticker": return "Adesivo";
    case "location": return "📍 Posizione";
    case "contacts": return "👤 Contatto";
    default: return "Messaggio";
  }
}

const words = (text) => h("div", { class: isBig(text) ? "words big" : "words" }, ...rich(text));

function mediaUrl(bubble) {
  return bubble.file?.url ?? bubble.content.link ?? "";
}

function media(bubble) {
  const { type, content } = bubble;
  const url = mediaUrl(bubble);
  const local = Boolean(bubble.file);
  if (type === "image" || type === "sticker") {
    if (local) return [h("img", { src: url, alt: content.caption || "Foto", loading: "lazy" })];
  } else if (type === "video") {
    if (local) return [h("video", { src: url, controls: true, preload: "metadata", "aria-label": content.caption || "Video" })];
  } else if (type === "audio") {
    if (local) return [h("audio", { src: url, controls: true, preload: "metadata", "aria-label": "Messaggio vocale" })];
  }
  const name = content.filename || bubble.file?.name || (local ? "Documento" : url);
  const size = bubble.file ? `${Math.max(1, Math.round(bubble.file.bytes / 1024))} kB` : "";
  const link = { class: "file", href: url || null, target: "_blank", rel: "noopener noreferrer" };
  return [h("a", link, icon("file"), h("span", {}, name, h("small", {}, size)))];
}

function place(content) {
  const where = `${Number(content.latitude).toFixed(5)}, ${Number(content.longitude).toFixed(5)}`;
  return h("div", { class: "place" }, icon("pin"), h("span", {}, content.name || "Posizione", h("small", {}, content.address || where)));
}

function contacts(items) {
  return items.map((each) =>
    h("div", { class: "place" }, h("span", {}, `👤 ${each.name?.formatted_name ?? "Contatto"}`, h("small", {}, each.phones?.[0]?.phone ?? ""))));
}

function body(bubble) {
  const c = bubble.content;
  switch (bubble.type) {
    case "text": return [words(c.body ?? "")];
    case "image": case "video": case "audio": case "document": case "sticker":
      return [...media(bubble), c.caption ? words(c.caption) : null];
    case "location": return [place(c)];
    case "contacts": return contacts(c.items ?? []);
    case "interactive":
      if (c.list_reply) return [h("div", { class: "words head" }, c.list_reply.title), c.list_reply.description ? h("div", { class: "footer" }, c.list_reply.description) : null];
      if (c.button_reply) return [words(c.button_reply.title)];
      return [c.header?.text ? h("div", { class: "head" }, c.header.text) : null, words(c.body?.text ?? ""), c.footer?.text ? h("div", { class: "footer" }, c.footer.text) : null];
    case "button": return [words(c.text ?? "")];
    case "template": return [words(c.text ?? ""), c.footer ? h("div", { class: "footer" }, c.footer) : null];
    default: return [h("em", { class: "words" }, "Messaggio di un tipo che questo telefono non mostra")];
  }
}

function meta(bubble) {
  const tick = bubble.mine ? TICKS[bubble.ticks] ?? TICKS.sent : null;
  return h("div", { class: "meta" },
    h("time", { dateTime: new Date(bubble.at * 1000).toISOString() }, clock(bubble.at)),
    tick ? icon(tick[0], tick[1], `ticks ${bubble.ticks}`) : null);
}

// What can be tapped under a message of the shop.
function choices(bubble, chat) {
  const c = bubble.content;
  if (bubble.mine) return null;
  if (bubble.type === "interactive" && c.type === "list")
    return h("div", { class: "choices" },
      h("button", { class: "choice", type: "button", "aria-haspopup": "dialog", onclick: () => chat.openList(bubble) }, icon("list"), c.action.button));
  const buttons = bubble.type === "template" ? c.buttons ?? [] : bubble.type === "interactive" ? (c.action?.buttons ?? []).map((each) => each.reply) : [];
  if (!buttons.length) return null;
  const used = chat.answered(bubble.id);
  return h("div", { class: "choices" }, ...buttons.map((each) =>
    h("button", { class: "choice", type: "button", disabled: used, onclick: () => chat.tap(bubble, each) },
      bubble.type === "template" ? icon("reply") : null, each.title ?? each.text)));
}

function quote(bubble, chat) {
  if (!bubble.context) return null;
  const quoted = chat.find(bubble.context);
  return h("button", { class: "quote", type: "button", onclick: () => chat.goTo(bubble.context) },
    h("b", {}, quoted?.mine ? "Tu" : chat.shopName), h("span", {}, quoted ? inShort(quoted) : "Messaggio"));
}

export function render(bubble, chat, first) {
  const faces = [...new Set(Object.values(bubble.reactions).filter(Boolean))];
  const label = `${bubble.mine ? "Tu" : chat.shopName}, ${clock(bubble.at)}`;
  const inside = h("div", { class: "bubble" }, quote(bubble, chat), ...body(bubble), meta(bubble),
    faces.length ? h("span", { class: "faces", role: "img", "aria-label": `Reazioni: ${faces.join(" ")}` }, faces.join("")) : null);
  const react = h("button", { class: "icon react", type: "button", "aria-label": "Reagisci o rispondi", "aria-haspopup": "menu", onclick: (event) => chat.openReactions(bubble, event.currentTarget) }, icon("smile"));
  const row = h("div", { class: "around" }, inside);
  row.append(react);
  const entry = h("article", { class: `entry${bubble.mine ? " mine" : ""}${first ? " first" : ""}${faces.length ? " reacted" : ""}`, "aria-label": label }, row, choices(bubble, chat));
  entry.dataset.id = bubble.id;
  holdable(inside, () => chat.openReactions(bubble, inside));
  return entry;
}

// A long press on a touch screen, the right button elsewhere.
function holdable(node, act) {
  let timer = 0;
  const stop = () => clearTimeout(timer);
  node.addEventListener("touchstart", () => { stop(); timer = setTimeout(act, 450); }, { passive: true });
  for (const name of ["touchend", "touchmove", "touchcancel"]) node.addEventListener(name, stop, { passive: true });
  node.addEventListener("contextmenu", (event) => {
    if (event.target.closest("a, img, video, audio")) return;
    event.preventDefault();
    stop();
    act();
  });
}

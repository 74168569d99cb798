// Small helpers for making elements. Text is always set as text, never as HTML.

const SVG = "http://www.w3.org/2000/svg";

export const $ = (id) => document.getElementById(id);

export function h(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && !name.includes("-")) node[name] = value;
    else if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

export function icon(name, label = "", className = "") {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  if (className) svg.setAttribute("class", className);
  if (label) {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
  } else {
    svg.setAttribute("aria-hidden", "true");
  }
  return svg;
}

const MARKS = { "*": "strong", _: "em", "~": "s" };
const TOKEN = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)])|(?<![\p{L}\d])([*_~])(?=\S)(.+?)(?<=\S)\2(?![\p{L}\d])/gu;

// The marks that people type: *bold*, _italic_, ~struck~, and addresses.
export function rich(text) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(TOKEN)) {
    parts.push(text.slice(from, found.index));
    if (found[1]) parts.push(h("a", { href: found[1], target: "_blank", rel: "noopener noreferrer" }, found[1]));
    else parts.push(h(MARKS[found[2]], {}, ...rich(found[3])));
    from = found.index + found[0].length;
  }
  parts.push(text.slice(from));
  return parts;
}

// The same words without marks, on one line.
export const plain = (text = "") => rich(text).map((each) => each.textContent ?? each).join("").replace(/\s+/g, " ");

const EMOJI_ONLY = /^(?:\p{Extended_Pictographic}(?:\uFE0F|\u200D|\p{Emoji_Modifier}|\p{Extended_Pictographic})*\s*){1,3}$/u;
export const isBig = (text) => EMOJI_ONLY.test(text);

const CLOCK = new Intl.DateTimeFormat("it-IT", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("it-IT", { weekday: "long", day: "numeric", month: "long" });
export const clock = (seconds) => CLOCK.format(new Date(seconds * 1000));
export function day(seconds) {
  const date = new Date(seconds * 1000);
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 86400000);
  return days === 0 ? "Oggi" : days === 1 ? "Ieri" : DAY.format(date);
}

export const initials = (name) => name.split(/\s+/).slice(0, 2).map((word) => word[0] ?? "").join("").toUpperCase();

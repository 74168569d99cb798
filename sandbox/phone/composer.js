// The lower edge of the chat: words, emoji, files, the microphone.

import { $, h } from "./dom.js";
import { canRecord, record } from "./recorder.js";

const EMOJI = ["👍", "👎", "🙏", "😊", "😂", "❤️", "👋", "👌", "😅", "🤔", "😢", "😡", "🎉", "✅", "❌", "🚗", "🔧", "🛞", "⛽", "🔋", "🚨", "📅", "⏰", "📍"];
const MILAN = { latitude: 45.4642, longitude: 9.19 };
const LARGEST = 20 * 1024 * 1024;

export function composer(send) {
  const text = $("text");
  let quoted = null;

  const context = () => (quoted ? { context: quoted.id } : {});
  const trouble = (words) => { $("trouble").textContent = words; $("trouble").hidden = !words; };

  async function deliver(message) {
    trouble("");
    try {
      await send({ ...message, ...context() });
      quote(null);
    } catch (error) {
      trouble(error.message);
      throw error;
    }
  }

  function quote(bubble, words = "") {
    quoted = bubble;
    $("quoted").hidden = !bubble;
    $("quoted").querySelector("p").textContent = words;
    if (bubble) text.focus();
  }

  function fit() {
    text.style.height = "auto";
    if (text.scrollHeight) text.style.height = `${text.scrollHeight}px`; // it has none while it is hidden
    const empty = !text.value.trim();
    $("send").hidden = empty;
    $("record").hidden = !empty;
  }

  async function say() {
    const words = text.value.trim();
    if (!words) return;
    text.value = "";
    fit();
    try {
      await deliver({ type: "text", text: words });
    } catch {
      text.value = words;
      fit();
    }
  }

  async function sendFile(file, kind, more = {}) {
    if (file.size > LARGEST) return trouble("Il file è troppo grande: al massimo 20 MB.");
    const base64 = await asBase64(file);
    const caption = kind === "audio" ? "" : text.value.trim();
    if (caption) { text.value = ""; fit(); }
    await deliver({ type: kind, base64, mime_type: file.type || "application/octet-stream", filename: file.name, caption, ...more }).catch(() => {});
  }

  function open(panel, button, wanted) {
    $(panel).hidden = !wanted;
    $(button).setAttribute("aria-expanded", String(wanted));
  }
  const closePanels = () => { open("emoji", "smile", false); open("attach-menu", "attach", false); };

  function share() {
    const here = (place) => deliver({ type: "location", location: place }).catch(() => {});
    if (!navigator.geolocation) return here({ ...MILAN, name: "Milano" });
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => here({ latitude: coords.latitude, longitude: coords.longitude }),
      () => here({ ...MILAN, name: "Milano" }),
      { timeout: 4000 },
    );
  }

  $("emoji").append(...EMOJI.map((each) => h("button", { type: "button", "aria-label": each, onclick: () => {
    text.setRangeText(each, text.selectionStart, text.selectionEnd, "end");
    fit();
    text.focus();
  } }, each)));
  $("smile").addEventListener("click", () => { const wanted = $("emoji").hidden; closePanels(); open("emoji", "smile", wanted); });
  $("attach").addEventListener("click", () => {
    const wanted = $("attach-menu").hidden;
    closePanels();
    open("attach-menu", "attach", wanted);
    if (wanted) $("attach-menu").querySelector("button").focus();
  });
  $("attach-menu").addEventListener("click", (event) => {
    const what = event.target.closest("button")?.dataset.attach;
    if (!what) return;
    closePanels();
    if (what === "location") share();
    else $(`file-${what}`).click();
  });
  const chosen = (id, act) => $(id).addEventListener("change", async () => {
    const [file] = $(id).files;
    $(id).value = "";
    if (file) await act(file);
  });
  chosen("file-picture", (file) => sendFile(file, file.type === "image/webp" ? "sticker" : file.type.startsWith("video/") ? "video" : "image"));
  chosen("file-document", (file) => sendFile(file, "document"));
  chosen("file-voice", (file) => sendFile(file, "audio", { voice: true, mime_type: file.type === "audio/ogg" || !file.type ? "audio/ogg; codecs=opus" : file.type }));
  $("quoted").querySelector("button").addEventListener("click", () => quote(null));
  $("compose").addEventListener("submit", (event) => { event.preventDefault(); closePanels(); say(); });
  text.addEventListener("input", fit);
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); closePanels(); say(); }
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") { closePanels(); quote(null); } });

  microphone((file) => sendFile(file, "audio", { voice: true }), trouble);
  return { quote, trouble, reset() { closePanels(); quote(null); trouble(""); text.value = ""; fit(); } };
}

function microphone(send, trouble) {
  let stop = null;
  let timer = 0;
  const show = (on) => { $("compose").hidden = on; $("recording").hidden = !on; };
  const end = async () => { clearInterval(timer); const file = await stop?.(); stop = null; show(false); return file; };

  $("record").addEventListener("click", async () => {
    if (!canRecord()) return $("file-voice").click();
    try {
      stop = await record();
    } catch {
      return trouble("Il microfono non è permesso: con + si manda una nota vocale da un file.");
    }
    const began = Date.now();
    const tell = () => { const s = Math.floor((Date.now() - began) / 1000); $("record-time").textContent = `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`; };
    tell();
    timer = setInterval(tell, 250);
    show(true);
    $("record-send").focus();
  });
  $("record-cancel").addEventListener("click", end);
  $("record-send").addEventListener("click", async () => {
    const file = await end();
    if (file?.size) await send(file);
  });
}

async function asBase64(file) {
  const url = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(file);
  });
  return url.slice(url.indexOf(",") + 1);
}

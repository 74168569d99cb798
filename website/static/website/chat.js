(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const log = $("chat-log"), form = $("chat-form"), text = $("chat-text"), note = $("chat-note"), proof = $("chat-proof");
  const state = $("chat-state"), close = $("chat-close");
  const words = JSON.parse($("chat-words").textContent);
  const query = "?lingua=" + encodeURIComponent(document.documentElement.lang);
  const KEY = "aros-chat";
  const shown = new Map(); // id or key of a message → its element
  let token = kept(), tag = "", after = "", timer = 0, polling = false, again = false, quiet = 0, waitsForProof = null, proved = false;
  let live = null; // what is being written at this moment

  function kept(value) {
    try {
      if (value === null) localStorage.removeItem(KEY);
      else if (value) localStorage.setItem(KEY, value);
      return localStorage.getItem(KEY) || "";
    } catch {
      return value || "";
    }
  }

  function make(name, className, content) {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (content !== undefined) element.textContent = content;
    return element;
  }

  function say(sentence) {
    note.textContent = sentence || "";
    note.hidden = !sentence;
  }

  class Problem extends Error {
    constructor(status, sentence) {
      super(sentence);
      this.status = status;
    }
  }

  async function ask(path, body, headers) {
    const options = { method: body ? "POST" : "GET", headers: { Accept: "application/json", "X-Chat-Token": token, ...headers }, credentials: "omit" };
    if (body) options.body = JSON.stringify(body);
    const answer = await fetch("/chat/" + path, options);
    if (answer.status === 304) return null;
    let found = {};
    try {
      found = await answer.json();
    } catch {
      found = {};
    }
    if (!answer.ok) throw new Problem(answer.status, found.error || words.trouble);
    found.tag = answer.headers.get("ETag") || "";
    return found;
  }

  async function begin() {
    if (!token) {
      token = (await ask("start" + query, {})).token;
      kept(token);
    }
  }

  /* --- what is shown --- */

  function atEnd() {
    return log.scrollHeight - log.scrollTop - log.clientHeight < 120;
  }

  function bubble(role, content) {
    const said = make("div", "said said--" + role);
    const last = Array.from(log.querySelectorAll(".said")).filter((each) => each !== live).pop();
    said.append(make("p", role === "customer" ? "who sr" : "who", role === "customer" ? words.you : words[role]));
    if (last && last.classList.contains("said--" + role)) said.firstChild.classList.add("sr");
    said.append(make("p", "words", content));
    return said;
  }

  function add(message) {
    const known = shown.get(message.id) || (message.key && shown.get(message.key));
    if (known) {
      known.classList.remove("is-sending");
      known.querySelectorAll(".failed").forEach((each) => each.remove());
      shown.set(message.id, known);
      return;
    }
    const said = bubble(message.role, message.text);
    if (live && message.role === "assistant") {
      // The words that were being written become the message: what a screen reader has heard is not read once more.
      live.replaceWith(said);
      live = null;
    } else log.insertBefore(said, live);
    shown.set(message.id, said);
  }

  function choices(message) {
    log.querySelectorAll(".choices").forEach((each) => each.remove());
    if (!message || message.role !== "assistant" || !message.options.length) return;
    const box = make("div", message.options.some((each) => each.description) || message.options.length > 4 ? "choices is-list" : "choices");
    for (const option of message.options) {
      if (option.id === "prove" && proved) continue;
      const button = make("button", "", option.title);
      button.type = "button";
      if (option.description) button.append(make("small", "", option.description));
      button.addEventListener("click", () => (option.id === "prove" ? prove() : choose(message, option, box)));
      box.append(button);
    }
    if (box.childElementCount) log.append(box);
  }

  function writing(typing, draft) {
    if (!typing && !draft) {
      if (live) live.remove();
      live = null;
      return;
    }
    if (!live) {
      live = bubble("assistant", "");
      live.setAttribute("aria-busy", "true");
      log.append(live);
    }
    const place = live.querySelector(".words");
    if (draft) {
      if (place.textContent !== draft) place.textContent = draft;
    } else if (!place.querySelector(".dots")) {
      const dots = make("span", "dots");
      dots.append(make("i"), make("i"), make("i"));
      place.replaceChildren(dots, make("span", "sr", words.typing));
    }
  }

  function show(found) {
    const stay = atEnd();
    for (const message of found.messages) add(message);
    const last = found.messages[found.messages.length - 1];
    if (last) after = last.id;
    if (found.proved && !proved && waitsForProof) proofDone();
    proved = found.proved;
    if (last) choices(found.typing ? null : last);
    writing(found.typing, found.draft);
    state.textContent = (found.person ? words.person : words.ai) + (found.proved ? " · " + words.proved : "");
    say(found.over && last ? words.over : "");
    if (stay) log.scrollTop = log.scrollHeight;
    return found.typing;
  }

  /* --- asking for what is new --- */

  async function poll() {
    if (polling || !token) {
      again = polling;
      return;
    }
    clearTimeout(timer);
    polling = true;
    let pause = 0;
    try {
      const found = await ask("messages" + query + "&after=" + encodeURIComponent(after), null, tag ? { "If-None-Match": tag } : {});
      quiet = found ? 0 : quiet + 1;
      let typing = Boolean(live);
      if (found) {
        tag = found.tag;
        typing = show(found);
      } else if (!note.hidden && note.dataset.kind === "offline") say("");
      pause = typing ? 450 : waitsForProof ? 1500 : quiet < 10 ? 1500 : quiet < 60 ? 4000 : 15000;
      delete note.dataset.kind;
    } catch (problem) {
      pause = failed(problem);
    }
    polling = false;
    if (again) {
      again = false;
      pause = 0;
    }
    if (pause !== null) timer = setTimeout(poll, document.hidden ? Math.max(pause, 10000) : pause);
  }

  function failed(problem) {
    if (problem.status === 401) {
      forget();
      return null;
    }
    if (problem.status === 404) {
      say(problem.message);
      form.hidden = true;
      return null;
    }
    note.dataset.kind = "offline";
    say(problem.status ? problem.message : words.offline);
    return problem.status ? 10000 : 3000;
  }

  function forget() {
    kept(null);
    token = tag = after = "";
  }

  /* --- writing --- */

  function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(12));
    return Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
  }

  async function send(path, body, content) {
    const said = bubble("customer", content);
    said.classList.add("is-sending");
    shown.set(body.id, said);
    log.querySelectorAll(".choices").forEach((each) => each.remove());
    log.insertBefore(said, live);
    log.scrollTop = log.scrollHeight;
    await deliver(said, path, body);
  }

  async function deliver(said, path, body) {
    try {
      await begin();
      try {
        await ask(path + query, body);
      } catch (problem) {
        if (problem.status !== 401 || path !== "message") throw problem;
        forget(); // the chat of a month ago: a new one begins with these words
        await begin();
        await ask(path + query, body);
      }
      said.classList.remove("is-sending");
      say("");
      writing(true, "");
      log.scrollTop = log.scrollHeight;
      quiet = 0;
      poll();
    } catch (problem) {
      lost(said, path, body, problem);
    }
  }

  function lost(said, path, body, problem) {
    said.classList.remove("is-sending");
    const row = make("p", "failed", problem.status ? problem.message : words.failed);
    const button = make("button", "", words.again);
    button.type = "button";
    button.addEventListener("click", () => {
      row.remove();
      said.classList.add("is-sending");
      deliver(said, path, body);
    });
    row.append(button);
    said.append(row);
    log.scrollTop = log.scrollHeight;
  }

  function choose(message, option, box) {
    box.querySelectorAll("button").forEach((each) => (each.disabled = true));
    text.focus();
    send("tap", { id: newKey(), message: message.id, option: option.id }, option.title);
  }

  function grow() {
    text.style.height = "auto";
    text.style.height = Math.min(text.scrollHeight + 2, 144) + "px";
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const content = text.value.trim();
    if (!content) return;
    text.value = "";
    grow();
    text.focus();
    send("message", { id: newKey(), text: content }, content);
  });
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  text.addEventListener("input", grow);

  /* --- the telephone --- */

  async function prove() {
    try {
      await begin();
      const found = await ask("proof" + query, {});
      const link = make("a", "button button--main", words.open);
      link.href = found.link;
      link.target = "_blank";
      link.rel = "noopener";
      const cancel = make("button", "button", words.cancel);
      cancel.type = "button";
      cancel.addEventListener("click", proofGone);
      const buttons = make("div", "buttons");
      buttons.append(link, cancel);
      proof.replaceChildren(
        make("p", "", words.prove), make("p", "code", found.code), buttons,
        make("p", "quiet small", words.write_to.replace("%(phone)s", found.phone)), make("p", "quiet small", words.waiting),
      );
      proof.hidden = false;
      log.scrollTop = log.scrollHeight;
      clearTimeout(waitsForProof);
      waitsForProof = setTimeout(proofGone, Math.max(new Date(found.until) - Date.now(), 1000));
      link.focus();
      poll();
    } catch (problem) {
      say(problem.status ? problem.message : words.offline);
    }
  }

  function proofGone() {
    clearTimeout(waitsForProof);
    waitsForProof = null;
    proof.hidden = true;
    proof.replaceChildren();
    text.focus();
  }

  function proofDone() {
    proofGone();
    log.append(make("p", "note note--good", words.ready));
  }

  /* --- the window --- */

  if (close && window.parent !== window) {
    const leave = () => window.parent.postMessage("aros-chat:close", "*");
    close.hidden = false;
    close.addEventListener("click", leave);
    document.addEventListener("keydown", (event) => event.key === "Escape" && leave());
  }
  document.addEventListener("visibilitychange", () => document.hidden || poll());
  window.addEventListener("online", poll);
  $("chat-noscript").remove();
  form.hidden = false;
  text.focus();
  poll();
})();

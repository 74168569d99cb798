(() => {
  "use strict";
  const { KEY, kept, newKey, make, buttons, keepEnd, beginWindow, ask: fetchFrom } = window.arosChat;
  const $ = (id) => document.getElementById(id);
  const log = $("chat-log"), lines = $("chat-lines"), form = $("chat-form"), text = $("chat-text"), note = $("chat-note");
  const state = $("chat-state"), proof = $("chat-proof"), leaving = $("chat-leave"), forgets = $("chat-forget");
  const greeting = lines.firstElementChild;
  const words = JSON.parse($("chat-words").textContent);
  const query = "?lingua=" + encodeURIComponent(document.documentElement.lang);
  const shown = new Map(); // id or key of a message → its element
  let token = kept() || "", tag = "", after = "", timer = 0, polling = false, again = false, quiet = 0, waitsForProof = null;
  let proved = false, person = false, starting = null, held = 0, sends = Promise.resolve();
  let live = null; // what is being written at this moment

  function say(sentence) {
    note.textContent = sentence || "";
    note.hidden = !sentence;
  }

  const ask = (path, body, headers) => fetchFrom(path, token, body, headers, words.trouble);

  /** A token, the same for all messages that are waiting for one, and for the other windows of this browser. */
  async function begin() {
    token ||= kept() || "";
    if (token) return;
    starting ||= ask("start" + query, {}).finally(() => (starting = null));
    const fresh = (await starting).token;
    token ||= kept() || fresh;
    kept(token);
    forgets.hidden = false;
  }

  /* --- what is shown --- */

  const { toEnd, follows } = keepEnd(log, lines);

  function bubble(role, content, before) {
    if (role === "note") return make("p", "chat-mark", content);
    const said = make("div", "said said--" + role);
    said.append(make("p", role === "customer" ? "who sr" : "who", role === "customer" ? words.you : words[role]));
    if (before && before.classList.contains("said--" + role)) said.firstChild.classList.add("sr");
    said.append(make("p", "words", content));
    return said;
  }

  /** The first answer begins with the greeting that the page has said already. */
  function newWords(content) {
    const answered = Array.from(lines.querySelectorAll(".said--assistant")).some((each) => each !== greeting && each !== live);
    const opening = words.openings.find((each) => content.startsWith(each + "\n\n"));
    return (!answered && opening && content.slice(opening.length).trim()) || content;
  }

  /** Show a message behind `place`, or where there is none at the end; the element in which it is shown. */
  function add(message, place) {
    const known = shown.get(message.id) || (message.key && shown.get(message.key));
    if (known) {
      known.classList.remove("is-sending");
      known.querySelectorAll(".failed").forEach((each) => each.remove());
      shown.set(message.id, known);
      return known;
    }
    const before = place || Array.from(lines.children).filter((each) => each !== live && !each.matches(".choices")).pop();
    const assistant = message.role === "assistant";
    const said = bubble(message.role, assistant ? newWords(message.text) : message.text, before);
    if (live && assistant) {
      // The words that were being written become the message.
      live.remove();
      live = null;
    }
    before.after(said);
    shown.set(message.id, said);
    return said;
  }

  function choices(message) {
    const old = lines.querySelector(".choices");
    const name = message ? message.id + proved : "";
    if (old && old.dataset.of === name) return; // somebody may be about to tap
    if (old) old.remove();
    if (!message || message.role !== "assistant" || !message.options.length) return;
    const box = make("div", message.options.some((each) => each.description) || message.options.length > 4 ? "choices is-list" : "choices");
    box.dataset.of = name;
    for (const option of message.options) {
      if (option.id === "prove" && proved) continue;
      const button = make("button", "", option.title);
      button.type = "button";
      if (option.description) button.append(make("small", "", option.description));
      button.addEventListener("click", () => (option.id === "prove" ? prove() : choose(message, option, box)));
      box.append(button);
    }
    if (box.childElementCount) lines.append(box);
  }

  function writing(typing, draft) {
    if (!typing && !draft) {
      if (live) live.remove();
      live = null;
      return;
    }
    if (!live) {
      live = bubble("assistant", "", Array.from(lines.children).pop());
      live.setAttribute("aria-busy", "true");
    }
    if (lines.lastElementChild !== live) lines.append(live);
    const place = live.querySelector(".words");
    if (draft) {
      const content = newWords(draft);
      if (place.textContent !== content) place.textContent = content;
    } else if (!place.querySelector(".dots")) {
      const dots = make("span", "dots");
      dots.append(make("i"), make("i"), make("i"));
      place.replaceChildren(dots, make("span", "sr", words.typing));
    }
  }

  function show(found) {
    const stay = follows();
    let place = null;
    for (const message of found.messages) place = add(message, place);
    const last = found.messages[found.messages.length - 1];
    if (last) after = last.id;
    proved = found.proved;
    person = found.person;
    if (proved && !proof.hidden) proofGone();
    if (last) choices(found.typing ? null : found.messages.filter((each) => each.role !== "note").pop());
    writing(found.typing, found.draft);
    state.textContent = (person ? words.person : words.ai) + (proved ? " · " + words.proved : "");
    say(found.over && last ? words.over : "");
    if (stay) toEnd();
    return found.typing;
  }

  /* --- asking for what is new --- */

  async function poll() {
    if (polling || !token) {
      again = polling;
      return;
    }
    clearTimeout(timer);
    if (held > Date.now()) {
      timer = setTimeout(poll, held - Date.now());
      return;
    }
    polling = true;
    const asked = token;
    let pause = 0;
    try {
      const found = await ask("messages" + query + "&after=" + encodeURIComponent(after), null, tag ? { "If-None-Match": tag } : {});
      if (token !== asked) {
        polling = again = false;
        return poll(); // the answer is about a chat that was left meanwhile
      }
      quiet = found ? 0 : quiet + 1;
      let typing = Boolean(live);
      if (found) {
        tag = found.tag;
        typing = show(found);
      } else if (!note.hidden && note.dataset.kind === "offline") say("");
      pause = typing ? 450 : waitsForProof ? 1500 : quiet < 10 ? 1500 : quiet < 60 ? 4000 : 15000;
      delete note.dataset.kind;
    } catch (problem) {
      pause = token === asked ? failed(problem) : 0;
    }
    polling = false;
    if (again && pause !== null) pause = 0;
    again = false;
    if (pause !== null) timer = setTimeout(poll, document.hidden ? Math.max(pause, 10000) : pause);
  }

  function failed(problem) {
    if (problem.status === 401) {
      reset();
      return null;
    }
    if (problem.status === 429) {
      held = Date.now() + (problem.wait || 10000);
      return 0;
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

  /** As for somebody who has not written yet: nothing of the chat is left on the screen or, with `gone`, in the browser. */
  function reset(gone = true) {
    if (gone && (kept() || token) === token) kept(null);
    token = tag = after = "";
    clearTimeout(timer);
    shown.clear();
    live = null;
    proved = person = false;
    lines.replaceChildren(greeting);
    state.textContent = words.ai;
    say("");
    if (!proof.hidden) proofGone();
    leaving.hidden = forgets.hidden = true;
  }

  /** The chat of another window of this browser is this one's, too; and so is its end. */
  function agree() {
    const other = kept();
    if (other === null || other === token || (!other && starting)) return;
    reset(false);
    if (!other) text.value = "";
    token = other;
    forgets.hidden = !token;
    poll();
  }

  /* --- writing --- */

  function send(path, body, content) {
    const last = Array.from(lines.children).filter((each) => each !== live).pop();
    const said = bubble("customer", content, last);
    said.classList.add("is-sending");
    shown.set(body.id, said);
    lines.querySelectorAll(".choices").forEach((each) => each.remove());
    lines.insertBefore(said, live);
    toEnd();
    // One after the other, so that they arrive in the order of writing.
    sends = sends.then(() => deliver(said, path, body));
  }

  async function deliver(said, path, body) {
    try {
      await begin();
      try {
        await ask(path + query, body);
      } catch (problem) {
        if (problem.status !== 401) throw problem;
        reset(); // the chat of a month ago, or one that was left: a new one begins with these words
        lines.append(said);
        shown.set(body.id, said);
        if (path !== "message") throw problem;
        await begin();
        await ask(path + query, body);
      }
      said.classList.remove("is-sending");
      say("");
      if (!person) writing(true, "");
      toEnd();
      quiet = 0;
      poll();
    } catch (problem) {
      lost(said, path, body, problem);
    }
  }

  function lost(said, path, body, problem) {
    said.classList.remove("is-sending");
    const row = make("p", "failed", problem.status ? problem.message : words.failed);
    if (![400, 401, 413].includes(problem.status)) row.append(retry(said, path, body, row));
    said.append(row);
    toEnd();
  }

  function retry(said, path, body, row) {
    const button = make("button", "", words.again);
    button.type = "button";
    button.addEventListener("click", () => {
      row.remove();
      said.classList.add("is-sending");
      sends = sends.then(() => deliver(said, path, body));
    });
    return button;
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
      const row = buttons([words.cancel, proofGone]);
      row.prepend(link);
      proof.replaceChildren(
        make("p", "", words.prove), make("p", "code", found.code), row,
        make("p", "quiet small", words.write_to.replace("%(phone)s", found.phone)), make("p", "quiet small", words.waiting),
      );
      leaving.hidden = true;
      proof.hidden = false;
      clearTimeout(waitsForProof);
      waitsForProof = setTimeout(proofOver, Math.max(new Date(found.until) - Date.now(), 1000));
      link.focus();
      poll();
    } catch (problem) {
      if (problem.status === 401) reset();
      say(problem.status ? problem.message : words.offline);
    }
  }

  function proofOver() {
    waitsForProof = null;
    proof.replaceChildren(make("p", "", words.expired), buttons([words.another, prove, true], [words.cancel, proofGone]));
  }

  function proofGone() {
    clearTimeout(waitsForProof);
    waitsForProof = null;
    proof.hidden = true;
    proof.replaceChildren();
    text.focus();
  }

  /* --- leaving for good --- */

  function askToForget() {
    const back = () => {
      leaving.hidden = true;
      text.focus();
    };
    leaving.replaceChildren(make("p", "", words.forget_sure), buttons([words.forget, forget, true], [words.cancel, back]));
    leaving.hidden = false;
    leaving.querySelector("button").focus();
  }

  function forget() {
    withdraw(token, 1000);
    reset();
    text.value = "";
    grow();
    say(words.forgotten);
    text.focus();
  }

  /** Nobody else has the token from here on; what it had proved is taken back as soon as the shop can be reached. */
  async function withdraw(old, pause) {
    try {
      await ask("forget" + query, {}, { "X-Chat-Token": old });
    } catch (problem) {
      if (problem.status && problem.status < 500 && problem.status !== 429) return;
      setTimeout(() => withdraw(old, Math.min(pause * 2, 60000)), problem.wait || pause);
    }
  }

  forgets.querySelector("button").addEventListener("click", askToForget);

  /* --- the window --- */

  beginWindow($("chat-close"));
  window.addEventListener("storage", (event) => (event.key === KEY || event.key === null) && agree());
  window.addEventListener("pageshow", (event) => event.persisted && agree());
  document.addEventListener("visibilitychange", () => document.hidden || poll());
  window.addEventListener("online", poll);
  forgets.hidden = !token;
  $("chat-noscript").remove();
  form.hidden = false;
  text.focus();
  poll();
})();

/* What the chat's page is made of and what it asks the shop with; nothing in it knows a conversation. For chat.js. */
window.arosChat = (() => {
  "use strict";
  const KEY = "aros-chat";

  /** The token that this browser keeps; null where it keeps nothing. */
  function kept(value) {
    try {
      if (value === null) localStorage.removeItem(KEY);
      else if (value) localStorage.setItem(KEY, value);
      return localStorage.getItem(KEY) || "";
    } catch {
      return null;
    }
  }

  class Problem extends Error {
    constructor(status, sentence, wait) {
      super(sentence);
      this.status = status;
      this.wait = wait; // milliseconds
    }
  }

  /** The answer, null where nothing has changed. Throws Problem, with `trouble` where the shop says nothing itself. */
  async function ask(path, token, body, headers, trouble) {
    const options = { method: body ? "POST" : "GET", headers: { Accept: "application/json", "X-Chat-Token": token, ...headers }, credentials: "omit", keepalive: path.startsWith("forget") };
    if (body) options.body = JSON.stringify(body);
    const answer = await fetch("/chat/" + path, options);
    if (answer.status === 304) return null;
    let found = {};
    try {
      found = await answer.json();
    } catch {
      found = {};
    }
    if (!answer.ok) throw new Problem(answer.status, found.error || trouble, 1000 * (Number(answer.headers.get("Retry-After")) || 0));
    found.tag = answer.headers.get("ETag") || "";
    return found;
  }

  function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(12));
    return Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
  }

  function make(name, className, content) {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (content !== undefined) element.textContent = content;
    return element;
  }

  function buttons(...wanted) {
    const row = make("div", "buttons");
    for (const [label, act, main] of wanted) {
      const button = make("button", main ? "button button--main" : "button", label);
      button.type = "button";
      button.addEventListener("click", act);
      row.append(button);
    }
    return row;
  }

  /** Keep the end of what grows in `lines` in view in `log`, until somebody scrolls up. */
  function keepEnd(log, lines) {
    let follows = true, top = 0, height = 0, room = 0;
    const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;

    function remember() {
      top = log.scrollTop;
      height = log.scrollHeight;
      room = log.clientHeight;
    }

    function toEnd() {
      follows = true;
      log.scrollTop = log.scrollHeight;
      remember();
    }

    log.addEventListener("scroll", () => {
      // Only who scrolls up leaves the end: not what grows below it, nor the browser, which moves the box when its words
      // or its room change (a keyboard opens) and tells it later.
      const moved = log.scrollHeight !== height || log.clientHeight !== room;
      follows = atEnd() || (follows && (moved || log.scrollTop >= top));
      remember();
    }, { passive: true });
    const grown = new ResizeObserver(() => { if (follows) toEnd(); });
    grown.observe(log);
    grown.observe(lines);
    return { toEnd, follows: () => follows };
  }

  /** The widget's frame can be closed from inside; a page of its own stands above a telephone's keyboard. */
  function beginWindow(close) {
    const framed = window.parent !== window;
    if (close && framed) {
      const leave = () => window.parent.postMessage("aros-chat:close", "*");
      close.hidden = false;
      close.addEventListener("click", leave);
      document.addEventListener("keydown", (event) => event.key === "Escape" && leave());
    }
    // The keyboard covers the lower part of the page; what is written must stand above it. Not when it is zoomed.
    const seen = window.visualViewport;
    function fit() {
      const covered = Math.abs(seen.scale - 1) < 0.01 && seen.height < document.documentElement.clientHeight - 80;
      document.body.style.height = covered ? seen.height + "px" : "";
      if (covered) window.scrollTo(0, 0);
    }
    if (seen && !framed) seen.addEventListener("resize", fit);
  }

  return { KEY, kept, ask, newKey, make, buttons, keepEnd, beginWindow };
})();

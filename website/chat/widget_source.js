(() => {
  "use strict";
  const settings = {/* settings */};
  const script = document.currentScript;
  const marker = "data-aros-chat";
  if (!script || !script.src || document.querySelector("[" + marker + "]")) return;
  const origin = new URL(script.src).origin;
  // Styles are set by script alone: they hold where the page's policy forbids written ones, and touch nothing of it.
  const put = (element, styles) => {
    for (const name of Object.keys(styles)) element.style.setProperty(name, styles[name], "important");
    return element;
  };

  const begin = () => {
    const host = put(document.createElement("div"), { all: "initial" });
    host.setAttribute(marker, "");
    const root = host.attachShadow({ mode: "open" });
    const button = put(document.createElement("button"), {
      position: "fixed", right: "20px", bottom: "20px", "z-index": "2147483000", display: "flex",
      "align-items": "center", gap: "8px", "min-height": "56px", padding: "0 22px", border: "2px solid " + settings.ink,
      "border-radius": "28px", background: settings.brand, color: settings.ink, cursor: "pointer",
      font: "600 17px/1.2 system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif",
      "box-shadow": "0 4px 16px rgba(0, 0, 0, .3)",
    });
    button.type = "button";
    button.setAttribute("aria-expanded", "false");
    button.append(bubble(), settings.label);
    button.setAttribute("aria-label", settings.open);
    const ring = (on) => put(button, { outline: on ? "3px solid #000" : "none", "outline-offset": "3px" });
    button.addEventListener("focus", () => ring(button.matches(":focus-visible")));
    button.addEventListener("blur", () => ring(false));
    root.append(button);
    let frame = null;
    let open = false;
    const small = window.matchMedia("(max-width: 600px), (max-height: 480px)");

    const place = () => {
      if (!frame) return;
      const corner = {
        left: "auto", top: "auto", right: "20px", bottom: "20px", width: "400px",
        height: "min(680px, calc(100vh - 40px))", "border-radius": "16px",
      };
      // The whole of what is seen: a telephone's keyboard covers the rest. Zoomed, it stays as it is.
      const seen = window.visualViewport;
      const part = seen && Math.abs(seen.scale - 1) < 0.01;
      const whole = {
        left: "0", top: part ? seen.offsetTop + "px" : "0", right: "0", bottom: "auto", width: "100%",
        height: part ? seen.height + "px" : "100%", "border-radius": "0",
      };
      put(frame, small.matches ? whole : corner);
    };
    const show = (yes) => {
      if (yes && !frame) frame = make(root);
      open = yes;
      place();
      if (frame) put(frame, { display: yes ? "block" : "none" });
      put(button, { display: yes ? "none" : "flex" });
      button.setAttribute("aria-expanded", String(yes));
      if (yes) frame.focus();
      else button.focus();
    };
    button.addEventListener("click", () => show(true));
    small.addEventListener("change", place);
    if (window.visualViewport) ["resize", "scroll"].forEach((name) => window.visualViewport.addEventListener(name, place));
    window.addEventListener("message", (event) => {
      if (!frame || event.origin !== origin || event.source !== frame.contentWindow) return;
      if (event.data === "aros-chat:close" && open) show(false);
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && open) show(false);
    });
    document.body.append(host);
  };

  const make = (root) => {
    const frame = put(document.createElement("iframe"), {
      position: "fixed", "z-index": "2147483001", border: "0", background: "#fff", "color-scheme": "light",
      "box-shadow": "0 8px 40px rgba(0, 0, 0, .35)",
    });
    frame.title = settings.title;
    frame.referrerPolicy = "no-referrer";
    frame.src = origin + "/chat?widget=1" + (settings.query ? "&" + settings.query : "");
    root.append(frame);
    return frame;
  };

  const bubble = () => {
    const name = "http://www.w3.org/2000/svg";
    const picture = document.createElementNS(name, "svg");
    picture.setAttribute("viewBox", "0 0 24 24");
    picture.setAttribute("width", "24");
    picture.setAttribute("height", "24");
    picture.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(name, "path");
    path.setAttribute("fill", "currentColor");
    path.setAttribute("d", "M4 3h16a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2H9l-5 4v-4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z");
    picture.append(path);
    return picture;
  };

  if (document.body) begin();
  else document.addEventListener("DOMContentLoaded", begin, { once: true });
})();

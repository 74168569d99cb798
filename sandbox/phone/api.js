// What the page asks of the stand-in. Every failure is one Italian sentence.

export class Trouble extends Error {}

async function call(method, path, body, extra = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: { ...(body ? { "Content-Type": "application/json" } : {}), ...extra.headers },
      body: body ? JSON.stringify(body) : undefined,
      signal: extra.signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Trouble("Il telefono non raggiunge il programma: è acceso? (make run)");
  }
  if (response.status === 304) return { fresh: false };
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Trouble(answer.error ?? `Qualcosa non va (${response.status}).`);
  return { fresh: true, answer, tag: response.headers.get("ETag") };
}

export const cast = async () => (await call("GET", "/_phone/cast")).answer;
export const chats = async (person) => (await call("GET", `/_phone/chats?${new URLSearchParams({ person })}`)).answer;

// Waits on the server's side until something is new.
export const chat = (line, person, tag, signal) =>
  call("GET", `/_phone/chat?${new URLSearchParams({ line, person, wait: tag ? "20" : "0" })}`, null, {
    headers: tag ? { "If-None-Match": tag } : {},
    signal,
  });

export const write = (message) => call("POST", "/_write", message);
export const read = (line, person) => call("POST", "/_read", { line, from: person });
export const closeWindow = (line, person) => call("POST", "/_window", { line, from: person });
export const forget = (line, person) => call("POST", "/_phone/forget", { line, person });

// The live link. Values change as events arrive; ages tick here, so that a page nobody feeds turns to unknown by itself.
export const words = JSON.parse(document.body.dataset.words);
const NO_NEWS = 4000; // ms without an event (the server sends one a second) until every value is unknown
const HIDDEN = 30000; // ms in the background until the stream is given back: a browser has few connections
const zone = Number(document.body.dataset.zone) * 3600000;
const started = Number(document.body.dataset.now);
let base = { server: started, wall: Date.now(), ticks: performance.now() };
let heard = { wall: Date.now(), ticks: performance.now(), server: started };
const title = document.title;
let fed = false, lost = false, source = null, hiding = 0;

// The larger of two clocks: one stops while a machine sleeps, the other can be set back.
const since = (mark) => Math.max(Date.now() - mark.wall, performance.now() - mark.ticks);
export const now = () => base.server + since(base);
export const isLost = () => lost;
export const clock = (ms) => new Date(ms + zone).toISOString().slice(11, 19);
export const stamp = (ms) => new Date(ms + zone).toISOString().slice(0, 19).replace("T", " ");
export const fill = (text, numbers) => text.replace(/\{(\w+)\}/g, (_, name) => numbers[name]);

export function span(ms) {
  const units = [[86400000, words.d], [3600000, words.h], [60000, words.min], [1000, words.s]];
  let rest = Math.max(ms, 0), at = units.findIndex(([size]) => rest >= size);
  if (at < 0) at = 3;
  return units.slice(at, at + 2).map(([size, word]) => { const count = Math.floor(rest / size); rest -= count * size; return `${count} ${word}`; }).join(" ");
}

const part = (element, name) => element.querySelector(`[data-f="${name}"]`);
export function put(element, name, text) {
  const found = part(element, name);
  if (found && found.textContent !== String(text)) found.textContent = text;
}

// What is shown may only be worse than what the server said: unknown, when the reading or the link is too old.
function show(element, reason) {
  const shown = reason ? "unknown" : element.dataset.state;
  if (element.dataset.shown !== shown) {
    element.dataset.shown = shown;
    part(element, "shape")?.setAttribute("href", `#s-${shown}`);
  }
  put(element, "word", reason ? words.unknown : element.dataset.word);
  put(element, "reason", reason || element.dataset.reason);
}

function tick() {
  const at = now(), quiet = since(heard);
  lost = quiet > NO_NEWS;
  const link = document.getElementById("link"), banner = document.getElementById("banner");
  link.dataset.link = lost ? "lost" : fed ? "live" : "wait";
  document.getElementById("link-word").textContent = lost ? words.lost : fed ? words.live : words.wait;
  document.getElementById("clock").textContent = clock(at);
  banner.hidden = !lost;
  const gone = fill(words.since, { time: clock(heard.server) });
  if (lost && banner.textContent !== gone) banner.textContent = gone;
  document.body.toggleAttribute("data-lost", lost);
  if (lost) {
    document.title = `? · ${title}`;
    for (const count of document.querySelectorAll("[data-total] b")) count.textContent = "—";
    for (const line of document.querySelectorAll("[data-gateway]")) { line.dataset.heard = "lost"; put(line, "gateway", words.unknown); }
  }
  for (const element of document.querySelectorAll("[data-born]")) {
    const age = element.dataset.born ? at - Number(element.dataset.born) : null;
    put(element, "age", age === null ? "—" : span(age));
    const stale = element.dataset.fresh && age !== null && age > Number(element.dataset.fresh) && element.dataset.state !== "unknown";
    show(element, lost ? words.blind : stale ? fill(words.stale, { seconds: Math.floor(age / 1000) }) : "");
  }
}

function takePoint(element, point) {
  Object.assign(element.dataset, { state: point.state, word: point.word, reason: point.why, born: point.born, fresh: point.fresh });
  element.toggleAttribute("data-alarm", Boolean(point.alarm));
  put(element, "value", point.text);
  put(element, "quality", point.quality.join(" · "));
  if (point.bar !== null) part(element, "bar")?.setAttribute("width", point.bar);
}

// Of a mine without a card only its state is told, when it changes.
function takeMine(element, mine) {
  Object.assign(element.dataset, { state: mine.state, word: mine.word, reason: mine.why });
  if (!mine.gateways) return;
  element.dataset.born = mine.born;
  const alarms = mine.alarms || { active: "—", unacknowledged: "—" };
  put(element, "alarms", alarms.active);
  put(element, "unacknowledged", alarms.unacknowledged);
  part(element, "alarms")?.setAttribute("data-zero", alarms.active === 0 ? "yes" : "no");
  for (const piece of mine.split) {
    const bar = part(element, `split-${piece.state}`);
    bar?.setAttribute("x", piece.at);
    bar?.setAttribute("width", piece.width);
    const count = element.querySelector(`[data-count="${piece.state}"]`);
    if (count) { count.hidden = !piece.count; count.querySelector("b").textContent = piece.count; }
  }
  for (const gateway of mine.gateways) {
    const line = element.querySelector(`[data-gateway="${gateway.id}"]`);
    if (line) { line.dataset.heard = gateway.heard; put(line, "gateway", words[gateway.heard]); }
  }
}

function take(message) {
  const event = JSON.parse(message.data);
  base = { server: event.now, wall: Date.now(), ticks: performance.now() };
  heard = { ...base };
  fed = true;
  const unread = document.getElementById("unread");
  unread.hidden = !event.unread;
  unread.textContent = event.unread || "";
  for (const mine of event.mines) {
    document.querySelectorAll(`[data-mine="${mine.id}"]`).forEach((element) => takeMine(element, mine));
    for (const point of mine.changed) document.querySelectorAll(`[data-point="${point.id}"]`).forEach((element) => takePoint(element, point));
  }
  for (const line of document.querySelectorAll("[data-total]")) {
    const count = event.totals?.[line.dataset.total];
    if (count !== undefined) { line.hidden = !count; line.querySelector("b").textContent = count; }
  }
  const loud = event.active ?? event.mines.reduce((sum, mine) => sum + (mine.alarms?.active ?? 0), 0);
  document.title = loud ? `▲ ${loud} · ${title}` : title;
  document.dispatchEvent(new CustomEvent("davy", { detail: event }));
  tick();
}

function open() {
  if (source) return;
  source = new EventSource(document.body.dataset.stream);
  source.onmessage = take;
  source.onerror = () => { if (source?.readyState === EventSource.CLOSED) { close(); toTheDoor(); setTimeout(open, 2000); } };
}
// The session is over: the server sends this page to the door. Not while somebody types.
async function toTheDoor() {
  const answer = await fetch("/api/v1/session").catch(() => null);
  const told = answer?.ok ? await answer.json().catch(() => null) : null;
  if (told && !told.signed_in && document.querySelector('.top a[href="/me"]') && !document.querySelector("form:focus-within")) location.reload();
}
function close() { source?.close(); source = null; }

document.addEventListener("visibilitychange", () => {
  clearTimeout(hiding);
  if (document.hidden) hiding = setTimeout(close, HIDDEN);
  else { open(); tick(); }
});

// Sections that the server draws: fetched anew when alarms change ("alarms") or every N seconds, unless a person is at work in them.
let version = null;
async function swap(which) {
  const due = [...document.querySelectorAll(`[data-swap]`)].filter((part) => which === "timer" ? part.dataset.swap !== "alarms" : part.dataset.swap === which);
  if (!due.length || document.hidden) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html", "Davy-Quiet": "1" } }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = [...page.querySelectorAll("[data-swap]")].filter((part) => due.some((old) => old.dataset.swap === part.dataset.swap));
  due.forEach((old, at) => {
    if (old.querySelector("form:focus-within") || !fresh[at]) return;
    for (const details of old.querySelectorAll("details[open][id]")) fresh[at].querySelector(`#${CSS.escape(details.id)}`)?.setAttribute("open", "");
    old.replaceWith(fresh[at]);
  });
}
document.addEventListener("davy", ({ detail }) => {
  if (version !== null && version !== detail.alarms_version) swap("alarms");
  version = detail.alarms_version;
});
document.addEventListener("davy:acted", () => { swap("alarms"); swap("timer"); });
const timed = document.querySelector('[data-swap]:not([data-swap="alarms"])');
if (timed) setInterval(() => swap("timer"), Number(timed.dataset.swap) * 1000);

open();
tick();
setInterval(tick, 500);

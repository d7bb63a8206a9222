// The wall board: keeps its cards as the server draws them, sounds by priority, and takes deeds under a PIN. What it does not know it says loudly.
import { isLost, words } from "/static/live.js";

const own = JSON.parse(document.body.dataset.wall);
const one = document.body.hasAttribute("data-one");
const OLD = 6000; // ms that the cards may lag behind the alarms before the board calls itself blind
const REST = one ? 10000 : 2000; // ms between two looks where no alarm changed: values tick by the stream on a board of one mine only
let version = null, fetching = false, asked = 0, behind = 0, pressing = false, again = false;

const cards = () => document.getElementById("cards");
const fresh = () => version === null || Number(cards().dataset.version) === version;

async function refresh() {
  if (fetching || pressing) { again = true; return; }
  fetching = true;
  asked = performance.now();
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (answer?.ok && !answer.redirected) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const drawn = page.getElementById("cards");
    if (drawn && !pressing) cards().replaceWith(drawn);
    else again = true;
  }
  fetching = false;
  look();
  if (again) { again = false; setTimeout(refresh, 300); }
}

document.addEventListener("davy", ({ detail }) => {
  version = detail.alarms_version;
  if (!fresh()) refresh();
});
document.addEventListener("pointerdown", () => { pressing = true; });
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => setTimeout(() => { pressing = false; }, 50));

// Blind: no link, or cards that are older than the alarms. Then nothing on the board looks calm.
function look() {
  behind = fresh() ? 0 : behind || performance.now();
  const old = behind && performance.now() - behind > OLD, unread = !document.getElementById("unread").hidden, blind = isLost() || unread || Boolean(old);
  document.getElementById("blind").hidden = !blind;
  document.body.toggleAttribute("data-blind", blind);
  const said = document.getElementById("old");
  said.hidden = !old || isLost();
  said.textContent = own.old;
  return blind;
}
setInterval(() => {
  look();
  if (!isLost() && (!fresh() || performance.now() - asked > REST)) refresh();
}, 500);

// Sound. A browser lets none out before somebody tapped; until then the board says so.
const TONES = { 1: [[988, 0.14], [740, 0.14], [988, 0.14], [740, 0.14]], 2: [[784, 0.2], [784, 0.2]], 3: [[523, 0.25]], 4: [[392, 0.2]], blind: [[220, 0.4], [196, 0.6]] };
const EVERY = { 1: 2500, 2: 5000, 3: 10000, 4: 30000, blind: 4000 };
const button = document.getElementById("sound");
let audio = null, wanted = false, sounded = 0;

function play(tones) {
  let at = audio.currentTime + 0.02;
  for (const [pitch, length] of tones) {
    const tone = audio.createOscillator(), loud = audio.createGain();
    tone.type = "square";
    tone.frequency.value = pitch;
    loud.gain.setValueAtTime(0.0001, at);
    loud.gain.exponentialRampToValueAtTime(0.25, at + 0.02);
    loud.gain.exponentialRampToValueAtTime(0.0001, at + length);
    tone.connect(loud).connect(audio.destination);
    tone.start(at);
    tone.stop(at + length);
    at += length + 0.05;
  }
}

function sound() {
  const on = wanted && audio?.state === "running";
  button.setAttribute("aria-pressed", String(on));
  button.textContent = on ? own.on : own.off;
  const what = document.body.hasAttribute("data-blind") ? "blind" : cards().dataset.loudest;
  document.body.dataset.sounding = EVERY[what] ? what : "";
  if (!on || !EVERY[what] || performance.now() - sounded < EVERY[what]) return;
  sounded = performance.now();
  document.body.dataset.sounded = what;
  play(TONES[what]);
}
button.addEventListener("click", async () => {
  audio ??= new AudioContext();
  wanted = !(wanted && audio.state === "running");
  if (wanted) { await audio.resume(); sounded = 0; play([[660, 0.12], [880, 0.12]]); }
  sound();
});
setInterval(sound, 250);

// Who stands at a board without sign-in: shown, and changed with one tap.
const who = document.getElementById("who");
function showWho() {
  if (!who) return;
  const name = localStorage.getItem("davy-name");
  who.hidden = !name;
  who.textContent = `${own.who} ${name ?? ""}`;
}
who?.addEventListener("click", () => { localStorage.removeItem("davy-name"); showWho(); });
showWho();

// Deeds.
const pad = document.getElementById("pad"), way = pad.dataset.way;
const pin = document.getElementById("pad-pin"), name = document.getElementById("pad-name"), leader = document.getElementById("pad-leader");
const failed = document.getElementById("pad-failed");
let deed = null;
const KEPT = "davy-name", KEPT_LEADER = "davy-leader";

async function act(fields) {
  const answer = await fetch(`/api/v1/wall/${deed.alarm}/${deed.what}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(fields) }).catch(() => null);
  if (answer?.ok) { refresh(); return ""; }
  const told = answer ? (await answer.json().catch(() => null))?.error : null;
  if (!told) return words.unsent;
  return told.place === "body.pin" ? own.wrong : `${words.refused}: ${told.allowed}`;
}

document.addEventListener("click", async (event) => {
  const tap = event.target.closest("button.tap");
  if (!tap) return;
  const card = tap.closest(".card");
  deed = { alarm: card.dataset.alarmId, what: tap.dataset.deed };
  const kept = localStorage.getItem(KEPT);
  if (way === "signed" || (way === "name" && kept)) { // one tap: who it is is known
    tap.disabled = true;
    const why = await act({ name: kept ?? "", ...(deed.what === "report" ? { leader: localStorage.getItem(KEPT_LEADER) ?? "" } : {}) });
    tap.disabled = false;
    const said = document.querySelector(`#${card.id} > .failed`);
    if (why && said) { said.hidden = false; said.textContent = why; }
    return;
  }
  document.getElementById("pad-title").textContent = tap.textContent;
  document.getElementById("pad-what").textContent = card.querySelector("h2").textContent;
  document.getElementById("pad-leader-label").hidden = deed.what !== "report";
  leader.value = localStorage.getItem(KEPT_LEADER) ?? "";
  if (pin) pin.value = "";
  failed.hidden = true;
  pad.showModal();
  (pin ?? name).focus();
});
pad.addEventListener("click", ({ target }) => {
  const key = target.closest("[data-key]")?.dataset.key;
  if (key) pin.value = key === "back" ? pin.value.slice(0, -1) : (pin.value + key).slice(0, 12);
});
document.getElementById("pad-cancel").addEventListener("click", () => pad.close());
pad.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (name) { localStorage.setItem(KEPT, name.value.trim()); showWho(); }
  if (deed.what === "report") localStorage.setItem(KEPT_LEADER, leader.value.trim());
  const button = event.submitter;
  if (button) button.disabled = true;
  const why = await act({ ...(pin ? { pin: pin.value } : { name: name?.value ?? "" }), ...(deed.what === "report" ? { leader: leader.value } : {}) });
  if (button) button.disabled = false;
  if (pin) pin.value = "";
  failed.hidden = !why;
  failed.textContent = why;
  if (!why) pad.close();
});

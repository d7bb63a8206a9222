// Permits and calibration: countdowns, and forms that post JSON and say plainly when it did not work.
import { now, span, words } from "/static/live.js";

const KEPT = "davy-name";
document.querySelectorAll('form.deed input[name="name"]').forEach((input) => { input.value ||= localStorage.getItem(KEPT) ?? ""; });

function tick() {
  for (const left of document.querySelectorAll("[data-ends]")) {
    const rest = Number(left.dataset.ends) - now();
    left.textContent = `${rest >= 0 ? left.dataset.left : left.dataset.over} ${span(Math.abs(rest))}`;
    left.closest(".permit").classList.toggle("overrun", rest < 0);
  }
}
setInterval(tick, 1000);
tick();

// Numbers go as numbers, checked boxes of one name as a list; an empty field is one that was not filled.
function fieldsOf(form) {
  const fields = {};
  for (const input of form.elements) {
    if (!input.name || (input.type === "checkbox" && !input.checked)) continue;
    if (input.type === "checkbox") (fields[input.name] ??= []).push(input.value);
    else if (input.value !== "" || input.type === "text") fields[input.name] = input.type === "number" ? Number(input.value) : input.value;
  }
  return fields;
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form.deed");
  if (!form) return;
  event.preventDefault();
  const fields = fieldsOf(form), failed = form.querySelector(".failed"), button = form.querySelector("button");
  if (fields.name) localStorage.setItem(KEPT, fields.name);
  button.disabled = true;
  const answer = await fetch(form.action, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(fields) }).catch(() => null);
  button.disabled = false;
  if (answer?.ok) { location.reload(); return; }
  const told = answer ? (await answer.json().catch(() => null))?.error : null;
  failed.hidden = false;
  failed.textContent = told ? `${words.refused}: ${told.allowed}` : words.unsent;
});

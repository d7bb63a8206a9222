// Acknowledge and shelve: forms that post JSON and say plainly when it did not work.
import { words } from "/static/live.js";

const KEPT = "davy-name";
const fillNames = () => document.querySelectorAll('.act input[name="name"]').forEach((input) => { input.value ||= localStorage.getItem(KEPT) ?? ""; });
fillNames();
document.addEventListener("davy", fillNames);

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form.act");
  if (!form) return;
  event.preventDefault();
  const fields = Object.fromEntries(new FormData(form));
  if (fields.minutes) fields.minutes = Number(fields.minutes);
  for (const input of form.querySelectorAll("[data-number]")) fields[input.name] = input.value === "" ? null : Number(input.value);
  localStorage.setItem(KEPT, fields.name);
  const failed = form.querySelector(".failed"), button = form.querySelector("button");
  button.disabled = true;
  const answer = await fetch(event.submitter?.getAttribute("formaction") || form.action, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(fields) }).catch(() => null);
  button.disabled = false;
  if (answer?.ok && "reload" in form.dataset) { location.reload(); return; }
  if (answer?.ok) { button.focus(); button.blur(); document.dispatchEvent(new Event("davy:acted")); return; }
  const told = answer ? (await answer.json().catch(() => null))?.error : null;
  failed.hidden = false;
  failed.textContent = told ? `${words.refused}: ${told.allowed}` : words.unsent;
});

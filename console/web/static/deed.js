// Forms of deeds: posted as JSON, and said plainly when it did not work.
import { words } from "/static/live.js";

const KEPT = "davy-name";

// `selector`: the forms; `fieldsOf(form)`: what the form says, as the API wants it; `done(form, button)`: what follows when it worked.
export function deeds(selector, fieldsOf, done = () => location.reload()) {
  const fillNames = () => document.querySelectorAll(`${selector} input[name="name"]`).forEach((input) => { input.value ||= localStorage.getItem(KEPT) ?? ""; });
  fillNames();
  document.addEventListener("davy", fillNames);
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest(selector);
    if (!form) return;
    event.preventDefault();
    const fields = fieldsOf(form), failed = form.querySelector(".failed"), button = event.submitter ?? form.querySelector("button");
    if (fields.name) localStorage.setItem(KEPT, fields.name);
    button.disabled = true;
    const to = event.submitter?.getAttribute("formaction") || form.action;
    const answer = await fetch(to, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(fields) }).catch(() => null);
    button.disabled = false;
    if (answer?.ok) { done(form, button); return; }
    const told = answer ? (await answer.json().catch(() => null))?.error : null;
    failed.hidden = false;
    failed.textContent = told ? `${words.refused}: ${told.place} · ${told.allowed}` : words.unsent;
  });
}

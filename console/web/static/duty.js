// Forms of the control room: posted as JSON; the page is drawn anew when it worked, and says plainly when it did not.
import { words } from "/static/live.js";

const KEPT = "davy-name";
document.querySelectorAll('form.duty input[name="name"]').forEach((input) => { input.value ||= localStorage.getItem(KEPT) ?? ""; });

function fieldsOf(form) {
  const fields = Object.fromEntries(new FormData(form));
  for (const input of form.querySelectorAll("[data-number]")) fields[input.name] = Number(input.value);
  if (form.classList.contains("shifts-form")) {
    fields.shifts = [...form.querySelectorAll(".shift")]
      .map((shift) => Object.fromEntries([...shift.querySelectorAll("[data-shift]")].map((input) => [input.dataset.shift, input.value.trim()])))
      .filter((shift) => shift.zh || shift.en || shift.start);
  }
  return fields;
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form.duty");
  if (!form) return;
  event.preventDefault();
  const fields = fieldsOf(form), failed = form.querySelector(".failed"), button = form.querySelector("button[type=submit]");
  if (fields.name) localStorage.setItem(KEPT, fields.name);
  button.disabled = true;
  const answer = await fetch(form.action, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(fields) }).catch(() => null);
  button.disabled = false;
  if (answer?.ok) { location.href = location.pathname + location.search; return; }
  const told = answer ? (await answer.json().catch(() => null))?.error : null;
  failed.hidden = false;
  failed.textContent = told ? `${words.refused}: ${told.allowed}` : words.unsent;
});

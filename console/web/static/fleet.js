// Forms of the fleet: posted as JSON, said plainly when refused. A document is hashed here and never sent.
import { words } from "/static/live.js";

const KEPT = "davy-name";
document.querySelectorAll('form.deed input[name="name"]').forEach((input) => { input.value ||= localStorage.getItem(KEPT) ?? ""; });

document.addEventListener("change", async (event) => {
  const input = event.target.closest("[data-hash-into]"), file = input?.files?.[0];
  if (!file || !crypto.subtle) return;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  input.form.elements[input.dataset.hashInto].value = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  input.form.elements[input.dataset.nameInto].value ||= file.name;
});

// Numbers go as numbers, yes and no as such; an empty field is one that was not filled.
function fieldsOf(form) {
  const fields = {};
  for (const input of form.elements) {
    if (!input.name || input.type === "file" || input.value === "") continue;
    fields[input.name] = "yesNo" in input.dataset ? input.value === "yes" : input.type === "number" ? Number(input.value) : input.value.trim();
  }
  return fields;
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form.deed");
  if (!form) return;
  event.preventDefault();
  const fields = fieldsOf(form), failed = form.querySelector(".failed"), button = form.querySelector("button[type=submit]");
  if (fields.name) localStorage.setItem(KEPT, fields.name);
  button.disabled = true;
  const answer = await fetch(form.action, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(fields) }).catch(() => null);
  button.disabled = false;
  if (answer?.ok) { location.reload(); return; }
  const told = answer ? (await answer.json().catch(() => null))?.error : null;
  failed.hidden = false;
  failed.textContent = told ? `${words.refused}: ${told.place} · ${told.allowed}` : words.unsent;
});

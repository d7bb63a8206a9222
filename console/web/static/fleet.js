// Forms of the fleet. A document is hashed here and never sent.
import { deeds } from "/static/deed.js";

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

deeds("form.deed", fieldsOf);

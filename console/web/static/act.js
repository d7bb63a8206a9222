// Acknowledge and shelve, answer and close.
import { deeds } from "/static/deed.js";

function fieldsOf(form) {
  const fields = Object.fromEntries(new FormData(form));
  if (fields.minutes) fields.minutes = Number(fields.minutes);
  for (const input of form.querySelectorAll("[data-number]")) fields[input.name] = input.value === "" ? null : Number(input.value);
  return fields;
}

deeds("form.act", fieldsOf, (form, button) => {
  if ("reload" in form.dataset) { location.reload(); return; }
  button.focus();
  button.blur();
  document.dispatchEvent(new Event("davy:acted"));
});

// Permits and calibration: countdowns, and forms.
import { deeds } from "/static/deed.js";
import { now, span } from "/static/live.js";

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

deeds("form.deed", fieldsOf);

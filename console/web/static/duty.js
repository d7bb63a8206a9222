// Forms of the control room; the page is drawn anew when it worked.
import { deeds } from "/static/deed.js";

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

deeds("form.duty", fieldsOf, () => { location.href = location.pathname + location.search; });

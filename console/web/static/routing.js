// A test message to one recipient: says what became of it.
import { fill, words } from "/static/live.js";

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form.test");
  if (!form) return;
  event.preventDefault();
  const button = form.querySelector("button"), said = form.querySelector("output");
  button.disabled = true;
  said.textContent = "…";
  const answer = await fetch(form.action, { method: "POST" }).catch(() => null);
  const body = answer ? await answer.json().catch(() => null) : null;
  button.disabled = false;
  if (answer?.ok) said.textContent = fill(form.dataset[body.outcome], { reason: body.reason });
  else said.textContent = body?.error ? `${words.refused}: ${body.error.allowed}` : words.unsent;
});

// The story's page: its chart. Everything else is drawn by the server and swapped in by live.js.
import { now, words } from "/static/live.js";
import { chartOf } from "/static/chart.js";

const plot = document.getElementById("plot"), zone = Number(document.body.dataset.zone), RANGE = 240000, EVERY = 2000;
let chart = null, turn = 0, shown = "";

async function load() {
  const charted = document.getElementById("charted");
  if (!charted || document.hidden) return;
  shown = charted.dataset.series;
  const mine = ++turn, end = now(), { series, unit, decimals, limits } = charted.dataset;
  const answer = await fetch(`${series}?start=${Math.round((end - RANGE) * 1000)}&end=${Math.round(end * 1000)}&buckets=600`, { headers: { "Davy-Quiet": "1" } }).catch(() => null);
  const found = answer?.ok ? await answer.json().catch(() => null) : null;
  if (!found || mine !== turn) return;
  const options = { decimals: Number(decimals), unit, zone, limits: JSON.parse(limits), stepped: false, words };
  chart?.destroy();
  plot.replaceChildren();
  chart = chartOf(plot, found, options);
}

addEventListener("load", load);
addEventListener("resize", load);
setInterval(load, EVERY);
// Another point is told of: its chart at once. Another step: where the chart stands beside the steps, it is brought into sight.
let step = document.querySelector("[aria-current=step]")?.id;
setInterval(() => {
  if (document.getElementById("charted")?.dataset.series !== shown) load();
  const current = document.querySelector("[aria-current=step]");
  if (current && current.id !== step && matchMedia("(min-width: 1000px)").matches) current.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  step = current?.id ?? step;
}, 300);

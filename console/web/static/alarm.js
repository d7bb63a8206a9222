// One alarm's page: the readings before and after it, with limits, gaps and flags.
import { fill, span, words } from "/static/live.js";
import { chartOf } from "/static/chart.js";

const panel = document.getElementById("chart"), plot = document.getElementById("plot"), facts = panel.dataset;
const zone = Number(document.body.dataset.zone);
let chart = null;

async function load() {
  const answer = await fetch(`${facts.series}?start=${facts.start}&end=${facts.end}&buckets=${Math.max(400, Math.round(plot.clientWidth / 2))}`).catch(() => null);
  const found = answer?.ok ? await answer.json() : null;
  document.getElementById("chart-failed").hidden = Boolean(found);
  if (!found) return;
  const options = { decimals: Number(facts.decimals), unit: facts.unit, zone, limits: JSON.parse(facts.limits), stepped: facts.kind === "switch", words };
  chart?.destroy();
  plot.replaceChildren();
  chart = chartOf(plot, found, options);
  document.getElementById("chart-kind").textContent = found.width_us ? fill(words.buckets, { width: span(found.width_us / 1000) }) : words.raw;
  const total = found.width_us ? found.count.reduce((sum, count) => sum + count, 0) : found.time_us.length;
  document.getElementById("chart-count").textContent = total ? fill(words.readings, { count: total }) : words.empty;
}

let resize = 0;
new ResizeObserver(() => { clearTimeout(resize); resize = setTimeout(() => chart && chart.setSize({ width: plot.clientWidth, height: chart.height }), 100); }).observe(plot);
load();

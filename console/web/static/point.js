// The point page: the chart with limits, gaps, flags and alarms, and the table of last readings.
import { clock, fill, now, span, stamp, words } from "/static/live.js";
import { chartOf } from "/static/chart.js";

const panel = document.getElementById("chart"), plot = document.getElementById("plot");
const decimals = Number(panel.dataset.decimals), zone = Number(document.body.dataset.zone);
const ask = async (start, end, buckets) => {
  const answer = await fetch(`${panel.dataset.series}?start=${Math.round(start * 1000)}&end=${Math.round(end * 1000)}&buckets=${buckets}`).catch(() => null);
  return answer?.ok ? answer.json() : null;
};
const lang = document.documentElement.lang.slice(0, 2);
let range = 600, chart = null, drawn = 0, turn = 0;

const byHand = async (start, end) => {
  const answer = await fetch(`${panel.dataset.series.replace(/series$/, "manual")}?start=${start}&end=${end}`).catch(() => null);
  return answer?.ok ? (await answer.json()).items : null;
};

async function load() {
  const mine = ++turn, end = now(), found = await ask(end - range * 1000, end, Math.max(400, Math.round(plot.clientWidth / 2)));
  if (mine !== turn) return;
  if (found) found.manual = (await byHand(found.start_us, found.end_us)) ?? [];
  if (mine !== turn) return;
  document.getElementById("chart-failed").hidden = Boolean(found);
  if (!found) return;
  drawn = end;
  const options = { decimals, unit: panel.dataset.unit, zone, limits: JSON.parse(panel.dataset.limits), stepped: panel.dataset.kind === "switch", words };
  chart?.destroy();
  plot.replaceChildren();
  chart = chartOf(plot, found, options);
  document.getElementById("chart-kind").textContent = found.width_us ? fill(words.buckets, { width: span(found.width_us / 1000) }) : words.raw;
  const total = found.width_us ? found.count.reduce((sum, count) => sum + count, 0) : found.time_us.length;
  document.getElementById("chart-count").textContent = total ? fill(words.readings, { count: total }) : words.empty;
  listGaps(found.gaps);
}

function listGaps(gaps) {
  document.getElementById("gaps").hidden = !gaps.length;
  document.getElementById("gap-count").textContent = gaps.length;
  document.getElementById("gap-list").replaceChildren(...gaps.slice(-100).reverse().map((gap) => {
    const line = document.createElement("li");
    line.textContent = `${stamp(gap.start_us / 1000)} – ${stamp(gap.end_us / 1000)} · ${span((gap.end_us - gap.start_us) / 1000)} · ${gap.words.map((word) => words[`gap_${word}`]).join(", ")}${gap.reason_words[lang] ? ` · ${gap.reason_words[lang]}` : ""}`;
    return line;
  }));
}

async function table() {
  if (document.hidden) return;
  const end = now(), found = await ask(end - 600000, end, 2000);
  if (!found || found.width_us) return;
  const rows = found.time_us.map((time, at) => ({ time, at })).slice(-30).reverse().map(({ time, at }) => {
    const row = document.createElement("tr"), value = found.value[at], bits = found.quality[at];
    const told = [...(found.quality_words[bits]?.[lang] ?? []), ...(found.fold[at] ? [words.fold] : [])];
    if (bits) row.className = "flagged";
    [clock(time / 1000), value === null ? "—" : value.toFixed(decimals), told.join(" · ")].forEach((text, column) => {
      const cell = row.insertCell();
      cell.textContent = text;
      if (column === 1) cell.className = "n";
    });
    return row;
  });
  document.querySelector("#readings tbody").replaceChildren(...rows);
  document.getElementById("readings-none").hidden = rows.length > 0;
}

document.querySelectorAll("[data-range]").forEach((button) => button.addEventListener("click", () => {
  range = Number(button.dataset.range);
  document.querySelectorAll("[data-range]").forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
  load();
}));
let resize = 0;
new ResizeObserver(() => { clearTimeout(resize); resize = setTimeout(() => chart && chart.setSize({ width: plot.clientWidth, height: chart.height }), 100); }).observe(plot);
// A chart is drawn anew about 300 times per range, at most every 2 s.
setInterval(() => { if (!document.hidden && !plot.matches(":hover") && now() - drawn > Math.max(2000, range * 3.3)) load(); }, 1000);
setInterval(table, 5000);
load();

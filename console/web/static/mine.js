// The mine page: sparklines of the points in sight, and the filter.
import { now } from "/static/live.js";

const MINUTES = 10, WIDTH = 120, HEIGHT = 24, WANTED = 40;
const seen = new Set();
let soon = 0;
const watcher = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) isIntersecting ? seen.add(target.dataset.spark) : seen.delete(target.dataset.spark);
  clearTimeout(soon);
  soon = setTimeout(refresh, 150);
});
const sparks = [...document.querySelectorAll("[data-spark]")];
sparks.forEach((spark) => watcher.observe(spark));

function draw(spark, { width_us, time_us, mean }) {
  const end = now() * 1000, start = end - MINUTES * 60e6;
  const known = mean.filter((value) => value !== null);
  const low = Math.min(...known), tall = Math.max(...known) - low || 1;
  let path = "", before = null;
  time_us.forEach((time, at) => {
    if (mean[at] === null) return;
    const x = ((time + width_us / 2 - start) / (end - start)) * WIDTH, y = HEIGHT - 2 - ((mean[at] - low) / tall) * (HEIGHT - 4);
    path += `${before !== null && time - before <= 1.5 * width_us ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    before = time;
  });
  spark.firstElementChild.setAttribute("d", path);
}

async function refresh() {
  const mine = document.querySelector("[data-mine]").dataset.mine;
  if (document.hidden || !seen.size) return;
  const ids = [...seen].slice(0, WANTED);
  const answer = await fetch(`/api/v1/mines/${mine}/sparklines?minutes=${MINUTES}&points=${ids.join(",")}`).catch(() => null);
  if (!answer?.ok) return;
  for (const line of (await answer.json()).items) draw(document.querySelector(`[data-spark="${CSS.escape(line.point)}"]`), line);
}
setInterval(refresh, 15000);

function choose(which) {
  document.body.toggleAttribute("data-notable", which === "notable");
  document.querySelectorAll("[data-filter]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.filter === which)));
  count();
}
function count() {
  const calm = ["normal", "no_limit"], notable = [...document.querySelectorAll(".points .point")].some((point) => !calm.includes(point.dataset.shown));
  document.getElementById("filter-none").hidden = notable || !document.body.hasAttribute("data-notable");
}
document.querySelectorAll("[data-filter]").forEach((button) => button.addEventListener("click", () => choose(button.dataset.filter)));
document.addEventListener("davy", count);

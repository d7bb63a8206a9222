// One chart: uPlot with hatched gaps, limit lines, flagged stretches and alarm periods drawn on its canvas.
const ink = { line: "#9fd0ee", band: "rgba(159,208,238,.18)", soft: "#a3b3bd", grid: "rgba(163,179,189,.14)", alarm: "#ff6257", cut: "#f2b04a", flag: "#ecd05f", manual: "#6cc0ff" };
const FONT = '12px system-ui, "Noto Sans CJK SC", sans-serif';

function hatch() {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  pen.strokeStyle = "rgba(180,191,198,.45)";
  pen.lineWidth = 1.2;
  pen.beginPath();
  for (const shift of [-8, 0, 8]) { pen.moveTo(shift, 8); pen.lineTo(shift + 8, 0); }
  pen.stroke();
  return pen.createPattern(tile, "repeat");
}

// Columns in seconds, with a null where a gap begins, so that no line is drawn across what nobody measured.
function columns(found) {
  const wide = found.width_us / 1e6, bands = wide > 0;
  const x = [], rows = bands ? [[], [], []] : [[]], from = bands ? [found.mean, found.minimum, found.maximum] : [found.value];
  const gaps = found.gaps.map((gap) => gap.start_us / 1e6);
  let next = 0;
  found.time_us.forEach((time, at) => {
    const seconds = time / 1e6 + wide / 2;
    for (; next < gaps.length && gaps[next] < seconds; next++) if (x.length && gaps[next] >= x.at(-1)) { x.push(gaps[next] + 1e-3); rows.forEach((row) => row.push(null)); }
    x.push(seconds);
    rows.forEach((row, which) => row.push(from[which][at]));
  });
  return [x, ...rows];
}

function flagged(found) {
  const wide = found.width_us / 1e6;
  return found.time_us.flatMap((time, at) => (found.width_us ? found.good[at] < found.count[at] : found.quality[at]) ? [[time / 1e6, time / 1e6 + (wide || 1)]] : []);
}

function paint(found, options) {
  const pattern = hatch(), marks = flagged(found);
  const spans = (u, pen, list, top, height) => { for (const [a, b] of list) { const x = Math.max(u.valToPos(a, "x", true), u.bbox.left), end = Math.min(u.valToPos(b, "x", true), u.bbox.left + u.bbox.width); if (end > x) pen.fillRect(x, top, Math.max(end - x, 2), height); } };
  const behind = (u) => {
    const { left, top, width, height } = u.bbox, pen = u.ctx;
    pen.save();
    pen.fillStyle = "rgba(255,98,87,.14)";
    spans(u, pen, found.alarms.map((alarm) => [alarm.start_us / 1e6, (alarm.end_us ?? found.end_us) / 1e6]), top, height);
    pen.fillStyle = pattern;
    spans(u, pen, found.gaps.map((gap) => [gap.start_us / 1e6, gap.end_us / 1e6]), top, height);
    pen.fillStyle = ink.flag;
    spans(u, pen, marks, top + height - 4 * devicePixelRatio, 4 * devicePixelRatio);
    pen.restore();
  };
  const before = (u) => {
    const { left, top, width, height } = u.bbox, pen = u.ctx, dpr = devicePixelRatio;
    pen.save();
    pen.font = FONT.replace("12px", `${12 * dpr}px`);
    pen.textAlign = "left";
    pen.textBaseline = "bottom";
    for (const limit of options.limits) {
      const y = u.valToPos(limit.value, "y", true);
      if (y < top || y > top + height) continue;
      pen.strokeStyle = pen.fillStyle = ink[limit.kind];
      pen.lineWidth = 1.4 * dpr;
      pen.setLineDash(limit.kind === "alarm" ? [] : [7 * dpr, 5 * dpr]);
      pen.beginPath(); pen.moveTo(left, y); pen.lineTo(left + width, y); pen.stroke();
      pen.fillText(limit.label, left + 6 * dpr, y - 3 * dpr);
    }
    pen.setLineDash([]);
    pen.fillStyle = pen.strokeStyle = ink.alarm;
    for (const alarm of found.alarms) {
      const x = u.valToPos(alarm.start_us / 1e6, "x", true);
      if (x < left || x > left + width) continue;
      pen.beginPath(); pen.moveTo(x, top); pen.lineTo(x, top + height); pen.stroke();
      pen.beginPath(); pen.moveTo(x, top + 2 * dpr); pen.lineTo(x + 7 * dpr, top + 14 * dpr); pen.lineTo(x - 7 * dpr, top + 14 * dpr); pen.fill();
    }
    // What people read by hand: a diamond beside the trace, never a part of it.
    pen.lineWidth = 2 * dpr;
    for (const read of found.manual ?? []) {
      const x = u.valToPos(read.time_us / 1e6, "x", true), y = u.valToPos(read.value, "y", true), r = 6 * dpr;
      if (x < left || x > left + width || y < top || y > top + height) continue;
      pen.strokeStyle = ink.manual;
      pen.beginPath(); pen.moveTo(x, y - r); pen.lineTo(x + r, y); pen.lineTo(x, y + r); pen.lineTo(x - r, y); pen.closePath(); pen.stroke();
    }
    pen.restore();
  };
  return { hooks: { drawClear: behind, draw: before } };
}

export function chartOf(plot, found, options) {
  const { words, decimals, unit } = options, shift = options.zone * 3600, show = (u, value) => (value == null ? "—" : `${value.toFixed(decimals)} ${unit}`);
  const label = (value) => new Date((value + shift) * 1000).toISOString();
  const long = found.end_us - found.start_us > 36 * 3600e6, short = found.end_us - found.start_us < 2 * 3600e6;
  const paths = options.stepped && !found.width_us ? uPlot.paths.stepped({ align: 1 }) : undefined;
  const line = (name, extra) => ({ label: name, value: show, points: { show: false }, ...extra });
  const series = found.width_us
    ? [line(words.mean, { stroke: ink.line, width: 1.6 }), line(words.minimum, { stroke: "transparent" }), line(words.maximum, { stroke: "transparent" })]
    : [line(words.value, { stroke: ink.line, width: 1.6, paths, points: { show: found.time_us.length < 120, size: 4, fill: ink.line } })];
  const axis = { stroke: ink.soft, font: FONT, grid: { stroke: ink.grid, width: 1 }, ticks: { stroke: ink.grid } };
  const values = (u, ticks) => ticks.map((tick) => (long ? label(tick).slice(5, 16).replace("T", " ") : label(tick).slice(11, short ? 19 : 16)));
  const limits = options.limits.map((limit) => limit.value), step = 10 ** -decimals;
  const range = (u, low, high) => {
    if (low == null) return [0, Math.max(...limits, 1) * 1.15];
    const near = limits.filter((limit) => limit < high * 4 || limit < 2);
    const top = Math.max(high, ...near), bottom = Math.min(low, limits.length ? 0 : low), room = Math.max((top - bottom) * 0.12, 2 * step);
    return [limits.length && low >= 0 ? 0 : bottom - room, top + room];
  };
  return new uPlot({
    width: plot.clientWidth,
    height: Math.max(260, Math.min(420, innerHeight * 0.45)),
    series: [{ label: `UTC+${options.zone}`, value: (u, value) => (value == null ? "—" : label(value).slice(0, 19).replace("T", " ")) }, ...series],
    bands: found.width_us ? [{ series: [3, 2], fill: ink.band }] : [],
    axes: [{ ...axis, values, space: long ? 110 : 70 }, { ...axis, size: 54, values: (u, ticks) => ticks.map((tick) => tick.toFixed(Math.max(0, Math.min(decimals, 2)))) }],
    scales: { x: { time: true, range: () => [found.start_us / 1e6, found.end_us / 1e6] }, y: { range } },
    cursor: { drag: { x: false, y: false } },
    plugins: [paint(found, options)],
  }, columns(found), plot);
}

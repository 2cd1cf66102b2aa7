"use strict";
// Tables: a click on a head sorts by it, a second click turns the order round, a third brings the ranking back.
for (const section of document.querySelectorAll(".log")) {
  const table = section.querySelector("table");
  if (!table) continue;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const search = section.querySelector("input[type=search]");
  const all = section.querySelector("input[type=checkbox]");
  const said = section.querySelector("output");
  const value = (row, i) => {
    const cell = row.cells[i];
    return cell.dataset.v === undefined ? cell.textContent : cell.dataset.v === "" ? null : Number(cell.dataset.v);
  };
  const order = (i, sign) => (a, b) => {
    const [x, y] = [value(a, i), value(b, i)];
    // What is not known comes last, whichever way round.
    if (x === null || y === null) return (x === null) - (y === null);
    return sign * (typeof x === "number" ? x - y : x.localeCompare(y));
  };
  heads.forEach((head, i) => head.querySelector("button").addEventListener("click", () => {
    const was = head.getAttribute("aria-sort");
    heads.forEach((h) => h.removeAttribute("aria-sort"));
    const first = head.classList.contains("number") ? "descending" : "ascending";
    const second = first === "ascending" ? "descending" : "ascending";
    const now = was === null ? first : was === first ? second : null;
    if (now) head.setAttribute("aria-sort", now);
    const sorted = now ? [...rows].sort(order(i, now === "ascending" ? 1 : -1)) : rows;
    body.append(...sorted);
  }));
  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let n = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const hit = words.every((w) => text.includes(w));
      // Who searches, searches all.
      row.hidden = !hit || (!all.checked && words.length === 0 && row.dataset.verdict === "stable");
      n += !row.hidden;
    }
    said.textContent = n === rows.length ? `${n} types` : `${n} of ${rows.length} types`;
  };
  search.addEventListener("input", show);
  all.addEventListener("change", show);
  show();
}

// Charts: the values at the moment that is nearest to the pointer.
const SVG = "http://www.w3.org/2000/svg";
const number = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const nearest = (list, x, key) => {
  let low = 0, high = list.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (key(list[middle]) < x) low = middle + 1; else high = middle;
  }
  return low > 0 && x - key(list[low - 1]) < key(list[low]) - x ? low - 1 : low;
};
for (const figure of document.querySelectorAll("figure")) {
  const svg = figure.querySelector("svg");
  const tip = figure.querySelector(".tip");
  const data = JSON.parse(figure.querySelector("script").textContent);
  if (!data.moments.length) continue;
  const [left, top, right, bottom] = data.frame;
  const group = svg.appendChild(document.createElementNS(SVG, "g"));
  group.style.visibility = "hidden";
  const line = group.appendChild(document.createElementNS(SVG, "path"));
  line.setAttribute("fill", "none");
  line.setAttribute("stroke", "var(--mark-line, var(--leader))");
  line.setAttribute("stroke-width", "20");
  const dots = data.series.map((s) => {
    const dot = group.appendChild(document.createElementNS(SVG, "circle"));
    dot.setAttribute("r", "90");
    dot.setAttribute("fill", `var(${s.ink})`);
    dot.setAttribute("stroke", "var(--ground)");
    dot.setAttribute("stroke-width", "30");
    return dot;
  });
  let at = data.moments.length - 1;
  const hide = () => { group.style.visibility = tip.style.visibility = "hidden"; };
  const show = () => {
    const [x, when] = data.moments[at];
    line.setAttribute("d", `M${x} ${top}V${bottom}`);
    tip.replaceChildren();
    tip.appendChild(document.createElement("b")).textContent = when;
    data.series.forEach((s, i) => {
      const p = s.points.length ? s.points[nearest(s.points, x, (q) => q[0])] : null;
      // A neighbour that is far away says nothing of this moment.
      const here = p && Math.abs(p[0] - x) <= (right - left) * 0.01;
      dots[i].style.display = here && p[1] >= top && p[1] <= bottom ? "" : "none";
      if (here) { dots[i].setAttribute("cx", p[0]); dots[i].setAttribute("cy", p[1]); }
      const row = tip.appendChild(document.createElement("div"));
      row.appendChild(document.createElement("i")).style.background = `var(${s.ink})`;
      const gained = here ? (p[3] > 0 ? "+" : "") + number.format(p[3]).replace("-", "−") : "";
      row.append(here ? `${s.name} ${number.format(p[2])}${p[2] === p[3] ? "" : ` (${gained})`}` : `${s.name} unseen`);
    });
    group.style.visibility = tip.style.visibility = "visible";
    const box = svg.getBoundingClientRect(), own = figure.getBoundingClientRect();
    const scale = box.width / svg.viewBox.baseVal.width;
    const px = box.left - own.left + x * scale;
    const wide = tip.offsetWidth;
    // Labels stand on the right: beyond the middle, the values stand on the left of the pointer.
    const place = px < own.width / 2 ? px + 16 : Math.max(0, px - 16 - wide);
    tip.style.transform = `translate(${place}px, ${top * scale + 8}px)`;
  };
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width * svg.viewBox.baseVal.width;
    if (x < left - 200 || x > right + 200) return hide();
    at = nearest(data.moments, x, (m) => m[0]);
    show();
  });
  svg.addEventListener("pointerleave", hide);
  svg.tabIndex = 0;
  svg.addEventListener("blur", hide);
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return event.key === "Escape" && hide();
    event.preventDefault();
    at = Math.min(data.moments.length - 1, Math.max(0, at + step * (event.shiftKey ? 10 : 1)));
    show();
  });
}

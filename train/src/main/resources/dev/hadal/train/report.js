"use strict";
// Values under the pointer. The page is complete without this script.
function tip(plot) {
  const box = document.createElement("div");
  box.className = "tip";
  box.hidden = true;
  plot.append(box);
  return box;
}
function place(plot, box, x) {
  const width = plot.clientWidth;
  const least = plot.getBoundingClientRect().left;
  const left = Math.min(Math.max(x - box.offsetWidth / 2, 8 - least),
      document.documentElement.clientWidth - least - box.offsetWidth - 8);
  box.style.left = Math.min(left, Math.max(width - box.offsetWidth / 2, 0)) + "px";
}
function nearest(points, x) {
  let best = points[0];
  for (const point of points) {
    if (Math.abs(point[0] - x) < Math.abs(best[0] - x)) best = point;
  }
  return best;
}
for (const plot of document.querySelectorAll("[data-chart]")) {
  const names = [...plot.closest("figure").querySelectorAll(".legend li")].map(
      (item) => item.childNodes[1].textContent.trim());
  const curves = plot.dataset.chart.split("#").map((curve) => curve.split(";").map((point) => {
    const parts = point.split("|");
    return [Number(parts[0]), Number(parts[1]), parts[2], parts[3]];
  }));
  const box = tip(plot);
  const cross = document.createElement("div");
  cross.className = "cross";
  cross.hidden = true;
  plot.append(cross);
  const show = (share) => {
    const points = curves.map((curve) => nearest(curve, share));
    const main = points.reduce((a, b) => Math.abs(b[0] - share) < Math.abs(a[0] - share) ? b : a);
    box.textContent = "step " + main[2] + "\n"
        + points.map((point, i) => names[i] + "  " + point[3]).join("\n");
    box.hidden = cross.hidden = false;
    cross.style.left = main[0] + "%";
    place(plot, box, main[0] / 100 * plot.clientWidth);
    return main[0];
  };
  const hide = () => { box.hidden = cross.hidden = true; };
  let at = 100;
  plot.addEventListener("pointermove", (event) => {
    const area = plot.getBoundingClientRect();
    at = show((event.clientX - area.left) / area.width * 100);
  });
  plot.addEventListener("pointerleave", hide);
  plot.addEventListener("blur", hide);
  plot.addEventListener("focus", () => { if (plot.matches(":focus-visible")) show(at); });
  plot.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const points = curves[0];
    const index = points.indexOf(nearest(points, at)) + step;
    at = show(points[Math.min(Math.max(index, 0), points.length - 1)][0]);
  });
}
for (const plot of document.querySelectorAll("[data-cells]")) {
  const steps = plot.dataset.steps.split(",");
  const experts = Number(plot.dataset.experts);
  const cells = atob(plot.dataset.cells);
  const box = tip(plot);
  plot.addEventListener("pointermove", (event) => {
    const area = plot.getBoundingClientRect();
    const x = (event.clientX - area.left) / area.width;
    const y = (event.clientY - area.top) / area.height;
    const column = Math.min(Math.max(Math.floor(x * steps.length), 0), steps.length - 1);
    const expert = Math.min(Math.max(Math.floor(y * experts), 0), experts - 1);
    const index = cells.charCodeAt(expert * steps.length + column);
    const load = index === 255 ? "all tokens" : (index / (255 - index)).toFixed(2) + " × mean";
    box.textContent = "step " + Number(steps[column]).toLocaleString("en") + ", expert " + expert + "\n" + load;
    box.hidden = false;
    place(plot, box, x * area.width);
  });
  plot.addEventListener("pointerleave", () => { box.hidden = true; });
}

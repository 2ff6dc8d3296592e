// Make the charts of a page answer. What the server drew stays where this fails, on paper, and until a chart is seen.

import { optionOf } from "./chart_options.js";

const WIDEST_MISS = 24; // pixels between a click and the point that is meant

const figures = [...document.querySelectorAll("figure.chart")];
figures.forEach(bindSwitch);
whenSeen(figures.filter((figure) => figure.dataset.drawn && figure.querySelector(".chart-drawing")), enhance);

function whenSeen(all, act) {
  const watch = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) {
        watch.unobserve(target);
        act(target);
      }
    }
  }, { rootMargin: "200px" });
  all.forEach((one) => watch.observe(one));
}

async function enhance(figure) {
  const { init } = await import("../vendor/echarts.js");
  const frame = figure.querySelector(".chart-drawing");
  const place = document.createElement("div");
  place.className = "chart-live";
  frame.append(place);
  figure.classList.add("is-live");
  const data = JSON.parse(figure.dataset.drawn);
  for (const link of frame.querySelectorAll("a[data-band]")) {
    const words = link.getAttribute("aria-label");
    Object.assign(data.bands[Number(link.dataset.band)], { words, href: link.getAttribute("href") });
  }
  const kind = figure.dataset.kind;
  const draw = () => optionOf(kind, data, { ink, described: frame.getAttribute("aria-label"), width: place.clientWidth });
  const first = draw();
  const chart = init(place, null, { renderer: "svg", height: first.height });
  const show = ({ option, height }) => {
    chart.resize({ height });
    chart.setOption(option, { notMerge: true });
    place.removeAttribute("role"); // the frame is a group that says the same
    place.removeAttribute("aria-label");
    place.setAttribute("aria-hidden", "true");
  };
  show(first);
  new ResizeObserver(() => show(draw())).observe(frame);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => show(draw()));
  bindPointer(chart, data, kind);
  bindKeys(chart, frame, data, kind);
}

// The colours are those of the tokens, light or dark.
function ink(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

// --- opening -----------------------------------------------------------------------------------

function open(href, event) {
  if (!href) return;
  if (event && (event.ctrlKey || event.metaKey)) window.open(href, "_blank", "noopener");
  else location.assign(href);
}

function bindPointer(chart, data, kind) {
  if (kind === "sankey") {
    chart.on("click", ({ dataType, data: item, event }) => dataType === "edge" && open(item.href, event.event));
    return;
  }
  const area = chart.getZr();
  const hit = ({ offsetX, offsetY }) => nearest(chart, data, [offsetX, offsetY]);
  area.on("mousemove", (event) => area.setCursorStyle(hit(event)?.href ? "pointer" : "default"));
  area.on("click", (event) => open(hit(event)?.href, event.event));
}

// Return the point beside a place of the drawing, with what it opens.
function nearest(chart, data, place) {
  if (!chart.containPixel("grid", place)) return null;
  const position = chart.convertFromPixel({ seriesIndex: 0 }, place)[0];
  const number = Math.max(0, Math.min(data.axis.length - 1, Math.round(position)));
  let found = null;
  data.series.forEach((series, index) => {
    const value = series.values[number];
    if (value === null) return;
    const [, y] = chart.convertToPixel({ seriesIndex: index }, [number, value]);
    const miss = Math.abs(y - place[1]);
    if (miss <= WIDEST_MISS && (!found || miss < found.miss)) found = { miss, href: series.hrefs[number] };
  });
  return found;
}

// --- keys --------------------------------------------------------------------------------------

// Arrows walk along the chart, Enter opens, Escape leaves it; each stop is said.
function bindKeys(chart, frame, data, kind) {
  const stops = kind === "sankey" ? bandStops(data) : pointStops(data);
  if (!stops.length || !stops[0].length) return;
  const said = document.createElement("p");
  said.className = "unseen";
  said.setAttribute("role", "status");
  frame.append(said);
  let at = null;
  const show = (row, number) => {
    at = [row, number];
    const { seriesIndex, dataIndex, dataType, words } = stops[row][number];
    chart.dispatchAction({ type: "showTip", seriesIndex, dataIndex, dataType });
    said.textContent = words;
  };
  const leave = () => {
    at = null;
    chart.dispatchAction({ type: "hideTip" });
    said.textContent = "";
  };
  frame.addEventListener("blur", leave);
  frame.addEventListener("keydown", (event) => {
    if (event.target !== frame) return;
    const [row, number] = at ?? [0, -1];
    const last = stops[row].length - 1;
    const moves = {
      ArrowRight: () => show(row, Math.min(last, number + 1)),
      ArrowLeft: () => show(row, Math.max(0, number - 1)),
      Home: () => show(row, 0),
      End: () => show(row, last),
      ArrowDown: () => show((row + 1) % stops.length, Math.max(0, number)),
      ArrowUp: () => show((row + stops.length - 1) % stops.length, Math.max(0, number)),
      Enter: () => at && open(stops[row][number].href, event),
      Escape: leave,
    };
    if (!moves[event.key]) return;
    event.preventDefault();
    moves[event.key]();
  });
}

function pointStops({ names, series }) {
  return series.map((one, seriesIndex) => names.map((name, dataIndex) => ({
    seriesIndex, dataIndex, href: one.hrefs[dataIndex], words: `${name} ${one.name} ${one.words[dataIndex]}`,
  })));
}

function bandStops({ bands }) {
  return [bands.map(({ words, href }, dataIndex) => ({ seriesIndex: 0, dataIndex, dataType: "edge", href, words }))];
}

// --- chart or table ----------------------------------------------------------------------------

// The two links load the page anew where there is no script; here they change it at once.
function bindSwitch(figure) {
  const links = [...figure.querySelectorAll(".chart-switch a")];
  const frame = figure.querySelector(".chart-drawing");
  if (!frame) return;
  for (const link of links) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const asTable = link.dataset.shows === "table";
      frame.hidden = asTable;
      links.forEach((one) => one.toggleAttribute("aria-current", false));
      link.setAttribute("aria-current", "true");
      if (figures.length === 1) history.replaceState(null, "", link.href);
      if (asTable) showSheet(figure.dataset.sheet);
    });
  }
}

function showSheet(id) {
  const sheet = document.getElementById(id);
  for (let fold = sheet?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  sheet?.scrollIntoView({ block: "nearest" });
}

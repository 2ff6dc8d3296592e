// What the drawing library is told of each kind of chart: the same lines, colours and words as the server's drawing.

const SIZE = 13;
const LINES_HEIGHT = 340;
const WIDEST_LABEL = 230;
const MOST_POINTS = 72; // of a line that shows its points

// Return {option, height} for a kind; `ink` gives the colour of a name.
export function optionOf(kind, data, { ink, described, width }) {
  const family = getComputedStyle(document.body).fontFamily;
  const made = KINDS[kind](data, ink, width);
  const common = {
    animation: false,
    aria: { enabled: true, label: { description: described } },
    textStyle: { fontFamily: family, fontSize: SIZE, color: ink("ink") },
  };
  return { height: made.height, option: { ...common, ...made.option } };
}

function tooltip(ink, more) {
  return {
    renderMode: "richText", // HTML would bring inline styles, which the security policy forbids
    confine: true,
    backgroundColor: ink("paper"),
    borderColor: ink("edge"),
    textStyle: { color: ink("ink"), fontSize: SIZE, lineHeight: 20 },
    ...more,
  };
}

const KINDS = { lines, sankey };

function lines({ axis, names, unit, series }, ink, width) {
  const narrow = width < 560;
  const labels = series.map((one) => {
    const last = one.values.reduce((found, value, number) => (value === null ? found : number), -1);
    return last < 0 ? "" : `${one.name} ${one.words[last]}`;
  });
  const room = Math.min(Math.max(...labels.map(measure)) + 16, narrow ? 104 : WIDEST_LABEL);
  const drawn = series.map((one, number) => ({
    type: "line",
    name: one.name,
    data: one.values,
    connectNulls: false,
    showSymbol: !one.is_target && axis.length <= MOST_POINTS,
    symbol: "circle",
    symbolSize: 6,
    color: ink(one.ink),
    lineStyle: { width: one.is_target ? 1.5 : 2.5, type: one.is_target ? [5, 4] : "solid" },
    endLabel: {
      show: true,
      formatter: labels[number],
      width: room - 12,
      overflow: "break",
      lineHeight: 16,
      fontWeight: 600,
      fontSize: SIZE,
      color: ink(one.is_target ? "warn" : "ink"),
    },
    labelLayout: { moveOverlap: "shiftY" },
    emphasis: { disabled: true },
  }));
  const say = (points) => {
    const number = points[0].dataIndex;
    return [names[number], ...series.map((one) => `${one.name}  ${one.words[number]}`)].join("\n");
  };
  return {
    height: LINES_HEIGHT,
    option: {
      grid: { left: 4, right: room, top: 16, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      xAxis: {
        type: "category",
        data: axis,
        boundaryGap: axis.length < 2,
        axisLine: { lineStyle: { color: ink("ink-soft") } },
        axisTick: { show: false },
        axisLabel: { color: ink("ink-soft"), hideOverlap: true, fontSize: SIZE - 1 },
      },
      yAxis: {
        type: "value",
        min: 0,
        axisLabel: {
          color: ink("ink-soft"), fontSize: SIZE - 1,
          formatter: (value) => (unit === "%" ? `${value} %` : grouped(value)),
        },
        splitLine: { lineStyle: { color: ink("hairline") } },
      },
      tooltip: tooltip(ink, { trigger: "axis", formatter: say, axisPointer: { lineStyle: { color: ink("edge") } } }),
      series: drawn,
    },
  };
}

const NODE_WIDTH = 12;
const HALO = 3;

// Nodes stand where the server placed them, each with room for its label.
function sankey({ stages, nodes, bands, scale, thinnest, left, right, bottom }, ink, width) {
  const least = thinnest / scale;
  const grams = (band) => Math.max(band.grams, least);
  const sums = stages.map((_, stage) => sum(nodes.filter((node) => node.stage === stage), grams));
  const height = scale * Math.max(...sums);
  const step = (width - left - right - NODE_WIDTH) / (stages.length - 1);
  const halo = { textBorderColor: ink("paper"), textBorderWidth: HALO, color: ink("ink") };
  const rich = {
    name: { ...halo, fontWeight: 600, fontSize: 12, lineHeight: 14 },
    mass: { ...halo, fontSize: 12, lineHeight: 14 },
  };
  return {
    height: bottom + 12,
    option: {
      title: stages.map((words, stage) => ({
        text: words,
        left: left + step * stage + (stage ? 0 : NODE_WIDTH),
        top: 0,
        padding: 4,
        textAlign: stage ? "left" : "right",
        textStyle: { fontSize: 12, fontWeight: 600, color: ink("ink-soft") },
      })),
      tooltip: tooltip(ink, {
        trigger: "item",
        formatter: ({ data }) => data.words,
      }),
      series: {
        type: "sankey",
        left, right, top: 0, height,
        nodeWidth: NODE_WIDTH,
        nodeGap: 0,
        nodeAlign: "left",
        layoutIterations: 0,
        draggable: false,
        emphasis: { focus: "adjacency", lineStyle: { opacity: 1 } },
        data: nodes.map((node) => ({
          name: node.id,
          depth: node.stage,
          value: grams(node),
          localY: node.y / height,
          words: `${node.lines.join(" ")}\n${node.words}`,
          itemStyle: { color: ink(node.ink) },
          label: {
            position: node.stage ? "right" : "left",
            formatter: [...node.lines.map((line) => `{name|${line}}`), `{mass|${node.words}}`].join("\n"),
            rich,
          },
        })),
        links: bands.map((band) => ({
          source: band.source,
          target: band.target,
          value: grams(band),
          words: band.words,
          href: band.href,
          lineStyle: {
            color: band.ink === "unknown" ? hatch(ink) : ink(band.ink),
            opacity: band.opacity,
            curveness: 0.5,
          },
        })),
      },
    },
  };
}

function sum(all, of) {
  return all.reduce((total, one) => total + of(one), 0);
}

// What is unknown is hatched, as in bars and on paper.
function hatch(ink) {
  const line = { tag: "path", attrs: { d: "M-1,1l2,-2M0,6l6,-6M5,7l2,-2", stroke: ink("unknown-hatch") }, key: "line" };
  const ground = { tag: "rect", attrs: { width: 6, height: 6, fill: ink("unknown") }, key: "ground" };
  return { svgElement: { tag: "g", attrs: {}, children: [ground, line], key: "hatch" }, svgWidth: 6, svgHeight: 6 };
}

// --- words -------------------------------------------------------------------------------------

function grouped(number) {
  return String(number).replace(/\B(?=(\d{3})+(?!\d))/g, "\u00a0");
}

const canvas = document.createElement("canvas").getContext("2d");

function measure(words) {
  canvas.font = `600 ${SIZE}px ${getComputedStyle(document.body).fontFamily}`;
  return Math.ceil(canvas.measureText(words).width);
}

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

const KINDS = { lines };

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

// --- words -------------------------------------------------------------------------------------

function grouped(number) {
  return String(number).replace(/\B(?=(\d{3})+(?!\d))/g, "\u00a0");
}

const canvas = document.createElement("canvas").getContext("2d");

function measure(words) {
  canvas.font = `600 ${SIZE}px ${getComputedStyle(document.body).fontFamily}`;
  return Math.ceil(canvas.measureText(words).width);
}

// One live plotly chart per container. Streamlit calls the default export again whenever the
// figure or the theme changes, with the same parentElement.

// How far below or above the window a chart is kept up to date.
const NEAR = 100; // pixels
const RELEASES = ["pointerup", "pointercancel", "blur"];
const TABLE_ICON = {
  width: 24,
  height: 24,
  path: "M3 3h18v18H3z M5 9v3h6V9z M13 9v3h6V9z M5 14v5h6v-5z M13 14v5h6v-5z",
};
const LIBRARY_ID = "setscope-plotly"; // as app/chart.py has it
const charts = new WeakMap();
let library = null;

function loadPlotly(path) {
  library ??= new Promise((resolve, reject) => {
    if (window.Plotly) return resolve(window.Plotly);
    const script = document.getElementById(LIBRARY_ID) ?? document.createElement("script");
    script.addEventListener("load", () => resolve(window.Plotly));
    script.addEventListener("error", () => {
      library = null; // the next update tries again
      script.remove();
      reject(new Error(`The chart cannot be shown: ${path} could not be loaded.`));
    });
    if (script.isConnected) return; // the page has begun to load it
    script.src = new URL(path, document.baseURI).href;
    document.head.append(script);
  });
  return library;
}

// One drawing after the other, with room for the reader's inputs and a frame between two.
let turn = Promise.resolve();

function inTurn(work) {
  const done = turn.then(work);
  turn = done.catch(() => {}).then(() => new Promise((resolve) => setTimeout(resolve)));
  return done;
}

function readTheme(element) {
  const style = getComputedStyle(element);
  const value = (name) => style.getPropertyValue(`--st-${name}`).trim();
  return {
    font: value("font"),
    text: value("text-color"),
    background: value("background-color"),
    line: value("border-color"),
    grid: value("border-color-light"),
    accent: value("primary-color"),
    // Commas inside rgb(…) do not separate colours.
    colors: value("chart-categorical-colors").split(/,(?![^(]*\))/),
  };
}

// An exported figure goes on paper, whatever the screen's theme is.
function paperTheme(theme) {
  const ink = { text: "#1b2733", background: "#ffffff", line: "#9aa7b3", grid: "#e3e8ed" };
  return { ...theme, ...ink };
}

function template(theme, hasTitle) {
  // Margins that follow the labels take plotly a second drawing, and move the plot at an update.
  const axis = {
    exponentformat: "power",
    gridcolor: theme.grid,
    linecolor: theme.line,
    showline: true,
    spikecolor: theme.line,
    spikedash: "solid",
    spikethickness: 1,
    tickcolor: theme.line,
    ticklen: 4,
    ticks: "outside",
    title: { standoff: 8 },
    zeroline: false,
  };
  const colorbar = { outlinewidth: 0, thickness: 12 };
  return {
    data: { heatmap: [{ colorbar }] },
    layout: {
      coloraxis: { colorbar },
      colorway: theme.colors,
      font: { color: theme.text, family: theme.font, size: 13 },
      hoverlabel: {
        bgcolor: theme.background,
        bordercolor: theme.line,
        font: { color: theme.text, family: theme.font },
        namelength: -1,
      },
      legend: { font: { size: 12 }, itemwidth: 30, orientation: "h", x: 0, y: 1.02, yanchor: "bottom" },
      margin: { l: 72, r: 16, t: hasTitle ? 72 : 32, b: 52 },
      modebar: { activecolor: theme.accent, bgcolor: "rgba(0,0,0,0)", color: theme.text },
      paper_bgcolor: theme.background, // opaque: plotly derives contrasts from it
      plot_bgcolor: "rgba(0,0,0,0)",
      title: { font: { size: 15 }, pad: { t: 8 }, x: 0, xref: "container", y: 1, yanchor: "top" },
      xaxis: axis,
      yaxis: axis,
    },
  };
}

// The numbers that a figure shows, a row for each point: traces may differ in their x.
function csvOf(traces, layout) {
  const shown = traces.filter((trace) => trace.visible === true);
  const hasValues = shown.some((trace) => trace.type === "heatmap");
  // An axis that is not drawn has no title, not even an empty one.
  const title = (axis, otherwise) => layout[axis].title?.text || otherwise;
  const heading = ["trace", title("xaxis", "x"), title("yaxis", "y")];
  if (shown.some((trace) => trace.ids)) heading.push("id");
  const rows = shown.flatMap((trace) => (trace.type === "heatmap" ? cells(trace) : points(trace)));
  const table = [hasValues ? [...heading, "value"] : heading, ...rows];
  return table.map((row) => row.map(field).join(",") + "\r\n").join("");
}

function points(trace) {
  const number = (values, place) =>
    values instanceof Float32Array ? shortest(values[place]) : said(values[place]);
  return Array.from(trace.x, (_, place) => [
    plain(trace.name),
    number(trace.x, place),
    number(trace.y, place),
    ...(trace.ids ? [trace.ids[place]] : []),
  ]);
}

function cells(trace) {
  // What a colour stands for may be a function of what it is drawn by, such as a logarithm.
  const values = trace.customdata ?? trace.z;
  const along = (axis, place) => shortest(axis ? axis[place] : place);
  return Array.from(values).flatMap((row, y) =>
    Array.from(row, (value, x) => [
      trace.name ?? "",
      along(trace.x, x),
      along(trace.y, y),
      shortest(value),
    ]),
  );
}

// Names are written for plotly, which understands some HTML.
function plain(name) {
  return String(name ?? "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

// Not a number is empty.
function said(value) {
  return Number.isNaN(value) ? "" : (value ?? "");
}

// Of a number that came as float32 the fewest digits that give the same one.
function shortest(value) {
  if (typeof value !== "number" || Number.isNaN(value)) return said(value);
  for (let digits = 6; digits < 9; digits += 1) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === Math.fround(value)) return rounded;
  }
  return value;
}

function field(value) {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function download(text, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

class Chart {
  constructor(parentElement) {
    this.container = parentElement.querySelector(".setscope-chart");
    this.plot = this.container.querySelector(".setscope-chart-plot");
    this.message = this.container.querySelector(".setscope-chart-message");
    this.revision = 0;
    this.holdWhilePressed();
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.container);
    this.drawWhenNear();
  }

  // Most of the charts of a page are out of sight, and each drawing would take the cores from the
  // training it shows.
  drawWhenNear() {
    this.viewer = new IntersectionObserver(
      (entries) => {
        this.near = entries.at(-1).isIntersecting;
        if (this.near) this.draw();
      },
      // Of the window, and of what scrolls within it.
      { rootMargin: `${NEAR}px`, scrollMargin: `${NEAR}px` },
    );
    this.viewer.observe(this.container);
  }

  isNear() {
    const { top, bottom } = this.container.getBoundingClientRect();
    return top < window.innerHeight + NEAR && bottom > -NEAR;
  }

  // A figure redrawn under a drag would jump back below the reader's pointer.
  holdWhilePressed() {
    this.plot.addEventListener("pointerdown", () => (this.held = true));
    this.release = () => {
      if (!this.held) return;
      // Plotly settles the drag in the mouseup that follows, and in the promises it leaves.
      setTimeout(() => {
        this.held = false;
        this.draw();
      }, 50);
    };
    for (const event of RELEASES) {
      window.addEventListener(event, this.release);
    }
  }

  update(data) {
    this.data = data;
    this.container.style.height = `${data.height}px`;
    this.container.setAttribute("aria-label", data.label);
    this.container.dataset.testid = `chart-${data.key}`;
    // The viewer answers a frame later, which who has asked for a new chart would wait for.
    this.near ??= this.isNear();
    return this.draw();
  }

  // Drawing is slower than asking for it: requests made meanwhile become one more drawing.
  async draw() {
    this.wanted = true;
    if (this.drawing) return;
    this.drawing = true;
    try {
      while (this.wanted) {
        this.wanted = false;
        await inTurn(() => this.drawOnce());
      }
      this.message.hidden = true;
    } catch (error) {
      this.message.textContent = error.message;
      this.message.hidden = false;
    } finally {
      this.drawing = false;
    }
  }

  async drawOnce() {
    const { data } = this;
    if (!this.near) return; // drawn when it comes into sight
    if (this.held) return; // drawn at the release
    const width = this.container.clientWidth;
    if (!data || width === 0) return; // in a closed tab or expander: drawn when it opens
    const Plotly = await loadPlotly(data.plotly);
    const theme = readTheme(this.container);
    const drawn = JSON.stringify([width, data.height, data.key, theme]);
    if (this.destroyed || (this.drawn === drawn && this.figure === data.figure)) return;
    // Parsed afresh: plotly writes the reader's zoom into the objects it is given.
    const { data: traces, layout } = JSON.parse(data.figure);
    const frame = { autosize: false, height: data.height, width };
    const look = { template: template(theme, Boolean(layout.title)), uirevision: data.key };
    const isNew = !this.figure;
    await Plotly.react(this.plot, traces, { ...look, ...layout, ...frame }, this.config(Plotly));
    if (isNew) this.plot.on("plotly_click", (event) => this.pick(event));
    if (this.figure !== data.figure) this.container.dataset.revision = ++this.revision;
    [this.drawn, this.figure] = [drawn, data.figure];
  }

  pick({ points: [point] }) {
    const { x, y, id } = point;
    if (this.data.hasPicks) this.tell("picked", { x, y, id });
  }

  config(Plotly) {
    const button = (format, icon, click) => ({
      name: format,
      title: `Save as ${format.toUpperCase()}`,
      icon,
      click,
    });
    const picture = (format, icon, scale) =>
      button(format, icon, () => this.save(Plotly, format, scale));
    this.settings ??= {
      displayModeBar: "hover",
      displaylogo: false,
      modeBarButtons: [
        [
          picture("png", Plotly.Icons.camera, 3),
          picture("svg", Plotly.Icons.disk, 1),
          button("csv", TABLE_ICON, () => this.saveNumbers()),
        ],
        ["zoom2d", "pan2d", "resetScale2d"],
      ],
    };
    return this.settings;
  }

  save(Plotly, format, scale) {
    const { data, layout } = this.plot;
    const theme = paperTheme(readTheme(this.container));
    const look = { template: template(theme, Boolean(layout.title)) };
    const figure = { data, layout: { ...layout, ...look } };
    return Plotly.downloadImage(figure, { filename: this.data.key, format, scale });
  }

  saveNumbers() {
    const { _fullData: traces, _fullLayout: layout } = this.plot;
    download(csvOf(traces, layout), `${this.data.key}.csv`);
  }

  destroy() {
    this.destroyed = true;
    this.observer.disconnect();
    this.viewer.disconnect();
    for (const event of RELEASES) {
      window.removeEventListener(event, this.release);
    }
    library?.then((Plotly) => Plotly.purge(this.plot), () => {});
  }
}

function chartOf(parentElement) {
  let chart = charts.get(parentElement);
  if (!chart || !parentElement.contains(chart.container)) {
    chart?.destroy();
    chart = new Chart(parentElement);
    charts.set(parentElement, chart);
  }
  return chart;
}

export default function render({ data, parentElement, setTriggerValue }) {
  const chart = chartOf(parentElement);
  chart.tell = setTriggerValue;
  chart.update(data);
  return () => {
    // Streamlit also cleans up after an update that a newer one overtook; the chart lives on then.
    if (parentElement.isConnected) return;
    charts.delete(parentElement);
    chart.destroy();
  };
}

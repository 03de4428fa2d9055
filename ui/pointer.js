// Pointing at any chart tells the nearest point of its lines; a chart can be taken away as a picture with its legend.
//
// A plot's frame leads to the chart's own Vega view (an undocumented handle: without it nothing is shown).
const NEAR = 48;

// As in sentences, with four digits; a whole number, as of a step, has all of them.
const number = (value) => {
  if (typeof value !== "number" || !isFinite(value)) return "–";
  const [mantissa, exponent] = value.toExponential(3).split("e").map(Number);
  const maximumSignificantDigits = Number.isInteger(value) ? 6 : 4;
  if (!value || (exponent >= -3 && exponent < 6))
    return (value || 0).toLocaleString("en", { maximumSignificantDigits }).replace("-", "−");
  const superscript = [...String(exponent)].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻").join("");
  return `${{ 1: "", "-1": "−" }[mantissa] ?? `${mantissa}·`}10${superscript}`.replace("-", "−");
};

const frameOf = (svg) => svg.querySelector(".root > g > path.background") ?? svg.querySelector("path.background");
const viewOf = (svg) => frameOf(svg)?.__data__?.context?.dataflow;
const titles = (svg) => {
  const texts = [...svg.querySelectorAll("g.role-axis-title text")];
  const upright = (text) => /rotate\(-?90/.test(text.getAttribute("transform") ?? "");
  // Of two axes across, as in steps and in epochs, the lower one.
  const top = (text) => text.getBoundingClientRect().top;
  const across = texts.filter((text) => !upright(text)).sort((a, b) => top(b) - top(a));
  return [across[0], texts.find(upright)].map((text) => text?.textContent ?? "");
};

// What a program of optim.graph computes: the last of its steps.
const OPERATIONS = {
  add: (a, b) => a + b, subtract: (a, b) => a - b, multiply: (a, b) => a * b, divide: (a, b) => a / b, negative: (a) => -a,
  power: Math.pow, square: (a) => a * a, sqrt: Math.sqrt, exp: Math.exp, expm1: Math.expm1, log: Math.log, log1p: Math.log1p,
  sin: Math.sin, cos: Math.cos, tan: Math.tan, arctan: Math.atan, tanh: Math.tanh, sinh: Math.sinh, cosh: Math.cosh,
  absolute: Math.abs, sign: Math.sign, maximum: Math.max, minimum: Math.min,
  copysign: (a, b) => (b < 0 || Object.is(b, -0) ? -Math.abs(a) : Math.abs(a)),
  greater: (a, b) => a > b, greater_equal: (a, b) => a >= b, less: (a, b) => a < b, less_equal: (a, b) => a <= b,
  equal: (a, b) => a === b, not_equal: (a, b) => a !== b, where: (c, a, b) => (c ? a : b),
};
const compute = (program, values) => program.reduce((worth, [op, ...args]) => {
  worth.push(op === "number" ? args[0] : op === "symbol" ? values[args[0]] : OPERATIONS[op](...args.map((i) => worth[i])));
  return worth;
}, []).at(-1);

// Where a map is pointed at, and the loss there.
function place(svg, at) {
  const view = viewOf(svg);
  try {
    const program = view.data("relief")[0]?.f, [x, y] = ["x", "y"].map((axis, i) => view.scale(axis).invert(at[i]));
    if (!program || !(at[0] >= 0 && at[1] >= 0 && at[0] <= view.width() && at[1] <= view.height())) return [];
    const [across, up] = titles(svg);
    const f = compute(JSON.parse(program), { x, y });
    return [["pointer", ""], [across || "x", number(x)], [up || "y", number(y)], ["f", number(f)]];
  } catch { return []; }
}

// Whether a click on the chart moves the start: on a map whose page has a step cursor.
const startsFrom = (svg) => svg?.closest("[class*='-map']") && document.querySelector(".player");

function nearest(svg, x, y) {
  let best = null;
  for (const path of svg.querySelectorAll("g.mark-line path")) {
    const items = path.__data__?.mark?.items ?? [];
    for (const item of items.length > 1 ? items : []) {
      if (item.defined === false || !item.datum) continue;
      const distance = Math.hypot(item.x - x, item.y - y);
      if (distance < NEAR && (!best || distance < best.distance))
        best = { distance, item, color: getComputedStyle(path).stroke };
    }
  }
  return best;
}

function lines(svg, { item }) {
  const view = viewOf(svg), datum = item.datum, [across, up] = titles(svg);
  const read = (scale, at) => {
    try { return view.scale(scale).invert(at); } catch { return NaN; }
  };
  const rows = [];
  if (datum.run) rows.push(["", datum.run]);
  if (datum.step !== undefined && "x" in datum) rows.push(["step", number(datum.step)]);
  rows.push([across || "x", number("x" in datum ? datum.x : datum.step ?? datum.t ?? read("x", item.x))]);
  if (datum.epoch !== undefined) rows.push(["epoch", number(datum.epoch)]);
  rows.push([up || "y", number("y" in datum ? datum.y : read("y", item.y))]);
  if (datum.f !== undefined) rows.push(["loss f", number(datum.f)]);
  return rows.filter(([, value]) => value !== "–");
}

// A chart as a picture of its own: its name, the legend above it on the page, and the chart.

const styled = (element) => getComputedStyle(element);
const slug = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");

function nameOf(svg) {
  const page = document.querySelector("h1")?.textContent.trim() ?? "chart";
  const [across, up] = titles(svg);
  if (up === "y" || up === "b") return page;
  if (!up) return `${page}: ${svg.closest(".stVegaLiteChart").ariaLabel.replace(/\.$/, "")}`;
  return `${page}: ${up} against ${across || "x"}`;
}

// A legend is of the charts beside it, where there are any, and else of those that follow: its block is the smallest
// one with both.  Beyond its block it explains a chart of which it names every line in a colour; ink stands for a dash.
const blockOf = (legend) => {
  let block = legend.parentElement;
  while (block && !(block.matches("[data-testid=stVerticalBlock]") && block.querySelector("svg.marks")))
    block = block.parentElement;
  return block;
};

function entries(svg) {
  const drawn = new Set([...svg.querySelectorAll("g.mark-line path")].map((path) => styled(path).stroke));
  const ink = styled(document.querySelector("[data-testid=stApp]")).color;
  const dash = { dashed: "6 3", dotted: "2 2", double: "8 3 2 3" };
  const legends = [...document.querySelectorAll(".legend")]
    .filter((legend) => legend.compareDocumentPosition(svg) & Node.DOCUMENT_POSITION_FOLLOWING)
    .map((legend) => ({ within: blockOf(legend)?.contains(svg), swatches: [...legend.querySelectorAll(".swatch")] }))
    .reverse().sort((one, other) => other.within - one.within);
  for (const { within, swatches } of legends) {
    const found = swatches.map((swatch) => {
      const line = styled(swatch.firstElementChild), solid = line.borderTopStyle === "none";
      return { name: swatch.textContent, color: solid ? line.backgroundColor : line.borderTopColor,
               dash: dash[line.borderTopStyle] ?? "none" };
    });
    const colors = new Set(found.map(({ color }) => color).filter((color) => color !== ink));
    if (within && found.some(({ color }) => drawn.has(color))) return found;
    if (!within && drawn.size && [...drawn].every((color) => colors.has(color)))
      return found.filter(({ color }) => drawn.has(color));
  }
  return [];
}

// Lines of words that are no wider than that.
function wrapped(text, wide, measure) {
  return text.split(" ").reduce((rows, word) => {
    const longer = `${rows.at(-1)} ${word}`;
    return rows.length && measure(longer) <= wide ? [...rows.slice(0, -1), longer] : [...rows, word];
  }, []);
}

function picture(svg) {
  const [width, height] = [svg.clientWidth || svg.width.baseVal.value, svg.clientHeight || svg.height.baseVal.value];
  const app = styled(document.querySelector("[data-testid=stApp]")), ns = "http://www.w3.org/2000/svg";
  const add = (parent, name, attributes, text) => {
    const element = document.createElementNS(ns, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text) element.textContent = text;
    return parent.appendChild(element);
  };
  const out = document.createElementNS(ns, "svg");
  const brush = document.createElement("canvas").getContext("2d");
  const measure = (font) => (text) => { brush.font = font; return brush.measureText(text).width; };
  let [x, y] = [12, 4];
  for (const row of wrapped(nameOf(svg), width - 24, measure("600 15px sans-serif")))
    add(out, "text", { x, y: y += 20, "font-size": 15, "font-weight": 600, fill: app.color }, row);
  const named = entries(svg);
  if (named.length) y += 22;
  for (const { name, color, dash } of named) {
    const wide = 44 + measure("13px sans-serif")(name);
    if (x > 12 && x + wide > width) [x, y] = [12, y + 20];
    add(out, "line", { x1: x, x2: x + 24, y1: y - 4, y2: y - 4, stroke: color, "stroke-width": 3, "stroke-dasharray": dash });
    add(out, "text", { x: x + 30, y, "font-size": 13, fill: app.color }, name);
    x += wide + 8;
  }
  const chart = out.appendChild(svg.cloneNode(true));
  // A drawing in the chart, as a map's level lines are, becomes a part of it, which any program can edit.
  for (const image of chart.querySelectorAll("image[*|href^='data:image/svg+xml,']")) {
    const url = image.href.baseVal, place = add(image.parentElement, "g", { transform: image.getAttribute("transform") ?? "" });
    const drawing = new DOMParser().parseFromString(decodeURIComponent(url.slice(url.indexOf(",") + 1)), "image/svg+xml");
    place.append(drawing.documentElement);
    for (const name of ["width", "height"]) place.firstChild.setAttribute(name, image.getAttribute(name));
    image.replaceWith(place);
  }
  for (const [key, value] of Object.entries({ x: 0, y: y + 12, width, height })) chart.setAttribute(key, value);
  const size = { width, height: y + 12 + height };
  for (const [key, value] of Object.entries({ ...size, xmlns: ns, "font-family": "sans-serif" })) out.setAttribute(key, value);
  const paper = document.createElementNS(ns, "rect");
  for (const [key, value] of Object.entries({ ...size, fill: app.backgroundColor })) paper.setAttribute(key, value);
  out.prepend(paper);
  return { text: new XMLSerializer().serializeToString(out), ...size };
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

async function take(svg, kind) {
  const { text, width, height } = picture(svg), name = slug(nameOf(svg));
  const drawn = new Blob([text], { type: "image/svg+xml" });
  if (kind === "SVG") return save(drawn, `${name}.svg`);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: 2 * width, height: 2 * height });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => save(blob, `${name}.png`));
}

// For screen readers and keyboards: a card is a group with the name of its optimizer, so that its sliders differ by it,
// and a chart can be reached; Enter leads from it to its pictures, and Escape back.
function reach() {
  for (const card of document.querySelectorAll("[class*='-entry-']")) {
    const name = card.querySelector("[class*='-head-'] strong")?.textContent;
    if (!name || card.ariaLabel === name) continue;
    card.setAttribute("role", "group");
    card.setAttribute("aria-label", name);
  }
  for (const svg of document.querySelectorAll(".stVegaLiteChart svg.marks:not([role])")) {
    const chart = svg.closest(".stVegaLiteChart");
    chart.tabIndex = 0;
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", chart.ariaLabel);
  }
  // A formula wider than its column scrolls: by the arrow keys too.
  for (const formula of document.querySelectorAll(".katex-display"))
    if (formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0;
}

// On a phone the sidebar is a sheet over the page's lower half: it closes when a page was chosen in it.
function leave(event) {
  if (event.target.closest?.("[data-testid=stSidebarNavLink]") && matchMedia("(max-width: 767.98px)").matches)
    document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();
}

export default function ({ parentElement }) {
  const [tip, dot, tools] = [".tip", ".tip-dot", ".take"].map((name) => parentElement.querySelector(name));
  let under = null, chart = null;
  // A chart may have been drawn anew since its buttons were shown.
  const current = () => (under?.isConnected ? under : chart?.querySelector("svg.marks"));
  const hide = () => { tip.hidden = dot.hidden = true; };
  const offer = (svg) => {
    [under, chart] = [svg, svg?.closest(".stVegaLiteChart")];
    tools.hidden = !svg;
    if (!svg) return;
    const box = svg.getBoundingClientRect();
    // Streamlit's header lies over what scrolls below it.
    const free = (document.querySelector("[data-testid=stHeader]")?.getBoundingClientRect().bottom ?? 0) + 4;
    Object.assign(tools.style, { left: `${box.right - tools.offsetWidth - 4}px`, top: `${Math.max(box.top, free)}px` });
  };
  for (const button of tools.children) button.onclick = () => current() && take(current(), button.textContent);
  const show = (event) => {
    if (tools.contains(event.target)) return;
    const svg = event.target.closest?.("svg.marks");
    if (svg !== under) offer(svg);
    const frame = svg && frameOf(svg)?.getBoundingClientRect();
    if (!frame || !viewOf(svg)) return hide();
    const scale = frame.width / (frameOf(svg).getBBox().width || frame.width);
    const at = [(event.clientX - frame.left) / scale, (event.clientY - frame.top) / scale];
    const found = nearest(svg, ...at), here = place(svg, at), finger = event.pointerType === "touch";
    if (!found && !here.length) return hide();
    // A finger covers what it points at: of a line the tip has that line alone.
    const rows = !found ? here.slice(1) : finger ? lines(svg, found) : [...lines(svg, found), ...here];
    if (finger && startsFrom(svg)) rows.push(["tap again to start here", ""]);
    tip.replaceChildren(...rows.map(([name, value]) => {
      const row = document.createElement("div");
      const [label, text] = [document.createElement("span"), document.createElement("b")];
      label.textContent = name; text.textContent = value;
      row.append(...(name ? [label, text] : [text]));
      return row;
    }));
    tip.hidden = false;
    dot.hidden = !found;
    const [x, y] = found ? [frame.left + found.item.x * scale, frame.top + found.item.y * scale] : [event.clientX, event.clientY];
    if (found) Object.assign(dot.style, { left: `${x}px`, top: `${y}px`, borderColor: found.color });
    const box = tip.getBoundingClientRect();
    tip.style.left = `${x + 14 + box.width > innerWidth ? x - 14 - box.width : x + 14}px`;
    tip.style.top = `${Math.max(4, Math.min(innerHeight - box.height - 4, y - box.height - 10))}px`;
  };
  // A click on a map moves the start, and what was shown of it no longer holds.  A finger cannot point without a tap: its
  // first one only shows.
  let tapped = null;
  const clicked = (event) => {
    if (!startsFrom(event.target.closest?.("svg.marks"))) return;
    const { clientX: x, clientY: y } = event;
    const tells = event.pointerType === "touch" && !(tapped && Math.hypot(x - tapped.x, y - tapped.y) < NEAR / 2);
    tapped = tells ? { x, y } : null;
    if (tells) event.stopPropagation(); else hide();
  };
  const scrolled = () => {
    hide();
    if (!tools.contains(document.activeElement)) offer(null);
  };
  let from = null;
  const typed = (event) => {
    const chart = document.activeElement?.closest(".stVegaLiteChart");
    if (event.key === "Enter" && chart === document.activeElement && chart) {
      from = chart;
      offer(chart.querySelector("svg.marks"));
      tools.firstElementChild.focus({ preventScroll: true });
      event.preventDefault();
    } else if (event.key === "Escape" && tools.contains(document.activeElement)) {
      from?.focus({ preventScroll: true });
      offer(null);
    }
  };
  // Once what changed is drawn: it asks for sizes, which would hold up the drawing.
  let waiting = 0;
  const observer = new MutationObserver(() => {
    waiting ||= setTimeout(() => { waiting = 0; reach(); }, 200);
  });
  observer.observe(document.body, { childList: true, characterData: true, subtree: true });
  reach();
  const listeners = [["pointermove", show], ["pointerdown", show], ["scroll", scrolled], ["keydown", typed],
                     ["click", leave], ["click", clicked]];
  for (const [kind, listener] of listeners) document.addEventListener(kind, listener, { passive: kind !== "keydown", capture: true });
  return () => {
    observer.disconnect();
    clearTimeout(waiting);
    for (const [kind, listener] of listeners) document.removeEventListener(kind, listener, { capture: true });
  };
}

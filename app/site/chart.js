// Draws the votes: a ring of slices in SVG, and a button for each colour with its count and share.

const SVG = "http://www.w3.org/2000/svg";
const GAP = 0.6;

const slices = document.getElementById("slices");
const ballot = document.getElementById("ballot");

/** Make a slice and a button for each of `colors` ({name, label, color, highlight}); `vote` is called with a name. */
export function prepare(colors, vote) {
  slices.replaceChildren(...colors.map((color) => wired(slice(), color, vote)));
  ballot.replaceChildren(...colors.map((color) => focusable(wired(button(color), color, vote))));
}

/** Show `counts` (name to number) of `colors`. */
export function draw(colors, counts) {
  const total = colors.reduce((sum, { name }) => sum + counts[name], 0);
  document.getElementById("total").textContent = total;
  document.getElementById("chart").setAttribute("aria-label", spoken(colors, counts));
  let start = 0;
  for (const { name, label } of colors) {
    const share = total ? (100 * counts[name]) / total : 0;
    turn(slices.querySelector(`[data-color="${name}"]`), start, share);
    fill(ballot.querySelector(`[data-color="${name}"]`), label, counts[name], share);
    start += share;
  }
}

function slice() {
  const circle = document.createElementNS(SVG, "circle");
  const shape = { class: "slice", cx: 100, cy: 100, r: 76, pathLength: 100, transform: "rotate(-90 100 100)" };
  for (const [name, value] of Object.entries(shape)) circle.setAttribute(name, value);
  circle.setAttribute("stroke-dasharray", "0 100");
  circle.append(document.createElementNS(SVG, "title"));
  return circle;
}

function button({ label }) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "vote";
  const bar = span("bar");
  bar.append(span("fill"));
  element.append(span("swatch"), span("label", label), span("count", "–"), bar);
  return element;
}

function span(kind, text = "") {
  const element = document.createElement("span");
  element.className = kind;
  element.textContent = text;
  return element;
}

/** A click votes; pointing at a slice or its button lights both. */
function wired(element, { name, color, highlight }, vote) {
  element.dataset.color = name;
  element.style.setProperty("--color", color);
  element.style.setProperty("--highlight", highlight);
  element.addEventListener("click", () => vote(name));
  element.addEventListener("pointerenter", () => light(name, true));
  element.addEventListener("pointerleave", () => light(name, false));
  return element;
}

/** Only the buttons listen for the focus: a listener would make the slices stops of the Tab key as well. */
function focusable(element) {
  element.addEventListener("focus", () => light(element.dataset.color, true));
  element.addEventListener("blur", () => light(element.dataset.color, false));
  return element;
}

function light(name, lit) {
  for (const element of document.querySelectorAll(`[data-color="${name}"]`)) element.classList.toggle("lit", lit);
}

function turn(circle, start, share) {
  const length = Math.max(share - GAP, 0);
  circle.setAttribute("stroke-dasharray", `${length} ${100 - length}`);
  circle.setAttribute("stroke-dashoffset", -(start + GAP / 2));
}

function fill(element, label, count, share) {
  element.querySelector(".count").textContent = count;
  element.querySelector(".fill").style.width = `${share}%`;
  element.setAttribute("aria-label", `Vote for ${label}, which has ${count} votes`);
  slices.querySelector(`[data-color="${element.dataset.color}"] title`).textContent = `${label}: ${count}`;
}

function spoken(colors, counts) {
  return `Votes: ${colors.map(({ name, label }) => `${label} ${counts[name]}`).join(", ")}`;
}

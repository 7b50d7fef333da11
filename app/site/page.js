// The page: reads config.json every second, the counts every five, votes on a click, reloads for a new version.

import { Api, Unanswered } from "./api.js";
import { draw, prepare } from "./chart.js";

const CONFIG_EVERY = 1000;
const COUNTS_EVERY = 5000;

const notice = document.getElementById("notice");
const said = document.getElementById("said");

let version = null;
let api = null;
let colors = [];
let counts = {};
let votes = 0;

/** Do `work` now, and again `pause` milliseconds after it ended, for as long as the page is open. */
async function repeat(work, pause) {
  try {
    await work();
  } finally {
    setTimeout(repeat, pause, work, pause);
  }
}

async function configure() {
  let config;
  try {
    const response = await fetch("config.json", { cache: "no-store", signal: AbortSignal.timeout(5 * CONFIG_EVERY) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    config = await response.json();
  } catch (error) {
    if (version === null) warn(`config.json cannot be read (${error.message}), so the page does not know its API.`);
    return;
  }
  const found = config.version ?? "";
  if (version === null) begin(found, config.apiBaseurl);
  else if (found !== version) location.reload();
}

function begin(found, base) {
  version = found;
  document.getElementById("version").textContent = version || "not told by config.json";
  if (!base || !URL.canParse(base, location.href)) {
    warn("config.json names no apiBaseurl, so there is no API to ask and no vote to count.");
    return;
  }
  document.getElementById("base").textContent = base;
  api = new Api(new URL(base, location.href), list);
  repeat(refresh, COUNTS_EVERY);
}

/** Ask for the counts; the first time for the colours as well. */
async function refresh() {
  await attempt(async () => {
    if (colors.length) return recount();
    const data = await api.ask("data");
    colors = data.map(({ label, color, highlight }) => ({ name: label.toLowerCase(), label, color, highlight }));
    prepare(colors, vote);
    show(Object.fromEntries(data.map(({ label, value }) => [label.toLowerCase(), value])));
  });
}

/** Counts that were asked for before a vote was counted are too old to be shown after it. */
async function recount() {
  const before = votes;
  const latest = await api.ask("data?countsOnly=true");
  if (votes === before) show(latest);
}

async function vote(name) {
  const { label } = colors.find((color) => color.name === name);
  said.textContent = "";
  await attempt(async () => {
    const { count, error } = await api.ask(`increment?color=${encodeURIComponent(name)}`);
    said.textContent = error ? `Not counted. ${error}.` : `Counted: ${label} has ${count} votes.`;
    if (error) return;
    votes += 1;
    show({ ...counts, [name]: count });
  });
}

function show(latest) {
  counts = latest;
  draw(colors, counts);
}

/** Do something with the API, and say plainly on the page when it does not work. */
async function attempt(work) {
  try {
    await work();
    notice.hidden = true;
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    warn(`${error.message} Asking again every ${COUNTS_EVERY / 1000} seconds.`);
  }
}

function warn(text) {
  if (notice.textContent !== text) notice.textContent = text;
  notice.hidden = false;
}

function list(answers) {
  document.getElementById("answers").replaceChildren(...answers.map(line));
}

function line({ when, path, status, took, body }) {
  const item = document.createElement("li");
  const wrong = status === 200 ? "" : " wrong";
  item.append(
    cell("when", when.toLocaleTimeString([], { hour12: false })),
    cell("asked", `GET ${path}`),
    cell(`status${wrong}`, status ?? "–"),
    cell("took", `${took} ms`),
    cell(`body${wrong}`, body),
  );
  return item;
}

function cell(kind, text) {
  const element = document.createElement("span");
  element.className = kind;
  element.textContent = text;
  element.title = text;
  return element;
}

repeat(configure, CONFIG_EVERY);

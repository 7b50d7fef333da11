import { label } from "./label.js";

const { apiBaseurl } = await (await fetch("config.json")).json();
const text = document.querySelector("#text");
const words = document.querySelector("#words");

// Ask the API, and show what it says.
async function count() {
  const answer = await fetch(`${apiBaseurl}count?${new URLSearchParams({ text: text.value })}`);
  words.textContent = label((await answer.json()).words);
}

text.addEventListener("input", count);
await count();

// The pages in ../dist: scripts without comments and indentation, under names that change with their content.
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";

const here = new URL("./", import.meta.url);
const dist = new URL("../dist/", import.meta.url);

async function script(name, imports = {}) {
  let text = await readFile(new URL(name, here), "utf8");
  for (const [from, to] of Object.entries(imports)) text = text.replace(`"./${from}"`, `"./${to}"`);
  text = text.replaceAll(/^\s*\/\/.*\n|^\s+/gm, "");
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 12);
  const hashed = name.replace(/\.js$/, `.${hash}.js`);
  await writeFile(new URL(hashed, dist), text);
  return hashed;
}

await rm(dist, { recursive: true, force: true });
await mkdir(dist);
const label = await script("label.js");
const main = await script("main.js", { "label.js": label });
const page = await readFile(new URL("index.html", here), "utf8");
await writeFile(new URL("index.html", dist), page.replace("main.js", main));
console.log(`Built dist/ with Node ${process.version}`);

import assert from "node:assert/strict";
import test from "node:test";
import { label } from "./label.js";

test("one word is no words", () => {
  assert.equal(label(1), "1 word");
  assert.equal(label(2), "2 words");
});

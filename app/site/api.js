// Asks the API and remembers its latest answers.

const PATIENCE = 8000;
const REMEMBERED = 6;

/** An answer that did not come, or that is not what was asked for; the message is meant for the reader of the page. */
export class Unanswered extends Error {}

/** The API below `base`, which ends with a slash; `heard` is called with the latest answers, newest first. */
export class Api {
  constructor(base, heard) {
    this.base = base;
    this.heard = heard;
    this.answers = [];
  }

  /** The JSON at `path`, an object or an array. */
  async ask(path) {
    const began = performance.now();
    const answer = { path, when: new Date(), status: null, body: "" };
    try {
      const response = await fetch(new URL(path, this.base), { signal: AbortSignal.timeout(PATIENCE) });
      answer.status = response.status;
      answer.body = await response.text();
    } catch (error) {
      answer.body = error.name === "TimeoutError" ? `no answer within ${PATIENCE / 1000} s` : error.message;
      throw new Unanswered(`The API at ${this.base} does not answer: ${answer.body}.`);
    } finally {
      answer.took = Math.round(performance.now() - began);
      this.answers = [answer, ...this.answers].slice(0, REMEMBERED);
      this.heard(this.answers);
    }
    return understood(answer);
  }
}

function understood(answer) {
  let json;
  try {
    json = JSON.parse(answer.body);
  } catch {
    throw new Unanswered(`The API answered ${answer.status} to ${answer.path} with something that is not JSON.`);
  }
  if (answer.status !== 200) {
    throw new Unanswered(`The API answered ${answer.status} to ${answer.path}: ${json.error ?? json.message ?? "nothing"}.`);
  }
  return json;
}

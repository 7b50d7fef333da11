// A runtime client for Node.js over Lambda's Runtime API; AWS's own is compiled for each system by whoever installs it.
//
// It finds the handler as Lambda does (CommonJS or ES module, asynchronous or with a callback), and knows responses,
// errors, the context and the deadline: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.

import { existsSync } from "node:fs";
import http from "node:http";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const ENDINGS = ["", ".js", ".mjs", ".cjs"];

class HandlerNotFound extends Error {
  name = "Runtime.HandlerNotFound";
}

class ImportModuleError extends Error {
  name = "Runtime.ImportModuleError";
}

function call(method, path, body, headers = {}) {
  return new Promise((done, failed) => {
    const options = { host, port, method, path: `/2018-06-01/runtime/${path}`, agent, headers };
    const request = http.request(options, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => done({ headers: response.headers, body: Buffer.concat(chunks).toString() }));
    });
    request.on("error", failed);
    request.end(body);
  });
}

function described(error) {
  const isError = error instanceof Error;
  return {
    errorType: isError ? error.name : typeof error,
    errorMessage: isError ? error.message : String(error),
    trace: isError ? (error.stack ?? "").split("\n") : [],
  };
}

function report(path, error) {
  const body = described(error);
  const headers = { "Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": body.errorType };
  return call("POST", path, JSON.stringify(body), headers);
}

async function load(name) {
  const slash = name.lastIndexOf("/") + 1;
  const [module, ...members] = name.slice(slash).split(".");
  const place = resolve(process.env.LAMBDA_TASK_ROOT, name.slice(0, slash), module);
  const file = ENDINGS.map((ending) => place + ending).find((path) => path !== place && existsSync(path));
  if (!file) throw new ImportModuleError(`Error: Cannot find module '${module}'`);
  let loaded;
  try {
    loaded = await import(pathToFileURL(file));
  } catch (error) {
    if (error.code === "ERR_MODULE_NOT_FOUND" || error.code === "MODULE_NOT_FOUND") {
      throw new ImportModuleError(`Error: ${error.message}`);
    }
    throw error;
  }
  const find = (root) => members.reduce((value, member) => value?.[member], root);
  const handler = find(loaded) ?? find(loaded.default);
  if (typeof handler !== "function") throw new HandlerNotFound(`${name} is undefined or not exported`);
  return handler;
}

function run(handler, event, context) {
  return new Promise((done, failed) => {
    const callback = (error, result) => (error ? failed(error) : done(result));
    const result = handler(event, { ...context, done: callback, succeed: done, fail: failed }, callback);
    if (typeof result?.then === "function") result.then(done, failed);
    else if (handler.length < 3) done(result);
  });
}

function contextOf(headers) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  return {
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

let requestId = "";
for (const [level, name] of Object.entries({ debug: "DEBUG", info: "INFO", log: "INFO", warn: "WARN", error: "ERROR" })) {
  const { format } = await import("node:util");
  console[level] = (...words) => {
    const text = format(...words).replaceAll("\n", "\r");
    process.stdout.write(`${new Date().toISOString()}\t${requestId || "undefined"}\t${name}\t${text}\n`);
  };
}

let handler;
try {
  handler = await load(process.argv[2]);
} catch (error) {
  console.error(`Uncaught Exception \t${JSON.stringify(described(error))}`);
  await report("init/error", error);
  process.exit(1);
}

for (;;) {
  const { headers, body } = await call("GET", "invocation/next");
  requestId = headers["lambda-runtime-aws-request-id"];
  process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"] ?? "";
  const path = `invocation/${requestId}`;
  try {
    const result = await run(handler, JSON.parse(body), contextOf(headers));
    const text = result === undefined ? "null" : JSON.stringify(result);
    await call("POST", `${path}/response`, text, { "Content-Type": "application/json" });
  } catch (error) {
    console.error(`Invoke Error \t${JSON.stringify(described(error))}`);
    await report(`${path}/error`, error);
  }
}

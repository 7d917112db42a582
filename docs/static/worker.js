// The Python of a page: Pyodide in a worker, so that the page responds while code runs.
//
// Messages in: {id, task, ...}. Out: {id, kind: "progress" | "output" | "done" | "failed", ...}.
"use strict";

let python = null; // a promise of {pyodide, runner, namespace}
const loaded = new Set(); // archives that are unpacked

// The unpacked size of everything that the first click loads, for the progress bar.
const EXPECTED = 10.1e6 + 2.4e6 + 3.1e6;
let received = 0;
let report = null; // (bytes received) => void, while something is loaded

// Count the bytes of every request.
const plainFetch = self.fetch.bind(self);
self.fetch = async (...request) => {
  const response = await plainFetch(...request);
  if (!response.ok || !response.body || report === null) return response;
  const counter = new TransformStream({
    transform(chunk, controller) {
      received += chunk.byteLength;
      if (report !== null) report(received);
      controller.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(counter), {
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
  });
};

async function unpack(pyodide, settings, name) {
  if (loaded.has(name)) return;
  const response = await self.fetch(new URL(`${name}.zip`, settings.static));
  if (!response.ok) throw new Error(`${name}.zip: ${response.status} ${response.statusText}`);
  pyodide.unpackArchive(await response.arrayBuffer(), "zip", { extractDir: "/site" });
  loaded.add(name);
}

async function start(settings, progress) {
  let last = 0;
  report = (bytes) => {
    const now = Date.now();
    if (now - last > 50) {
      last = now;
      progress(Math.min(bytes / EXPECTED, 0.98));
    }
  };
  importScripts(new URL("pyodide.js", settings.pyodide).href);
  const pyodide = await loadPyodide({
    indexURL: settings.pyodide,
    env: { HOME: "/home/pyodide", MPLBACKEND: "Agg" },
  });
  await pyodide.loadPackage(["numpy"], { messageCallback: () => {} });
  pyodide.FS.mkdirTree("/site");
  await unpack(pyodide, settings, "tinynet");
  const source = await (await self.fetch(new URL("runner.py", settings.static))).text();
  pyodide.FS.writeFile("/site/runner.py", source);
  pyodide.runPython('import sys; sys.path.insert(0, "/site")');
  const runner = pyodide.pyimport("runner");
  report = null;
  progress(1);
  return { pyodide, runner, namespace: freshNamespace(pyodide) };
}

function freshNamespace(pyodide) {
  const namespace = pyodide.globals.get("dict")();
  namespace.set("__name__", "__main__");
  return namespace;
}

// Fetch what code imports; the library's plots import matplotlib when they are called.
async function loadImports(pyodide, settings, code) {
  const pytest = /^\s*(import|from) pytest\b.*$/gm; // comes with the site
  if (pytest.test(code)) await unpack(pyodide, settings, "pytest");
  const quiet = { messageCallback: () => {} };
  await pyodide.loadPackagesFromImports(code.replace(pytest, ""), quiet);
  if (/matplotlib|\bplot/.test(code)) await pyodide.loadPackage("matplotlib", quiet);
}

async function answer({ id, task, settings, request }) {
  const say = (kind, rest) => self.postMessage({ id, kind, ...rest });
  const progress = (share) => say("progress", { share });
  if (python === null) {
    python = start(settings, progress).catch((error) => {
      python = null; // so that it may be tried again
      throw new Error(`Python can’t be loaded from ${settings.pyodide}: ${error.message}`);
    });
  }
  const { pyodide, runner, namespace } = await python;
  const code = [request.code, request.program, request.check];
  for (const { source } of request.examples ?? []) code.push(source);
  await loadImports(pyodide, settings, code.filter(Boolean).join("\n"));
  say("running", {});
  const send = (index, text) => say("output", { index, text });
  const text = JSON.stringify(request);
  const result =
    task === "session" ? runner.run_session(text, namespace, send) : runner[task](text, send);
  say("done", { result: JSON.parse(result) });
}

let queue = Promise.resolve(); // one request at a time
self.onmessage = ({ data }) => {
  queue = queue.then(() => answer(data)).catch((error) => {
    self.postMessage({ id: data.id, kind: "failed", message: String(error.message ?? error) });
  });
};

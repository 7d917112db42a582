// Python sessions that run in the page. Python is loaded at the first click.
"use strict";

// A Python interpreter in a worker, made when it is first needed. `ask` returns a promise.
const interpreter = {
  worker: null,
  waiting: new Map(),
  count: 0,

  async ask(task, request, listener) {
    if (location.protocol === "file:") throw new Error(FROM_A_FILE);
    if (this.worker === null) {
      this.worker = new Worker(new URL("worker.js", settings().static));
      this.worker.onmessage = ({ data }) => this.hear(data);
      this.worker.onerror = (event) => this.stop(event.message || "Python can’t be started.");
    }
    const id = this.count++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, listener });
      this.worker.postMessage({ id, task, request, settings: settings() });
    });
  },

  hear({ id, kind, ...rest }) {
    const asked = this.waiting.get(id);
    if (asked === undefined) return;
    if (kind === "done" || kind === "failed") {
      this.waiting.delete(id);
      if (kind === "done") asked.resolve(rest.result);
      else asked.reject(new Error(rest.message));
    } else {
      asked.listener(kind, rest);
    }
  },

  // Stop whatever runs. The variables are lost with it.
  stop(message = "Stopped. The next Run starts Python again and first runs the blocks above.") {
    if (this.worker !== null) this.worker.terminate();
    this.worker = null;
    const asked = [...this.waiting.values()];
    this.waiting.clear();
    for (const session of sessions) session.hasRun = false;
    for (const { reject } of asked) reject(new Error(message));
  },
};

// A page that is opened as a file may not load anything, so it can't have Python.
const FROM_A_FILE =
  "Python runs only in a page from a web server. In the folder of the site, run " +
  "python -m http.server, then open http://localhost:8000.";

const sessions = [];

function settings() {
  const here = document.baseURI;
  return {
    pyodide: new URL(RUN_IN_PAGE.pyodide, here).href,
    static: new URL(RUN_IN_PAGE.static, here).href,
  };
}

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function button(label, action, hidden = false) {
  return element("button", { type: "button", textContent: label, onclick: action, hidden });
}

// What a terminal would show: a carriage return starts the line anew.
function afterReturns(text) {
  return text.replace(/\r+\n/g, "\n").replace(/[^\n]*\r(?=[^\n])/g, "").replace(/\r/g, "");
}

// The row under a block: buttons, a progress bar, and a line of text.
class Toolbar {
  constructor(label, run) {
    this.run = button(label, run);
    this.stop = button("Stop", () => interpreter.stop(), true);
    this.progress = element("progress", { max: 1, value: 0, hidden: true });
    this.progress.setAttribute("aria-label", "Loading Python");
    this.status = element("span", { className: "run-status" });
    this.status.setAttribute("role", "status");
    this.element = element("div", { className: "run-toolbar" }, this.run, this.stop);
    this.element.append(this.progress, this.status);
  }

  add(...buttons) {
    this.stop.after(...buttons);
  }

  begin() {
    this.run.disabled = true;
    this.stop.hidden = false;
    this.say("Waiting for Python …", "");
  }

  end() {
    this.run.disabled = false;
    this.stop.hidden = true;
    this.progress.hidden = true;
  }

  say(text, state) {
    this.status.textContent = text;
    this.element.dataset.state = state;
  }

  // Listen to the worker: how far loading is, and that the code runs.
  hear(kind, { share }) {
    if (kind === "progress") {
      this.progress.hidden = false;
      this.progress.value = share;
      this.say(`Loading Python: ${Math.round(100 * share)} %`, "");
    } else if (kind === "running") {
      this.progress.hidden = true;
      this.say("Running …", "");
    }
  }
}

// A text area for code: it grows with its text, and Ctrl-Enter runs it. Tab indents once something
// is typed or clicked, and after Escape it moves on again, so that the keyboard is never caught.
function editor(code, label, run) {
  const area = element("textarea", { spellcheck: false, className: "run-editor" });
  area.setAttribute("aria-label", label);
  area.setAttribute("aria-description", "Ctrl+Enter runs the code. Escape, then Tab, leaves.");
  area.setAttribute("autocapitalize", "off");
  area.setAttribute("autocomplete", "off");
  area.setCode = (text) => { area.value = text.trimEnd(); fit(); };
  const fit = () => { area.rows = Math.max(2, area.value.split("\n").length); };
  let indents = false;
  area.addEventListener("input", () => { fit(); indents = true; });
  area.addEventListener("pointerdown", () => { indents = true; });
  area.addEventListener("blur", () => { indents = false; });
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.shiftKey || event.metaKey)) {
      event.preventDefault();
      run();
    } else if (event.key === "Escape") {
      indents = false;
    } else if (event.key === "Tab" && indents && !event.shiftKey) {
      event.preventDefault();
      area.setRangeText("    ", area.selectionStart, area.selectionEnd, "end");
      area.dispatchEvent(new Event("input"));
    } else if (event.key === "Enter") {
      event.preventDefault();
      const line = area.value.slice(0, area.selectionStart).split("\n").pop();
      const indent = line.match(/^ */)[0] + (line.trimEnd().endsWith(":") ? "    " : "");
      area.setRangeText(`\n${indent}`, area.selectionStart, area.selectionEnd, "end");
      area.dispatchEvent(new Event("input"));
    }
  });
  area.setCode(code);
  return area;
}

// Plots and tables, below what is printed.
function richOutput(results) {
  const box = element("div", { className: "run-rich" });
  for (const { html, images } of results) {
    for (const text of html ?? []) box.append(element("div", { innerHTML: text }));
    for (const data of images ?? []) {
      box.append(element("img", { src: `data:image/png;base64,${data}`, alt: "The plot" }));
    }
  }
  return box;
}

// A session: the block as the page shows it, until it is edited.
class Session {
  constructor(box) {
    this.box = box;
    this.examples = JSON.parse(box.querySelector("script").textContent);
    this.shown = box.querySelector("pre");
    this.outputs = [...box.querySelectorAll(".output")];
    this.code = this.examples.map(({ source }) => source).join("");
    this.hasRun = false;
    this.toolbar = new Toolbar("Run", () => this.runAll());
    this.editButton = button("Edit", () => this.edit());
    this.resetButton = button("Reset", () => this.reset(), true);
    this.toolbar.add(this.editButton, this.resetButton);
    this.area = editor(this.code, "Python code", () => this.runAll());
    this.area.hidden = true;
    this.printed = element("div", { className: "run-output", hidden: true });
    this.rich = element("div");
    box.append(this.area, this.toolbar.element, this.printed, this.rich);
  }

  get edited() {
    return !this.area.hidden;
  }

  edit() {
    this.area.hidden = false;
    this.box.classList.add("edited");
    this.editButton.hidden = true;
    this.resetButton.hidden = false;
    this.area.focus();
  }

  reset() {
    this.area.hidden = true;
    this.area.setCode(this.code);
    this.box.classList.remove("edited");
    this.editButton.hidden = false;
    this.resetButton.hidden = true;
    this.printed.hidden = true;
    this.rich.replaceChildren();
    this.outputs.forEach((output, k) => { output.textContent = this.examples[k].want; });
    this.toolbar.say("", "");
  }

  // Run this block; before it, those above that haven't run.
  async runAll() {
    const above = sessions.slice(0, sessions.indexOf(this)).filter((other) => !other.hasRun);
    this.toolbar.begin();
    for (const other of above) {
      if (!(await other.run())) {
        this.toolbar.end();
        this.toolbar.say("A block above failed, so this one didn’t run.", "failed");
        return;
      }
    }
    await this.run();
  }

  async run() {
    this.toolbar.begin();
    const asked = this.edited ? { code: this.area.value } : { examples: this.examples };
    const live = [];
    const listener = (kind, message) => {
      this.toolbar.hear(kind, message);
      if (kind === "running") this.clear();
      if (kind === "output") {
        live[message.index] = (live[message.index] ?? "") + message.text;
        this.show(message.index, live);
      }
    };
    try {
      const results = await interpreter.ask("session", asked, listener);
      return this.finish(results);
    } catch (error) {
      this.toolbar.say(error.message, "failed");
      return false;
    } finally {
      this.toolbar.end();
    }
  }

  clear() {
    this.rich.replaceChildren();
    this.printed.textContent = "";
    this.printed.hidden = !this.edited;
    if (!this.edited) this.outputs.forEach((output) => { output.textContent = ""; });
  }

  show(index, live) {
    if (this.edited) this.printed.textContent = afterReturns(live.filter(Boolean).join(""));
    else this.outputs[index].textContent = afterReturns(live[index]);
  }

  finish(results) {
    this.hasRun = results.every(({ failed }) => !failed);
    if (this.edited) {
      const parts = results.flatMap((result) => transcript(result, results));
      this.printed.replaceChildren(...parts);
      this.printed.hidden = parts.length === 0;
    } else {
      results.forEach(({ output }, k) => { this.outputs[k].textContent = afterReturns(output); });
      this.rich.replaceChildren(richOutput(results));
    }
    const same = results.every((result) => result.same);
    if (!this.hasRun) this.toolbar.say("Failed.", "failed");
    else if (this.edited) this.toolbar.say("Done.", "done");
    else if (same) this.toolbar.say("Done. The output is the same as in the page.", "same");
    else this.toolbar.say("Done. The output differs from the page’s.", "different");
    return this.hasRun;
  }
}

// The output of a statement, with its first line above it if several statements have output.
function transcript(result, results) {
  const gave = ({ output, html, images }) => output || html?.length || images?.length;
  if (!gave(result)) return [];
  const first = result.source.trim().split("\n")[0];
  const label = element("span", { className: "run-source", textContent: `>>> ${first}\n` });
  const several = results.filter(gave).length > 1;
  const text = afterReturns(result.output);
  const rich = result.html?.length || result.images?.length ? [richOutput([result])] : [];
  return [...(several ? [label] : []), text, ...rich];
}

for (const box of document.querySelectorAll(".session")) sessions.push(new Session(box));

// The course's exercises: an editor, a check, and a memory of the solved ones.
"use strict";

// What the reader has written and solved, kept in this browser only.
const memory = {
  key: "tinynet-course",

  all() {
    try {
      return JSON.parse(localStorage.getItem(this.key)) ?? {};
    } catch {
      return {}; // storage is forbidden, or holds something else
    }
  },

  get(name) {
    return this.all()[name] ?? {};
  },

  set(name, change) {
    const all = this.all();
    all[name] = { ...all[name], ...change };
    try {
      localStorage.setItem(this.key, JSON.stringify(all));
    } catch {
      // a private window: nothing is remembered when the page is closed
    }
    document.dispatchEvent(new CustomEvent("solved"));
  },
};

class Exercise {
  constructor(box) {
    this.box = box;
    this.data = JSON.parse(box.querySelector("script").textContent);
    const known = memory.get(this.data.name);
    this.area = editor(known.draft ?? this.data.start, "Your answer", () => this.check());
    this.area.addEventListener("input", () => {
      memory.set(this.data.name, { draft: this.area.value });
    });
    const title = box.querySelector(".exercise-title");
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", title.textContent);
    const shown = box.querySelector(":scope > .start");
    shown.replaceWith(this.area);
    this.toolbar = new Toolbar("Check", () => this.check());
    this.toolbar.add(button("Start over", () => this.reset()));
    this.printed = element("pre", { className: "run-output", hidden: true });
    this.verdict = element("div", { className: "verdict" });
    this.verdict.setAttribute("role", "status");
    this.area.after(this.toolbar.element, this.verdict, this.printed);
    this.mark = element("span", { className: "solved-mark" });
    title.append(this.mark);
    this.showSolved();
  }

  reset() {
    this.area.setCode(this.data.start);
    memory.set(this.data.name, { draft: undefined });
    this.verdict.replaceChildren();
    this.printed.hidden = true;
    this.toolbar.say("", "");
  }

  showSolved() {
    const solved = memory.get(this.data.name).answer !== undefined;
    this.mark.textContent = solved ? " ✓ solved" : "";
    this.box.classList.toggle("solved", solved);
  }

  async check() {
    const { name, check, preamble } = this.data;
    const code = this.area.value;
    this.toolbar.begin();
    this.verdict.replaceChildren();
    let printed = "";
    const listener = (kind, message) => {
      this.toolbar.hear(kind, message);
      if (kind === "output") this.show((printed += message.text));
    };
    this.show("");
    try {
      const verdict = await interpreter.ask("check", { code, check, preamble }, listener);
      this.show(verdict.output);
      this.judge(verdict, name, code);
    } catch (error) {
      this.toolbar.say(error.message, "failed");
    } finally {
      this.toolbar.end();
    }
  }

  show(text) {
    this.printed.textContent = afterReturns(text);
    this.printed.hidden = text === "";
  }

  judge(verdict, name, code) {
    if (verdict.right) {
      memory.set(name, { answer: code, draft: code });
      const { piece } = this.data;
      const use = piece === "" ? "" : ` Your ${piece} is now part of your digit reader.`;
      this.toolbar.say(`Correct.${use}`, "right");
    } else {
      let failed = verdict.kind === "wrong" ? "Not yet." : "Your code doesn’t run.";
      if (code.trim() === this.data.start.trim()) failed += " This is still the code you started from.";
      this.toolbar.say(failed, "wrong");
      const table = richOutput([verdict]);
      const text = element("pre", { textContent: verdict.message });
      this.verdict.replaceChildren(verdict.html.length ? table : text);
      if (verdict.line) this.select(verdict.line);
    }
    this.showSolved();
  }

  // Put the cursor into a line.
  select(line) {
    const lines = this.area.value.split("\n");
    const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    this.area.focus({ preventScroll: true });
    this.area.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
  }
}

// The digit reader: the program of the page, with the reader's own pieces.
class Assembly {
  constructor(box) {
    this.box = box;
    this.data = JSON.parse(box.querySelector("script").textContent);
    this.toolbar = new Toolbar("Train my network", () => this.train());
    this.printed = element("pre", { className: "run-output", hidden: true });
    this.rich = element("div");
    box.append(this.toolbar.element, this.printed, this.rich);
    this.showPieces();
    document.addEventListener("solved", () => this.showPieces());
  }

  pieces() {
    return this.data.pieces.map(({ name, exercise, code }) => {
      const { answer } = memory.get(exercise);
      return { name, code: answer ?? code, yours: answer !== undefined };
    });
  }

  showPieces() {
    for (const { name, yours } of this.pieces()) {
      const row = this.box.querySelector(`[data-piece="${name}"]`);
      row.querySelector(".whose").textContent = yours ? "✓ yours" : "tinynet’s";
      row.classList.toggle("yours", yours);
    }
  }

  async train() {
    const { preamble, program } = this.data;
    const pieces = this.pieces();
    const own = pieces.filter(({ yours }) => yours).map(({ name }) => name);
    const others = pieces.filter(({ yours }) => !yours).map(({ name }) => name);
    let printed = `Yours: ${own.join(", ") || "nothing yet"}.\n`;
    printed += `tinynet’s: ${others.join(", ") || "nothing"}.\n`;
    const head = printed;
    this.toolbar.begin();
    this.rich.replaceChildren();
    this.show(printed);
    const listener = (kind, message) => {
      this.toolbar.hear(kind, message);
      if (kind === "output") this.show((printed += message.text));
    };
    try {
      const result = await interpreter.ask("assemble", { preamble, program, pieces }, listener);
      this.show(head + result.output);
      this.rich.replaceChildren(richOutput([result]));
      this.toolbar.say(result.failed ? "Failed." : "Trained.", result.failed ? "failed" : "right");
    } catch (error) {
      this.toolbar.say(error.message, "failed");
    } finally {
      this.toolbar.end();
    }
  }

  show(text) {
    this.printed.textContent = afterReturns(text);
    this.printed.hidden = false;
  }
}

// The index: how much of each chapter is solved.
function showProgress(box) {
  const known = memory.all();
  const chapters = JSON.parse(box.querySelector("script").textContent);
  let total = 0;
  let done = 0;
  box.querySelectorAll("li").forEach((item, k) => {
    const names = chapters[k];
    const count = names.filter((name) => known[name]?.answer !== undefined).length;
    total += names.length;
    done += count;
    const bar = element("progress", { max: names.length, value: count });
    bar.setAttribute("aria-hidden", "true");
    const text = ` ${count} of ${names.length} solved${count === names.length ? " ✓" : ""}`;
    item.querySelector(".solved")?.remove();
    item.append(element("span", { className: "solved" }, bar, text));
  });
  box.querySelector(".course-sum")?.remove();
  const sum = `You have solved ${done} of ${total} exercises in this browser.`;
  box.append(element("p", { className: "course-sum", textContent: sum }));
}

for (const box of document.querySelectorAll(".exercise")) new Exercise(box);
for (const box of document.querySelectorAll(".assembly")) new Assembly(box);
for (const box of document.querySelectorAll(".course-progress")) showProgress(box);
window.addEventListener("storage", () => {
  document.dispatchEvent(new CustomEvent("solved"));
  for (const box of document.querySelectorAll(".course-progress")) showProgress(box);
});

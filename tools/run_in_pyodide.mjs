// Runs pytest on the checkout in Pyodide, under Node.js.
//
//     node tools/run_in_pyodide.mjs CORE WHEELS ARCHIVE CHECKOUT [pytest's arguments]
//
// CORE is the folder of the npm package, WHEELS one with the wheels of NumPy and what it needs, and
// ARCHIVE a zip of pytest and whatever else is pure Python. `tests/browser` calls it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [core, wheels, archive, checkout, ...pytestArguments] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(core, "pyodide.mjs")));
const pyodide = await loadPyodide({
  env: { HOME: "/home/pyodide", MPLBACKEND: "Agg", HYPOTHESIS_PROFILE: "pyodide" },
});
const found = readdirSync(wheels).filter((name) => /^(numpy)-.*\.whl$/.test(name));
await pyodide.loadPackage(found.map((name) => join(wheels, name)), { messageCallback: () => {} });
pyodide.FS.mkdirTree("/packages");
pyodide.unpackArchive(new Uint8Array(readFileSync(archive)), "zip", { extractDir: "/packages" });
pyodide.FS.mkdirTree("/checkout");
pyodide.mountNodeFS("/checkout", checkout);
pyodide.globals.set("arguments", pyodide.toPy(pytestArguments));
const code = await pyodide.runPythonAsync(`
import os, sys
sys.path[:0] = ["/checkout", "/packages"]
sys.dont_write_bytecode = True
os.chdir("/checkout")
import pytest
int(pytest.main(["-p", "no:cacheprovider", "-p", "no:faulthandler", "--capture=sys", *arguments]))
`);
process.exitCode = code;

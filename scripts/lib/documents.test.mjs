// The documents hang together: every page is in the book, every link leads somewhere, what is generated is current.
import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bars } from "./bars.mjs";
import { anchors, filesBelow, links, pages, read, root, summary, wrongLinks } from "./documents.mjs";
import { figures, load, readmeWithFigures } from "./figures.mjs";
import { plots } from "./plots.mjs";

test("every page is in the contents of the book, once", () => {
  const listed = links(read("docs/SUMMARY.md")).map((link) => `docs/${link}`);
  assert.deepEqual(
    listed.toSorted(),
    pages().filter((path) => path !== "docs/SUMMARY.md"),
  );
});

test("the contents name every decision (scripts/generate-docs renews them)", () => {
  assert.equal(read("docs/SUMMARY.md"), summary());
});

test("every link within the book resolves and stays in it", () => {
  assert.deepEqual(
    pages().flatMap((path) => wrongLinks(path, read(path), "docs/")),
    [],
  );
});

test("every link of the documents beside the book resolves", () => {
  const crates = filesBelow("crates").filter((path) => path.endsWith("README.md"));
  const others = ["README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md", ...crates];
  assert.deepEqual(
    others.flatMap((path) => wrongLinks(path)),
    [],
  );
});

test("pictures are small, and each is shown somewhere", () => {
  const pictures = filesBelow("docs/images");
  const bytes = pictures.reduce((sum, path) => sum + statSync(join(root, path)).size, 0);
  assert.ok(bytes > 0 && bytes < 300_000, `expected less than 300 kB of pictures, got ${bytes} bytes`);
  const texts = [...pages(), "README.md"].map(read).join("");
  const unused = pictures.filter((path) => !texts.includes(path.split("/").at(-1)));
  assert.deepEqual(unused, []);
});

test("the figures in README.md are those of docs/benchmarks (scripts/generate-docs renews them)", () => {
  assert.equal(read("README.md"), readmeWithFigures());
});

test("the bar charts are those of docs/benchmarks (scripts/generate-docs renews them)", () => {
  const drawn = Object.entries(plots(load));
  assert.ok(drawn.length > 0);
  for (const [file, drawing] of drawn) assert.equal(read(`docs/benchmarks/${file}`), drawing, file);
});

test("bars are as long as their values, in each group by itself", () => {
  const row = (name, value, ours) => ({ name, value, label: `${value} s`, ours });
  const drawing = bars("A & B", [
    { name: "first", bars: [row("a < b", 2, true), row("c", 4)] },
    { name: "second", bars: [row("d", 10)] },
  ]);
  const lengths = [...drawing.matchAll(/width="([\d.]+)"/g)].map(([, length]) => Number(length));
  assert.deepEqual(lengths, [145, 290, 290]);
  assert.equal(drawing.match(/class="ours"/g).length, 1);
  assert.ok(drawing.includes("a &lt; b") && drawing.includes("A &amp; B") && !drawing.includes("a < b"));
});

test("scripts that the documents name are there", () => {
  const named = [...pages(), "README.md", "SECURITY.md", "CONTRIBUTING.md"].flatMap((path) =>
    [...read(path).matchAll(/(?<![\w/])(?:\.\/)?(scripts\/[a-z][\w./-]*\w)/g)].map(
      ([, script]) => `${script} (${path})`,
    ),
  );
  assert.ok(named.length > 10);
  assert.deepEqual(
    named.filter((name) => !existsSync(join(root, name.split(" ")[0]))),
    [],
  );
});

test("the headers to host the page with are those of the page", () => {
  const source = read("web/config/headers.ts");
  const list = (name) => [...new RegExp(`${name} = \\[([^\\]]*)\\]`).exec(source)[1].matchAll(/"([^"]+)"/g)];
  const policy = [...list("directives"), ...list("headerOnly")].map(([, directive]) => directive).join("; ");
  assert.ok(policy.includes("default-src 'self'; ") && policy.endsWith("frame-ancestors 'none'"), policy);
  const page = read("docs/hosting.md");
  const shown = page.match(/default-src [^"\n]*/g);
  assert.equal(shown.length, 3);
  for (const text of shown) assert.equal(text, policy);
  for (const header of ["Cross-Origin-Opener-Policy", "Cross-Origin-Embedder-Policy", "Referrer-Policy"]) {
    const [, value] = new RegExp(`"${header}": "([^"]+)"`).exec(source);
    for (const form of [
      `| \`${header}\` | \`${value}\` |`,
      `add_header ${header} ${value} always;`,
      `  ${header}: ${value}`,
    ]) {
      assert.ok(page.includes(form), form);
    }
  }
});

test("links are found outside of code, and wrong ones are named", () => {
  assert.deepEqual(links("[a](b.md) `[c](d.md)` [e](https://f)\n```\n[g](h.md)\n```\n![i](j.png)"), [
    "b.md",
    "j.png",
  ]);
  assert.deepEqual(anchors("# A title, `--code` & more\n```\n# no\n```\n## Two"), [
    "a-title---code--more",
    "two",
  ]);
  const text = "# One\n[a](#one) [b](#two) [c](nowhere.md) [d](../README.md)";
  assert.deepEqual(wrongLinks("docs/README.md", text, "docs/"), [
    "docs/README.md: #two names no heading",
    "docs/README.md: nowhere.md does not exist",
    "docs/README.md: ../README.md leaves docs/",
  ]);
});

test("figures say what is better and what is worse, and leave out what was not measured", () => {
  const lossy = { format: "webp", kind: "photo", against: "cwebp", target: 80, encodeCpu: 1.7, searchCpu: 3.33 };
  const rd = {
    corpus: { images: [{}, {}] },
    mode: "quick",
    machine: { cores: 2, cpu: "a processor" },
    summary: {
      lossy: [
        { ...lossy, delivered: { images: 2, ratio: 1.029 } },
        { ...lossy, target: 90, delivered: { images: 1, ratio: 0.958 }, otherOutOfReach: 1 },
      ],
    },
  };
  const text = figures((name) => (name === "rd" ? rd : undefined));
  assert.ok(text.includes("| WebP, photos | cwebp | – | +2.9 % | −4.2 % (1 of 2) | 1.7 × | 3.3 × |"), text);
  assert.ok(!text.includes("oxipng") && !text.includes("Folders"), text);
  assert.equal(figures(() => undefined), "");
});

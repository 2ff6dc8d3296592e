// Bundle what pages use of other people's code, and write beside it what it is: vendor.json and licences.
// `make vendor` runs it; it writes the same bytes each time, so `git diff` shows what changed.
import { createHash } from "node:crypto";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { ZXING_CPP_COMMIT } from "zxing-wasm/reader";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const read = (name) => JSON.parse(readFileSync(here(`node_modules/${name}/package.json`)));

// A bundle names the packages whose code it holds, with the files of their licences.
const BUNDLES = [
  {
    file: "echarts.js",
    entry: "echarts.entry.js",
    packages: {
      echarts: ["LICENSE", "NOTICE", "licenses/LICENSE-d3"],
      zrender: ["LICENSE"],
      tslib: ["LICENSE.txt"],
    },
  },
  { file: "zxing.js", entry: "zxing.entry.js", packages: { "zxing-wasm": ["LICENSE"] } },
  { file: "idb.js", entry: "idb.entry.js", packages: { idb: ["LICENSE"] } },
];
// What is not bundled but taken as it is: the program that zxing.js runs.
const COPIES = [
  {
    file: "zxing_reader.wasm",
    from: "zxing-wasm/dist/reader/zxing_reader.wasm",
    packages: { "zxing-wasm": ["LICENSE"] },
    // Compiled in; the package does not bring their licences, so these lie here.
    inside: [
      { name: "zxing-cpp", version: ZXING_CPP_COMMIT, licence: "Apache-2.0", texts: ["zxing-cpp.LICENSE"] },
      { name: "libzueci", version: ZXING_CPP_COMMIT, licence: "BSD-3-Clause", texts: ["libzueci.LICENSE"] },
    ],
  },
];

const files = [];
for (const { file, entry, packages } of BUNDLES) {
  await build({
    absWorkingDir: here("."), entryPoints: [entry], outfile: file, bundle: true, minify: true, format: "esm",
    target: "chrome90", charset: "utf8", legalComments: "none",
    define: { "process.env.NODE_ENV": '"production"' },
  });
  describe(file, packages);
}
for (const { file, from, packages, inside } of COPIES) {
  copyFileSync(here(`node_modules/${from}`), here(file));
  describe(file, packages, inside);
}
writeFileSync(here("vendor.json"), JSON.stringify({ files }, null, 2) + "\n");

function describe(file, packages, inside = []) {
  const parts = Object.entries(packages).map(([name, licences]) => {
    const { version, license } = read(name);
    const texts = licences.map((licence) => {
      const copy = `${name}.${licence.split("/").at(-1).replace(/\.txt$/, "")}`;
      copyFileSync(here(`node_modules/${name}/${licence}`), here(copy));
      return copy;
    });
    return { name, version, licence: license, texts };
  });
  const sha256 = createHash("sha256").update(readFileSync(here(file))).digest("hex");
  files.push({ file, sha256, parts: [...parts, ...inside] });
}

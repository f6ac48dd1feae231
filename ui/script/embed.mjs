// Turns the built page into one C++ file: node embed.mjs DIST OUTPUT.cpp
// Beside each file its gzip and brotli forms are written, where they are smaller.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const TYPES = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  woff2: "font/woff2",
  png: "image/png",
};
const [dist, output] = process.argv.slice(2);

function walk(directory) {
  return readdirSync(directory)
    .sort()
    .flatMap((name) => {
      const path = join(directory, name);
      return statSync(path).isDirectory() ? walk(path) : [path];
    })
    .filter((path) => !/\.(gz|br)$/.test(path));
}

function form(path, suffix, bytes, compressed) {
  if (compressed.length >= bytes.length * 0.95) return null;
  writeFileSync(path + suffix, compressed);
  return path + suffix;
}

function describe(path) {
  const name = relative(dist, path);
  const bytes = readFileSync(path);
  const type = TYPES[name.split(".").pop()];
  if (!type) throw new Error(`embed: what type is ${name}? Add it to TYPES.`);
  const gzip = form(path, ".gz", bytes, gzipSync(bytes, { level: 9 }));
  const brotli = form(path, ".br", bytes, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  const etag = createHash("sha256").update(bytes).digest("hex").slice(0, 32);
  return { name, type, etag, forms: { identity: path, gzip, brotli } };
}

const files = walk(dist).map(describe);
const blocks = [];
const rows = files.map((file, index) => {
  const views = Object.entries(file.forms).map(([kind, path]) => {
    if (!path) return "{}";
    const symbol = `page_file_${index}_${kind}`;
    blocks.push(
      `asm(R"(.section .rodata\n.global ${symbol}\n.global ${symbol}_end\n${symbol}:\n.incbin "${path}"\n${symbol}_end:\n.byte 0\n.previous\n)");`,
      `extern "C" const char ${symbol}[];`,
      `extern "C" const char ${symbol}_end[];`,
    );
    return `view(${symbol}, ${symbol}_end)`;
  });
  return `      {"${file.name}", "${file.type}", "\\"${file.etag}\\"", ${views.join(", ")}},`;
});

writeFileSync(
  output,
  `// Made by ui/script/embed.mjs from the built page.
#include <array>

#include "page/file.h"

${blocks.join("\n")}

namespace page {
namespace {
std::string_view view(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}
}  // namespace

std::span<const File> files() {
  static const std::array<File, ${files.length}> kFiles{{
${rows.join("\n")}
  }};
  return kFiles;
}
}  // namespace page
`,
);

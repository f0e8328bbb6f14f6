/**
 * Minifies each module of the collector into a fragment that can be joined with any others, as `make collector`.
 *
 * A module of `chalicelib/collector/src` becomes a block: imports go, and exports become `var`, which is there outside of
 * the block too. Exports get short names from `names.json`, where a name, once given, stays, so that one change does
 * not rename everything. Then esbuild minifies the block, and what is left of longer names is shortened here: in the same
 * way in every module, which compresses better than what esbuild would choose for each.
 *
 * With `--check` nothing is written; the exit code tells whether everything is as it would be written.
 */
import { parse } from "acorn";
import { analyze } from "eslint-scope";
import { transform } from "esbuild";
import MagicString from "magic-string";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const YEAR = 2017; // of ECMAScript: no newer syntax, in the sources and in what is served
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const SOURCES = at("../../chalicelib/collector/src/");
const FRAGMENTS = at("../../chalicelib/collector/fragments/");
const NAMES = at("names.json");
const CONFIG = "config"; // the parameter of the function around all modules, not a module itself

/* What is inside of a function gets the first of these, what modules share the last: functions that are alike look alike,
   and compress well. */
const LETTERS = "etnrosiauchlfdpmgbvwykxqjz$_ZYXWVUTSRQPONMLKJIHGFEDCBA";

const digest = (text) => createHash("sha256").update(text).digest("hex").slice(0, 16);

/** Names at the top that stand for a number, or for a text that is used once: their value is put in their place. */
function constants(modules) {
  const found = new Map();
  for (const module of modules)
    for (const node of module.tree.body) {
      const declaration = node.type == "ExportNamedDeclaration" ? node.declaration : node;
      const [first, ...others] = (declaration.type == "VariableDeclaration" && declaration.declarations) || [];
      const literal = first?.init?.operator == "-" ? first.init.argument : first?.init;
      if (declaration.kind != "const" || others.length || literal.type != "Literal") continue;
      const { name } = first.id;
      const uses = modules.flatMap((user) => user.top.set.get(name)?.references.filter((use) => !use.init) ?? []);
      if (typeof literal.value == "number" || uses.length == 1)
        found.set(name, { node, value: module.text.slice(first.init.start, first.init.end) });
    }
  return found;
}

/** What is at the top of a module, and where each of its names is used. */
function read(name) {
  const text = readFileSync(`${SOURCES}${name}.js`, "utf8");
  const tree = parse(text, { ecmaVersion: YEAR, sourceType: "module", ranges: true });
  const scopes = analyze(tree, { ecmaVersion: YEAR, sourceType: "module" });
  const top = scopes.acquire(tree, true);
  const imported = tree.body
    .filter((node) => node.type == "ImportDeclaration")
    .map((node) => ({
      from: node.source.value.replace(/^\.\/(.*)\.js$/, "$1"),
      names: node.specifiers.map((specifier) => {
        if (specifier.type != "ImportSpecifier" || specifier.imported.name != specifier.local.name)
          throw new Error(`${name}.js: import names as they are`);
        return specifier.local.name;
      }),
    }));
  const declared = top.variables.filter((variable) => variable.defs[0].type != "ImportBinding");
  const exports = tree.body.filter(({ type }) => type == "ExportNamedDeclaration");
  if (exports.some(({ declaration }) => declaration.type != "VariableDeclaration"))
    throw new Error(`${name}.js: export a const or a let`);
  const exported = exports.flatMap(({ declaration }) => declaration.declarations.map(({ id }) => id.name));
  return { name, text, tree, top, imported, exported, declared: declared.map((variable) => variable.name) };
}

/** The module as a script that shares its top with the others, under short names and with the constants put in. */
function script(module, short, values) {
  const edited = new MagicString(module.text);
  const rename = (name) => values.get(name)?.value ?? short[name] ?? name;
  const gone = (node) => node.type == "ImportDeclaration" || [...values.values()].some((value) => value.node == node);
  for (const node of module.tree.body) {
    if (gone(node)) edited.remove(node.start, node.end);
    else if (node.type == "ExportNamedDeclaration") edited.overwrite(node.start, node.declaration.declarations[0].start, "var ");
  }
  const shorthand = shorthands(module.tree);
  for (const variable of module.top.variables) {
    const put = rename(variable.name);
    const places = new Map();
    for (const node of [...variable.identifiers, ...variable.references.map((use) => use.identifier)])
      if (!module.tree.body.some((top) => gone(top) && top.start <= node.start && node.end <= top.end))
        places.set(node.start, node);
    for (const node of places.values())
      edited.overwrite(node.start, node.end, shorthand.has(node.start) ? `${node.name}: ${put}` : put);
  }
  return `{${edited}}`;
}

/** Where names stand for a property as well, as in `{name}`. */
function shorthands(tree) {
  const found = new Set();
  const visit = (node) => {
    if (!node || typeof node.type != "string") return;
    if (node.type == "Property" && node.shorthand) found.add(node.value.start);
    for (const value of Object.values(node)) (Array.isArray(value) ? value : [value]).forEach(visit);
  };
  visit(tree);
  return found;
}

/** A script with the shortest names for what is declared inside of its blocks and functions. */
function shortened(code) {
  const tree = parse(code, { ecmaVersion: YEAR, ranges: true });
  const scopes = analyze(tree, { ecmaVersion: YEAR });
  const shorthand = shorthands(tree);
  const names = new Map(); // of variables
  const edited = new MagicString(code);
  const nameOf = ({ resolved, identifier }) => names.get(resolved) ?? identifier.name;
  const visit = (scope) => {
    const taken = new Set(scope.through.map(nameOf)); // what is meant by them must not change
    const local = scope.variables.filter(({ defs }) => scope.type != "global" && defs.length);
    const ofModule = scope.type == "block" && scope.upper.type == "global";
    const letters = ofModule ? [...LETTERS.slice(0, 26)].reverse() : [...LETTERS];
    for (const variable of local) {
      const put = letters.find((letter) => !taken.has(letter));
      if (!put) throw new Error(`no letter is left for ${variable.name}`);
      taken.add(put);
      names.set(variable, put);
      const places = [...variable.identifiers, ...variable.references.map(({ identifier }) => identifier)];
      for (const [start, node] of new Map(places.map((node) => [node.start, node])))
        edited.overwrite(start, node.end, shorthand.has(start) ? `${node.name}:${put}` : put);
    }
    scope.childScopes.forEach(visit);
  };
  visit(scopes.globalScope);
  return edited.toString();
}

/** The names that modules share. Others differ from them and from each other too: the readable script has all of them
    side by side. */
function sharedNames(modules) {
  const owners = new Map([[CONFIG, CONFIG]]);
  for (const module of modules)
    for (const name of module.declared) {
      if (owners.has(name)) throw new Error(`${module.name}.js: ${name} is at the top of ${owners.get(name)}.js too`);
      owners.set(name, module.name);
    }
  for (const module of modules)
    for (const { from, names } of module.imported)
      for (const name of names)
        if (owners.get(name) != from) throw new Error(`${module.name}.js: ${from}.js has no ${name}`);
  return [CONFIG, ...modules.flatMap(({ exported }) => exported)];
}

function* shortNames() {
  const letters = [...LETTERS].reverse();
  yield* letters;
  for (const first of letters) for (const second of letters) if (!/^(as|do|if|in|is|of)$/.test(first + second)) yield first + second;
}

/** The short name of each name at the top: those given before, and new ones for the others, most used first. */
function given(names, modules) {
  const before = existsSync(NAMES) ? JSON.parse(readFileSync(NAMES, "utf8")) : {};
  const kept = Object.fromEntries(Object.entries(before).filter(([name]) => names.includes(name)));
  const uses = (name) => modules.reduce((sum, module) => sum + (module.top.set.get(name)?.references.length ?? 0), 0);
  const taken = new Set(Object.values(kept));
  const free = shortNames();
  for (const name of names.filter((name) => !kept[name]).sort((one, other) => uses(other) - uses(one))) {
    let short;
    do short = free.next().value;
    while (taken.has(short));
    kept[name] = short;
  }
  return kept;
}

async function outputs() {
  const names = readdirSync(SOURCES).filter((file) => file.endsWith(".js") && file != `${CONFIG}.js`);
  const modules = names.sort().map((file) => read(file.slice(0, -3)));
  const values = constants(modules);
  const short = given(sharedNames(modules).filter((name) => !values.has(name)), modules);
  const files = new Map([[NAMES, JSON.stringify(short, null, 1) + "\n"]]);
  const table = {};
  for (const module of modules) {
    const minified = { minifySyntax: true, minifyWhitespace: true, target: `es${YEAR}` };
    const options = { loader: "js", charset: "utf8", legalComments: "none", ...minified };
    const { code } = await transform(script(module, short, values), options);
    files.set(`${FRAGMENTS}${module.name}.js`, shortened(code.trimEnd()) + "\n");
    table[module.name] = [...new Set(module.imported.map(({ from }) => from))].filter((name) => name != CONFIG).sort();
  }
  const version = digest([...files.values()].join());
  /* Whoever has no Node.js can tell by this that the fragments are those of the sources. */
  const sources = digest(modules.map(({ text }) => text).join(""));
  const written = { version, sources, config: short[CONFIG], needs: table };
  files.set(`${FRAGMENTS}modules.json`, JSON.stringify(written, null, 1) + "\n");
  return files;
}

const files = await outputs();
const present = existsSync(FRAGMENTS) ? readdirSync(FRAGMENTS).map((file) => FRAGMENTS + file) : [];
const stale = present.filter((path) => !files.has(path));
const changed = [...files].filter(([path, text]) => !existsSync(path) || readFileSync(path, "utf8") != text);
if (process.argv.includes("--check")) {
  for (const path of [...stale, ...changed.map(([path]) => path)]) console.error(`not current: ${path.split("/").pop()}`);
  if (stale.length + changed.length) process.exitCode = 1;
  else console.log(`${files.size} files are current`);
} else {
  stale.forEach((path) => rmSync(path));
  for (const [path, text] of changed) writeFileSync(path, text);
  console.log(`${files.size} files, ${changed.length} changed`);
}

/**
 * Checks the imports of src/ against layers.json, as part of `npm run check`:
 *
 * - a module imports its own room and rooms of lower layers, never one beside it or above it;
 * - no module imports itself by way of others, not even for a type;
 * - "only" limits what a room imports, "packages" where a package is imported;
 * - no folder has more modules than "modules_per_folder".
 *
 * A room is a folder of src/ (or a module, such as main); "pages/*" stands for one room per folder of pages/.
 *
 * @typedef {{ layers: { rooms: string[], holds: string }[], only: Record<string, string[]>,
 *   packages: Record<string, string[]>, modules_per_folder: number }} Table
 * @typedef {ReadonlyMap<string, readonly string[]>} Modules what each module imports: modules of src/ by their path
 *   without suffix, packages as they are written
 */

import { readdirSync, readFileSync } from "node:fs";
import { posix, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "vite";

const SUFFIX = /\.tsx?$/;
const IMPORTING = new Set([
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
  "TSImportType",
]);

/**
 * All that a module imports, as written: statically, dynamically, re-exported, or in a type.
 *
 * @param {string} file its name, which tells whether there is JSX in it
 * @param {string} code
 * @returns {string[]}
 */
export function importsOf(file, code) {
  const { program, errors } = parseSync(file, code);
  if (errors.length) throw new Error(`${file}: ${errors[0]?.message}`);
  const found = new Set();
  const visit = (/** @type {any} */ node) => {
    if (typeof node !== "object" || node === null) return;
    if (IMPORTING.has(node.type) && node.source?.value) found.add(node.source.value);
    Object.values(node).forEach(visit);
  };
  visit(program);
  return [...found];
}

/**
 * The modules of a folder. Style sheets and pictures are left out; that they exist is checked by the build.
 *
 * @param {string} folder
 * @returns {Modules}
 */
export function readModules(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((file) => file.split(sep).join("/"))
    .filter((file) => SUFFIX.test(file));
  const names = new Set(files.map((file) => file.replace(SUFFIX, "")));
  const resolve = (/** @type {string} */ from, /** @type {string} */ source) => {
    if (!source.startsWith(".")) return [source];
    const path = posix.join(posix.dirname(from), source);
    return [path, `${path}/index`].filter((name) => names.has(name));
  };
  return new Map(
    files.map((file) => {
      const sources = importsOf(file, readFileSync(`${folder}/${file}`, "utf8"));
      return [file.replace(SUFFIX, ""), sources.flatMap((source) => resolve(file, source))];
    }),
  );
}

/**
 * Whatever the table does not allow, each as a line of text.
 *
 * @param {Modules} modules
 * @param {Table} table
 * @returns {string[]}
 */
export function faults(modules, table) {
  return [
    ...strangers(modules, table),
    ...arrows(modules, table),
    ...circles(modules),
    ...crowds(modules, table),
  ];
}

/** Modules that no layer has, and rooms that have no module. @param {Modules} modules @param {Table} table */
function strangers(modules, table) {
  const names = [...modules.keys()];
  const homeless = names
    .filter((name) => !placeOf(name, table))
    .map((name) => `${name}: is in no layer`);
  const empty = table.layers
    .flatMap(({ rooms }) => rooms)
    .filter((room) => !names.some((name) => isIn(name, [room.replace(/\/\*$/, "")])))
    .map((room) => `${room}: this room has no modules`);
  return [...homeless, ...empty];
}

/** @param {Modules} modules @param {Table} table */
function arrows(modules, table) {
  return [...modules].flatMap(([name, imports]) =>
    imports.flatMap((target) => {
      const reason = modules.has(target)
        ? wrong(name, target, table)
        : misplaced(name, target, table);
      return reason ? `${name} imports ${target}: ${reason}` : [];
    }),
  );
}

/** Why one module may not import another. @param {string} name @param {string} target @param {Table} table */
function wrong(name, target, table) {
  const [from, to] = [placeOf(name, table), placeOf(target, table)];
  if (!from || !to || from.room === to.room) return null;
  if (to.layer < from.layer) return `${to.room} is above ${from.room}`;
  if (to.layer === from.layer) return `${to.room} is beside ${from.room}`;
  const only = table.only[from.room];
  return only && !isIn(target, only) ? `${from.room} may not` : null;
}

/** Why a module may not import a package. @param {string} name @param {string} source @param {Table} table */
function misplaced(name, source, { packages }) {
  const [scope = "", inner] = source.split("/");
  const places = packages[scope.startsWith("@") ? `${scope}/${inner}` : scope];
  if (!places) return "this package is not in layers.json";
  return isIn(name, places) ? null : `this package belongs to ${places.join(", ")}`;
}

/** One line for each circle that is met on the way through all imports. @param {Modules} modules */
function circles(modules) {
  /** @type {string[]} */
  const found = [];
  const done = new Set();
  const visit = (/** @type {string} */ name, /** @type {string[]} */ path) => {
    const met = path.indexOf(name);
    if (met >= 0) found.push(`circle: ${[...path.slice(met), name].join(" > ")}`);
    if (met >= 0 || done.has(name)) return;
    for (const target of modules.get(name) ?? []) visit(target, [...path, name]);
    done.add(name);
  };
  for (const name of modules.keys()) visit(name, []);
  return found;
}

/** @param {Modules} modules @param {Table} table */
function crowds(modules, { modules_per_folder: most }) {
  /** @type {Map<string, number>} */
  const sizes = new Map();
  for (const name of modules.keys()) {
    const folder = posix.dirname(name);
    sizes.set(folder, (sizes.get(folder) ?? 0) + 1);
  }
  return [...sizes]
    .filter(([, size]) => size > most)
    .map(([folder, size]) => `${folder}: has ${size} modules, at most ${most} are allowed`);
}

/** The room of a module, and the place of its layer from the top. @param {string} name @param {Table} table */
function placeOf(name, { layers }) {
  for (const [layer, { rooms }] of layers.entries()) {
    for (const pattern of rooms) {
      const room = name.split("/").slice(0, pattern.split("/").length).join("/");
      const folder = posix.dirname(room);
      if (room === pattern || `${folder}/*` === pattern) return { layer, room };
    }
  }
  return null;
}

/** @param {string} name @param {readonly string[]} places modules, or folders with all that is in them */
function isIn(name, places) {
  return places.some((place) => name === place || name.startsWith(`${place}/`));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const table = JSON.parse(readFileSync(`${root}/layers.json`, "utf8"));
  const found = faults(readModules(`${root}/src`), table);
  for (const fault of found) console.error(fault);
  process.exitCode = found.length ? 1 : 0;
}

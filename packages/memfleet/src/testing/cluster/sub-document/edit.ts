/**
 * Commands on one path of a document. What they do not touch stays byte for byte, as in subjson's `operations.cc`,
 * whose order of checks this file follows.
 */
import { subStatus } from '../../../core/sub-status.ts';
import { couchbaseOpcode } from '../../../protocol/binary/couchbase-opcodes.ts';
import { find, findStart, type Place, type Start } from './find.ts';
import { countMembers, endOfValue, nextMember, parses, skipBlanks } from './json-text.ts';
import { PathFailure } from './path-failure.ts';
import { checkRoom, parsePath, type Path } from './path.ts';

/** What a command made of a document. */
export interface Edited {
  /** The new document; of a lookup, the same. */
  readonly text: string;
  /** What the reply carries. */
  readonly result: string;
}

/** A command on one path, as it was sent. */
export interface Edit {
  readonly path: string;
  readonly value: string;
  /** Missing objects on the way are created. */
  readonly createPath: boolean;
}

type Execute = (text: string, path: Path, edit: Edit) => Edited;

const maxI64 = 0x7fff_ffff_ffff_ffffn;
const minI64 = -maxI64 - 1n;

/** Executes a command of one path on a document, which is JSON. Throws PathFailure. */
export function executeEdit(code: number, text: string, edit: Edit): Edited {
  return edits.get(code)!(text, parsePath(edit.path), edit);
}

function fail(status: number): never {
  throw new PathFailure(status);
}

function splice(text: string, start: number, end: number, by: string): string {
  return text.slice(0, start) + by + text.slice(end);
}

function found(text: string, path: Path): Place {
  const place = find(text, path);
  return place.isFound ? place : fail(subStatus.pathNotFound);
}

const get: Execute = (text, path) => {
  const { start, end } = found(text, path);
  return { text, result: text.slice(start, end) };
};

const exists: Execute = (text, path) => {
  found(text, path);
  return { text, result: '' };
};

const count: Execute = (text, path) => {
  const { start, level } = found(text, path);
  if (text[start] !== '[' && text[start] !== '{') fail(subStatus.pathMismatch);
  return { text, result: String(countMembers(text, start, level)) };
};

/** Throws unless the value can be a member at this depth: of an object, or several of an array. */
function checkValue(
  value: string,
  opening: '[' | '{"k":',
  closing: ']' | '}',
  room: number,
  isPrimitive = false,
): void {
  if (value.trim() === '' || !parses(opening + value + closing)) fail(subStatus.cannotInsert);
  if (isPrimitive && (/^\s*[[{]/.test(value) || !parses(value))) fail(subStatus.cannotInsert);
  try {
    endOfValue(opening + value + closing, 0, 32 - room);
  } catch {
    fail(subStatus.valueTooDeep);
  }
}

function checkMember(value: string, path: Path): void {
  checkValue(value, '{"k":', '}', 32 - path.length);
  // `1,"b":2` would be two members, and no JSON in an array.
  if (!parses(value)) fail(subStatus.cannotInsert);
}
const checkElements = (value: string, path: Path, isPrimitive = false): void =>
  checkValue(value, '[', ']', 31 - path.length, isPrimitive);

/** Puts a member before the closing bracket of a container. */
function addLast(text: string, { end, before }: Place, member: string): string {
  return splice(text, end - 1, end - 1, before > 0 ? `,${member}` : member);
}

/** The only element of an empty array: blanks between the brackets go. */
const addOnly = (text: string, { start, end }: Place, elements: string): string =>
  splice(text, start + 1, end - 1, elements);

/** Creates the objects of a path that are missing, with the value in the last one. */
function createPath(text: string, path: Path, place: Place, value: string): string {
  const missing = path.slice(place.level - 1);
  if (missing.some((step) => typeof step === 'number')) fail(subStatus.pathNotFound);
  const member = missing.map((step) => `"${step}":`).join('{') + value + '}'.repeat(missing.length - 1);
  return addLast(text, place, member);
}

/** Whether only the last step of a path is missing. */
const isParent = ({ level }: Place, path: Path): boolean => level === path.length;

function putMember(mode: 'add' | 'upsert' | 'replace'): Execute {
  return (text, path, edit) => {
    if (path.length === 0) fail(subStatus.cannotInsert);
    checkMember(edit.value, path);
    return { text: put(text, path, edit, mode), result: '' };
  };
}

function put(
  text: string,
  path: Path,
  { value, createPath: creates }: Edit,
  mode: 'add' | 'upsert' | 'replace',
): string {
  const place = find(text, path);
  if (mode !== 'replace' && typeof path.at(-1) === 'number') fail(subStatus.pathInvalid);
  if (place.isFound) {
    if (mode === 'add') fail(subStatus.pathExists);
    return splice(text, place.start, place.end, value);
  }
  if (mode === 'replace' || !(isParent(place, path) || creates)) fail(subStatus.pathNotFound);
  return createPath(text, path, place, value);
}

const remove: Execute = (text, path) => {
  if (path.length === 0) fail(subStatus.cannotInsert);
  const { from, end, before } = found(text, path);
  const next = skipBlanks(text, end);
  if (text[next] === ',') return { text: text.slice(0, from) + text.slice(next + 1), result: '' };
  const start = before > 0 ? text.lastIndexOf(',', from) : from;
  return { text: text.slice(0, start) + text.slice(end), result: '' };
};

const pushFirst: Execute = (text, path, { value, createPath: creates }) => {
  checkElements(value, path);
  checkRoom(path);
  const first = [...path, 0];
  const place = find(text, first);
  if (place.isFound) return { text: splice(text, place.start, place.start, `${value},`), result: '' };
  if (isParent(place, first)) return { text: addOnly(text, place, value), result: '' };
  return creates ? { text: createPath(text, path, place, `[${value}]`), result: '' } : fail(subStatus.pathNotFound);
};

const pushLast: Execute = (text, path, { value, createPath: creates }) => {
  checkElements(value, path);
  return path.length === 0 ? pushToRoot(text, value) : push(text, path, value, creates);
};

/** The blanks around the closing bracket of the document go. */
function pushToRoot(text: string, value: string): Edited {
  const trimmed = text.trim();
  if (trimmed.endsWith('}')) fail(subStatus.pathMismatch);
  if (!trimmed.endsWith(']')) fail(subStatus.notJson);
  const head = text.trimEnd().slice(0, -1).trimEnd();
  return { text: `${head}${head.endsWith('[') ? '' : ','}${value}]`, result: '' };
}

function push(text: string, path: Path, value: string, creates: boolean): Edited {
  const place = find(text, path);
  if (!place.isFound)
    return creates ? { text: createPath(text, path, place, `[${value}]`), result: '' } : fail(subStatus.pathNotFound);
  if (text[place.start] !== '[') fail(subStatus.pathMismatch);
  const before = countMembers(text, place.start, place.level);
  return { text: before === 0 ? addOnly(text, place, value) : addLast(text, { ...place, before }, value), result: '' };
}

/** Elements are compared as they are written. */
function checkUnique(text: string, { start, level }: Start, value: string): void {
  if (text[start] !== '[') fail(subStatus.pathMismatch);
  for (let at = skipBlanks(text, start + 1); text[at] !== ']';) {
    if (text[at] === '[' || text[at] === '{') fail(subStatus.pathMismatch);
    const end = endOfValue(text, at, level + 1);
    if (text.slice(at, end) === value) fail(subStatus.pathExists);
    at = nextMember(text, end);
  }
}

const addUnique: Execute = (text, path, { value, createPath: creates }) => {
  checkElements(value, path, true);
  const start = findStart(text, path);
  if (start.isFound) checkUnique(text, start, value);
  return push(text, path, value, creates);
};

const insert: Execute = (text, path, { value }) => {
  checkValue(value, '[', ']', 32 - path.length);
  const index = path.at(-1);
  if (typeof index !== 'number' || index < 0) fail(subStatus.pathInvalid);
  const place = find(text, path);
  if (place.isFound) return { text: splice(text, place.start, place.start, `${value},`), result: '' };
  if (!isParent(place, path) || index !== place.before) fail(subStatus.pathNotFound);
  return { text: index === 0 ? addOnly(text, place, value) : addLast(text, place, value), result: '' };
};

const add: Execute = (text, path, edit) => {
  const delta = readDelta(edit.value);
  const place = find(text, path);
  if (!place.isFound) {
    if (!edit.createPath && !isParent(place, path)) fail(subStatus.pathNotFound);
    if (text[place.start] !== '{') fail(subStatus.pathNotFound);
    const result = String(delta);
    return { text: put(text, path, { ...edit, value: result }, 'add'), result };
  }
  const before = text.slice(place.start, place.end);
  if (!/^-?\d+$/.test(before)) fail(subStatus.pathMismatch);
  const sum = checkI64(BigInt(before), subStatus.numberOutOfRange) + delta;
  const result = String(checkI64(sum, subStatus.cannotInsert));
  return { text: splice(text, place.start, place.end, result), result };
};

function readDelta(text: string): bigint {
  if (!/^-?[1-9]\d{0,18}$/.test(text)) fail(subStatus.deltaInvalid);
  return checkI64(BigInt(text), subStatus.deltaInvalid);
}

const checkI64 = (value: bigint, status: number): bigint => (value < minI64 || value > maxI64 ? fail(status) : value);

const edits: ReadonlyMap<number, Execute> = new Map([
  [couchbaseOpcode.subdocGet, get],
  [couchbaseOpcode.subdocExists, exists],
  [couchbaseOpcode.subdocGetCount, count],
  [couchbaseOpcode.subdocDictAdd, putMember('add')],
  [couchbaseOpcode.subdocDictUpsert, putMember('upsert')],
  [couchbaseOpcode.subdocReplace, putMember('replace')],
  [couchbaseOpcode.subdocDelete, remove],
  [couchbaseOpcode.subdocArrayPushLast, pushLast],
  [couchbaseOpcode.subdocArrayPushFirst, pushFirst],
  [couchbaseOpcode.subdocArrayInsert, insert],
  [couchbaseOpcode.subdocArrayAddUnique, addUnique],
  [couchbaseOpcode.subdocCounter, add],
]);

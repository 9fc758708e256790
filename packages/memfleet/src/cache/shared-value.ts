/**
 * Whether one value can be given to several callers, and how: frozen, or a copy for each. What is neither (an instance
 * of a class, a function, a value in which an object occurs twice) is decoded anew for each caller.
 */
import { types } from 'node:util';

/** `'frozen'`: one value for all; `'copied'`: a copy for each; undefined: neither. */
export type Sharing = 'frozen' | 'copied' | undefined;

/** Objects within objects: more is not shared, so that no stack overflows. */
const maxDepth = 200;

/**
 * How a value is shared. `mayFreeze`: what consists of plain objects and arrays is frozen, also the value that the
 * caller has.
 */
export function share(value: unknown, mayFreeze: boolean): Sharing {
  if (!isObject(value)) return typeof value === 'function' ? undefined : 'frozen';
  const kinds = new Kinds();
  if (!kinds.add(value, 0)) return undefined;
  if (!mayFreeze || kinds.hasMutable) return 'copied';
  for (const object of kinds.seen) Object.freeze(object);
  return 'frozen';
}

/** A copy of a value whose sharing is `'copied'`. */
export function copyOf<T>(value: T): T {
  return copy(value) as T;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** What a value consists of. */
class Kinds {
  readonly seen = new Set<object>();
  /** Something is in it that a freeze does not protect: bytes, a Date, a Map, a Set. */
  hasMutable = false;

  /** False: the value cannot be shared. */
  add(value: unknown, depth: number): boolean {
    if (!isObject(value)) return typeof value !== 'function' && typeof value !== 'symbol';
    if (depth > maxDepth || this.seen.has(value) || types.isProxy(value)) return false;
    this.seen.add(value);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Array.prototype || prototype === Object.prototype || prototype === null)
      return hasOnlyValues(value) && Object.values(value).every((member) => this.add(member, depth + 1));
    this.hasMutable = true;
    if (prototype === Map.prototype)
      return [...(value as Map<unknown, unknown>)].flat(1).every((part) => this.add(part, depth + 1));
    if (prototype === Set.prototype) return [...(value as Set<unknown>)].every((part) => this.add(part, depth + 1));
    return copiers.has(prototype);
  }
}

/** No getters, no symbols. */
function hasOnlyValues(value: object): boolean {
  return Reflect.ownKeys(value).every(
    (key) => typeof key === 'string' && Object.getOwnPropertyDescriptor(value, key)?.get === undefined,
  );
}

const copiers: ReadonlyMap<unknown, (value: never) => unknown> = new Map<unknown, (value: never) => unknown>([
  [Array.prototype, (value: unknown[]) => value.map(copy)],
  [Object.prototype, copyObject],
  [null, (value: object) => Object.assign(Object.create(null) as object, copyObject(value))],
  [Buffer.prototype, (value: Buffer) => Buffer.from(value)],
  [Uint8Array.prototype, (value: Uint8Array) => Uint8Array.from(value)],
  [Date.prototype, (value: Date) => new Date(value)],
  [Map.prototype, (value: Map<unknown, unknown>) => new Map([...value].map(([key, part]) => [copy(key), copy(part)]))],
  [Set.prototype, (value: Set<unknown>) => new Set([...value].map(copy))],
]);

function copy(value: unknown): unknown {
  if (!isObject(value)) return value;
  return copiers.get(Object.getPrototypeOf(value))?.(value as never);
}

function copyObject(value: object): object {
  const made: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    // An assignment of this name would set the prototype.
    if (name === '__proto__') Object.defineProperty(made, name, { ...ownProperty, value: copy(member) });
    else made[name] = copy(member);
  }
  return made;
}

const ownProperty = { configurable: true, enumerable: true, writable: true };

/**
 * The scopes and collections of a bucket. Each change has a number, `uid`, which clients see in the bucket's document
 * and in refusals. Names are unique in their scope; an id is never used twice.
 */
import { InvalidArgumentError } from '../../core/errors.ts';

/** A collection of a bucket. */
export interface CollectionEntry {
  readonly id: number;
  readonly name: string;
  /** Seconds that an item lives at most; 0 = as long as it was stored for; −1 = the same, whatever the bucket says. */
  readonly maxTtl: number;
}

/** A scope of a bucket, with its collections by name. */
export interface ScopeEntry {
  readonly id: number;
  readonly name: string;
  readonly collections: ReadonlyMap<string, CollectionEntry>;
}

/** Why a change of the manifest is refused: as a node says it, with its HTTP status. */
export class ManifestError extends InvalidArgumentError {
  readonly httpStatus: number;

  constructor(httpStatus: number, message: string) {
    super(message);
    this.httpStatus = httpStatus;
  }
}

/** The id of `_default._default`, where items without a collection are. */
export const defaultCollection = 0;
/** The name of the first scope and of its collection. */
export const defaultName = '_default';
/** The ids 1 to 7 are reserved. */
const firstId = 8;
const longestName = 251;
const longestTtl = 2_147_483_647;

interface MutableScope extends ScopeEntry {
  readonly collections: Map<string, CollectionEntry>;
}

const none: readonly number[] = [];

/** The scopes and collections of a bucket. Changes return the ids of the collections that are gone. */
export class Manifest {
  readonly #scopes = new Map<string, MutableScope>();
  readonly #byId = new Map<number, CollectionEntry>();
  #uid = 0;
  #nextScope = firstId;
  #nextCollection = firstId;

  constructor() {
    const scope = { id: 0, name: defaultName, collections: new Map<string, CollectionEntry>() };
    this.#scopes.set(defaultName, scope);
    this.#add(scope, { id: defaultCollection, name: defaultName, maxTtl: 0 });
  }

  /** The number of changes so far. */
  get uid(): number {
    return this.#uid;
  }

  get scopes(): readonly ScopeEntry[] {
    return [...this.#scopes.values()];
  }

  /** The scope of that name. */
  scope(name: string): ScopeEntry | undefined {
    return this.#scopes.get(name);
  }

  /** The collection with that id. */
  collection(id: number): CollectionEntry | undefined {
    return this.#byId.get(id);
  }

  /** The id of a collection, `scope.name`. Throws ManifestError. */
  idOf(path: string): number {
    const [scope = '', name = ''] = path.split('.');
    return this.#existingCollection(scope, name).entry.id;
  }

  /** Makes a scope without collections. Throws ManifestError. */
  createScope(name: string): readonly number[] {
    checkName(name);
    if (this.#scopes.has(name)) throw new ManifestError(400, `Scope with name "${name}" already exists`);
    this.#scopes.set(name, { id: this.#nextScope++, name, collections: new Map() });
    this.#uid++;
    return none;
  }

  /** Removes a scope with its collections. Throws ManifestError. */
  dropScope(name: string): readonly number[] {
    const scope = this.#existing(name);
    if (name === defaultName) throw new ManifestError(400, 'Deleting _default scope is not allowed');
    this.#scopes.delete(name);
    this.#uid++;
    const ids = [...scope.collections.values()].map(({ id }) => id);
    for (const id of ids) this.#byId.delete(id);
    return ids;
  }

  /** Makes a collection. `maxTtl`: seconds, −1 to 2^31−1. Throws ManifestError. */
  createCollection(scope: string, name: string, maxTtl = 0): readonly number[] {
    const parent = this.#existing(scope);
    checkName(name);
    checkTtl(maxTtl);
    if (parent.collections.has(name))
      throw new ManifestError(400, `Collection with name "${name}" in scope "${scope}" already exists`);
    this.#add(parent, { id: this.#nextCollection++, name, maxTtl });
    this.#uid++;
    return none;
  }

  /**
   * Changes how long items of a collection live at most; those that are there keep their time. Throws ManifestError.
   */
  setMaxTtl(scope: string, name: string, maxTtl: number): readonly number[] {
    const { parent, entry } = this.#existingCollection(scope, name);
    checkTtl(maxTtl);
    this.#add(parent, { ...entry, maxTtl });
    this.#uid++;
    return none;
  }

  /** Removes a collection. Throws ManifestError. */
  dropCollection(scope: string, name: string): readonly number[] {
    const { parent, entry } = this.#existingCollection(scope, name);
    parent.collections.delete(name);
    this.#byId.delete(entry.id);
    this.#uid++;
    return [entry.id];
  }

  #add(scope: MutableScope, entry: CollectionEntry): void {
    scope.collections.set(entry.name, entry);
    this.#byId.set(entry.id, entry);
  }

  #existing(name: string): MutableScope {
    const scope = this.#scopes.get(name);
    if (scope === undefined) throw new ManifestError(404, `Scope with name "${name}" is not found`);
    return scope;
  }

  #existingCollection(scope: string, name: string): { parent: MutableScope; entry: CollectionEntry } {
    const parent = this.#existing(scope);
    const entry = parent.collections.get(name);
    if (entry === undefined)
      throw new ManifestError(404, `Collection with name "${name}" in scope "${scope}" is not found`);
    return { parent, entry };
  }
}

/** The uid of a manifest, or an id in it, as documents spell them. */
export function hexId(id: number): string {
  return id.toString(16);
}

/** The manifest as JSON: GET_COLLECTIONS_MANIFEST, and `scopes` by REST. */
export function manifestDocument(manifest: Manifest): object {
  return {
    uid: hexId(manifest.uid),
    scopes: manifest.scopes.map(({ id, name, collections }) => ({
      name,
      uid: hexId(id),
      collections: [...collections.values()].map((entry) => ({
        name: entry.name,
        uid: hexId(entry.id),
        ...(entry.maxTtl === 0 ? {} : { maxTTL: entry.maxTtl }),
      })),
    })),
  };
}

/** Whether a scope or a collection may have the name. */
export function isName(name: string): boolean {
  return name.length <= longestName && /^[\w\-%]+$/.test(name) && !/^[_%]/.test(name);
}

function checkName(name: string): void {
  if (name.length === 0 || name.length > longestName)
    throw new ManifestError(400, `name - Length must be in range from 1 to ${longestName}`);
  if (!/^[\w\-%]+$/.test(name))
    throw new ManifestError(400, 'name - Can only contain characters A-Z, a-z, 0-9 and the following symbols _ - %');
  if (!isName(name)) throw new ManifestError(400, 'name - First character must not be _ or %');
}

function checkTtl(seconds: number): void {
  if (!Number.isInteger(seconds) || seconds < -1 || seconds > longestTtl)
    throw new ManifestError(400, `maxTTL - The value must be in range from -1 to ${longestTtl}`);
}

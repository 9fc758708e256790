/** What the administrator of a cluster does with the scopes and collections of a bucket. */
import type { Bucket } from './bucket.ts';
import type { ClusterState } from './cluster-state.ts';
import type { Manifest } from './manifest.ts';

/** How to make a collection. */
export interface NewCollection {
  /**
   * How many seconds items live at most, and those that are stored without an expiry: −1 to 2^31−1. 0 and −1: without a
   * bound.
   * @default 0
   */
  readonly maxTtl?: number | undefined;
}

/**
 * The scopes and collections of a bucket of a simulated cluster. Changes are known to all nodes at once. Names that are
 * taken, missing or not allowed throw an InvalidArgumentError with the text of a real node.
 */
export class CollectionAdmin {
  readonly #state: ClusterState;
  readonly #bucket: Bucket;

  constructor(state: ClusterState, bucket: Bucket) {
    this.#state = state;
    this.#bucket = bucket;
  }

  /** The number of changes to the scopes and collections so far. */
  get uid(): number {
    return this.#bucket.manifest.uid;
  }

  /** The collections, as `scope.name`. A scope without collections is not in the list. */
  get names(): readonly string[] {
    return this.#bucket.manifest.scopes.flatMap((scope) =>
      [...scope.collections.keys()].map((name) => `${scope.name}.${name}`),
    );
  }

  /** Makes a scope without collections. */
  createScope(name: string): void {
    this.#change((manifest) => manifest.createScope(name));
  }

  /** Removes a scope, its collections and their items. */
  dropScope(name: string): void {
    this.#change((manifest) => manifest.dropScope(name));
  }

  /** Makes a collection, and its scope where that is missing. */
  createCollection(scope: string, name: string, { maxTtl = 0 }: NewCollection = {}): void {
    if (this.#bucket.manifest.scope(scope) === undefined) this.createScope(scope);
    this.#change((manifest) => manifest.createCollection(scope, name, maxTtl));
  }

  /** Changes how many seconds the items of a collection live at most; items that are there keep their expiry. */
  setMaxTtl(scope: string, name: string, maxTtl: number): void {
    this.#change((manifest) => manifest.setMaxTtl(scope, name, maxTtl));
  }

  /** Removes a collection and its items. */
  dropCollection(scope: string, name: string): void {
    this.#change((manifest) => manifest.dropCollection(scope, name));
  }

  #change(change: (manifest: Manifest) => readonly number[]): void {
    this.#state.changeManifest(this.#bucket, change);
  }
}

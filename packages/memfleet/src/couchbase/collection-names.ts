/** The collections that a fleet uses, by name. collections.ts learns their ids. */
import type { CollectionRef } from '../core/collection.ts';
import { derive } from '../core/command.ts';
import { type Dispatcher, wrap } from '../core/dispatcher.ts';

/** The name of the first scope, and of its first collection. */
const defaultName = '_default';

/** A collection that a fleet uses. Its fields change when its id is learned, or refused. */
export class NamedCollection implements CollectionRef {
  readonly scope: string;
  readonly name: string;
  readonly path: string;
  id = 0;
  isKnown = false;

  constructor(scope: string, name: string) {
    this.scope = scope;
    this.name = name;
    this.path = `${scope}.${name}`;
  }
}

/** The collections that a fleet uses. */
export class CollectionNames {
  readonly #all = new Map<string, NamedCollection>();

  /** The collection of commands that name none; undefined = the default one. */
  readonly home: CollectionRef | undefined;

  /** `home`: `scope.name`. */
  constructor(home: string = `${defaultName}.${defaultName}`) {
    const [scope = '', name = ''] = home.split('.');
    this.home = this.find(scope, name);
  }

  /** The collection of these names; undefined = the default one. */
  find(scope: string, name: string): CollectionRef | undefined {
    if (scope === defaultName && name === defaultName) return undefined;
    const path = `${scope}.${name}`;
    let collection = this.#all.get(path);
    if (collection === undefined) {
      collection = new NamedCollection(scope, name);
      this.#all.set(path, collection);
    }
    return collection;
  }

  /** The collection of commands that have this path. */
  at(path: string): NamedCollection {
    return this.#all.get(path)!;
  }

  /** Commands of clients of a proxy, which name no collection, are in `home`. */
  within(next: Dispatcher): Dispatcher {
    const { home } = this;
    if (home === undefined) return next;
    // The command itself may go to other fleets as well.
    return wrap(next, (command, handler) => next.dispatch(derive(command, { collection: home }), handler));
  }
}

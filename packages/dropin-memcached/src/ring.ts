/** The ring of `hashring` as npm `memcached` sets it up: which server has a key. */
import { createLocator, type Locator } from 'memfleet/locator';

interface Place {
  /** The name that is hashed. */
  readonly id: string;
  /** The server that has the keys of this name. */
  server: string;
  readonly weight: number;
}

const none: Locator = createLocator('3rd-eden', []);

const port = /^(.*?)(?::(\d+))?$/;

/** `host:port` → its two parts. */
export function tokensOf(server: string): [port: string, host: string] | [path: string] {
  if (server.startsWith('/')) return [server];
  const [, host = server, digits = '11211'] = port.exec(server) ?? [];
  return [digits, host];
}

/** Servers on the ring. */
export class HashRing {
  #places: Place[];
  #locator = none;

  constructor(weights: ReadonlyMap<string, number>) {
    this.#places = Array.from(weights, ([id, weight]) => ({ id, server: id, weight }));
    this.#build();
  }

  /** The servers that have keys. */
  get servers(): string[] {
    return this.#places.map(({ server }) => server);
  }

  /** The server of a key; undefined = there are no servers. */
  get(key: string): string | undefined {
    if (this.#places.length === 1) return this.#places[0]?.server;
    return this.#places[this.#locator.locate(Buffer.from(key).toString('latin1'))]?.server;
  }

  /** `to` gets the keys of `from`. */
  swap(from: string, to: string): void {
    for (const place of this.#places) if (place.server === from) place.server = to;
  }

  /** The keys of `server` go to the others. */
  remove(server: string): void {
    this.#places = this.#places.filter((place) => place.server !== server);
    this.#build();
  }

  #build(): void {
    const nodes = this.#places.map(({ id, weight }) => {
      const [digits, host = id] = tokensOf(id);
      return { id, host, port: Number(digits) || 0, weight };
    });
    this.#locator = nodes.length === 0 ? none : createLocator('3rd-eden', nodes);
  }
}

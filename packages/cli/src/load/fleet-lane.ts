/**
 * A client of the library as one connection to each node of a fleet: any locator, protocol, login, TLS, bucket. What is
 * measured is the fleet and this client.
 */
import { type Client, type ClientOptions, createClient, type Transcoder } from 'memfleet';
import type { KeyTable } from './key-table.ts';
import type { Lane, LaneEvents } from './lane.ts';
import { judge } from './reply-scanner.ts';
import type { LoadRequest, RequestBatch } from './request-source.ts';
import type { Tally } from './tally.ts';
import type { LoadVerb } from './workload.ts';

/** A value as this generator stores it. */
interface Stored {
  readonly text: string;
  readonly flags: number;
}

const transcoder: Transcoder<Stored> = {
  encode: ({ text, flags }) => ({ data: text, flags }),
  decode: (stored) => ({ text: stored.text(), flags: stored.flags }),
};

/** What all lanes of a run have in common. */
export interface FleetSettings {
  readonly options: ClientOptions<never>;
  readonly table: KeyTable;
  readonly tally: Tally;
  readonly verify: boolean;
  /** In seconds. */
  readonly ttl: number;
}

/** Number of keys that were found, or changed. */
type Call = (lane: { client: Client<Stored> } & FleetSettings, request: LoadRequest) => Promise<number>;

function store(how: 'set' | 'add' | 'replace'): Call {
  return async ({ client, table, ttl }, { n, isCounter }) => {
    const value = isCounter === true ? { text: '0', flags: 0 } : { text: table.value(n), flags: table.flags(n) };
    const key = isCounter === true ? table.counter(n) : table.key(n);
    return (await client[how](key, value, ttl)) ? 1 : 0;
  };
}

function check({ table, tally, verify }: FleetSettings, n: number, value: Stored | undefined): number {
  if (value === undefined) return 0;
  const message = verify ? judge(table, n, value.text, value.flags) : undefined;
  if (message !== undefined) tally.refute(message);
  return 1;
}

const calls: Readonly<Record<LoadVerb, Call>> = {
  get: async (lane, { n }) => check(lane, n, await lane.client.get(lane.table.key(n))),
  mget: async (lane, { numbers = [] }) => {
    const { client, table } = lane;
    const values = await client.getMany(numbers.map((n) => table.key(n)));
    return numbers.reduce((hits, n) => hits + check(lane, n, values.get(table.key(n))), 0);
  },
  set: store('set'),
  add: store('add'),
  replace: store('replace'),
  delete: async ({ client, table }, { n }) => ((await client.delete(table.key(n))) ? 1 : 0),
  touch: async ({ client, table, ttl }, { n }) => ((await client.touch(table.key(n), ttl)) ? 1 : 0),
  incr: async ({ client, table }, { n }) => ((await client.incr(table.counter(n))) === undefined ? 0 : 1),
};

/** One client. */
export class FleetLane implements Lane {
  readonly #settings: { client: Client<Stored> } & FleetSettings;
  readonly #events: LaneEvents;
  #isClosed = false;
  inFlight = 0;
  isReady = false;
  index = 0;

  constructor(settings: FleetSettings, events: LaneEvents) {
    const client = createClient<Stored>({ ...settings.options, transcoder, pool: { min: 1, max: 1 } });
    this.#settings = { ...settings, client };
    this.#events = events;
  }

  get now(): number {
    return performance.now();
  }

  async open(): Promise<void> {
    await this.#settings.client.get(this.#settings.table.key(0));
    this.isReady = true;
    this.#events.ready(this);
  }

  send({ requests }: RequestBatch, since: number): void {
    this.inFlight += requests.length;
    const { tally } = this.#settings;
    for (const request of requests) void this.#call(request, since, tally);
  }

  async #call(request: LoadRequest, since: number, tally: Tally): Promise<void> {
    let hasFailed = false;
    try {
      const hits = await calls[request.verb](this.#settings, request);
      tally.settle(request.verb, since, performance.now(), hits, (request.numbers?.length ?? 1) - hits);
    } catch (error) {
      hasFailed = true;
      tally.fail(since, error instanceof Error ? error.message : String(error));
    }
    this.inFlight--;
    if (!this.#isClosed) this.#events.ended(this, hasFailed);
  }

  /** The client has timeouts of its own. */
  sweep(): void {}

  close(): void {
    this.#isClosed = true;
    this.isReady = false;
    this.#settings.client.destroy();
  }
}

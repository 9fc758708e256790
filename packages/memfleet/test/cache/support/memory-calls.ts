import type {
  CacheItem,
  ItemCallOptions,
  ItemCalls,
  ItemReadOptions,
  ItemStored,
  ItemStoreOptions,
  NodeInfo,
} from '../../../src/cache/item-calls.ts';
import type { Transcoder } from '../../../src/client/transcoder.ts';
import { exptimeOf } from '../../../src/client/ttl.ts';
import { Command } from '../../../src/core/command.ts';
import { type MemcacheError, PartialResultError, UnsupportedError } from '../../../src/core/errors.ts';
import type { MetaFlags } from '../../../src/core/meta-flags.ts';
import { type Reply, replyError } from '../../../src/core/reply.ts';
import type { MemoryNode } from './memory-node.ts';
import type { VirtualProcess } from './virtual-process.ts';

type Protocol = 'meta' | 'text' | 'binary';

/** Where the calls of a process go. */
export interface MemoryCallsOptions {
  readonly process: VirtualProcess;
  /** The node of a key. */
  readonly nodeOf: (key: string) => MemoryNode;
  readonly transcoder: Transcoder<unknown>;
  /** @default 'meta' */
  readonly protocol?: Protocol;
}

/** What the cache needs of a client, straight on the stores of nodes in memory. */
export class MemoryCalls implements ItemCalls {
  readonly #options: MemoryCallsOptions;
  readonly #protocol: Protocol;
  readonly #onConnect = new Set<(event: { readonly node: string }) => void>();
  /** Called for each call, before it is sent: a test may look, throw, or disconnect. */
  onCall: ((verb: string, key: string, options: object) => void) | undefined;

  constructor(options: MemoryCallsOptions) {
    this.#options = options;
    this.#protocol = options.protocol ?? 'meta';
  }

  getItem(key: string, options: ItemReadOptions = {}): Promise<CacheItem | undefined> {
    this.onCall?.('get', key, options);
    const { lease, ifChanged, withoutValue = false, touch } = options;
    const isMeta = this.#protocol === 'meta';
    if (!isMeta && (lease !== undefined || ifChanged !== undefined))
      return Promise.reject(new UnsupportedError(`${this.#protocol} has no lease`));
    const command = new Command('get', key);
    command.wantCas = true;
    command.wantValue = !withoutValue;
    if (touch !== undefined) {
      command.touch = true;
      command.exptime = exptimeOf(touch, this.#options.process.clock);
    }
    if (isMeta) command.meta = readFlags(lease, touch !== undefined);
    return this.#send(command, options, (reply) =>
      this.#item(reply, withoutValue, ifChanged, this.nodeInfo(options.routingKey ?? key).epoch),
    );
  }

  async getItems(keys: Iterable<string>, options?: ItemReadOptions): Promise<Map<string, CacheItem>> {
    const found = new Map<string, CacheItem>();
    const failures = new Map<string, MemcacheError>();
    const asked = [...keys].map(async (key) => {
      try {
        const item = await this.getItem(key, options);
        if (item !== undefined) found.set(key, item);
      } catch (error) {
        failures.set(key, error as MemcacheError);
      }
    });
    await Promise.all(asked);
    if (failures.size > 0) throw new PartialResultError('some keys failed', found, failures);
    return found;
  }

  setItem(key: string, value: unknown, options: ItemStoreOptions = {}): Promise<ItemStored> {
    this.onCall?.('set', key, { ...options, value });
    const command = new Command('store', key);
    const { data, flags } = this.#options.transcoder.encode(value);
    command.value = data;
    command.flags = flags;
    command.mode = options.mode ?? 'set';
    command.cas = options.cas ?? 0n;
    command.exptime = exptimeOf(options.ttl ?? 0, this.#options.process.clock);
    command.wantCas = true;
    return this.#send(command, options, (reply): ItemStored => {
      const { status, cas } = reply;
      const result =
        status === 'ok' ? 'stored' : status === 'exists' ? status : status === 'miss' ? 'notFound' : 'notStored';
      return { result, cas: status === 'ok' && this.#protocol !== 'text' ? cas : undefined };
    });
  }

  invalidate(
    key: string,
    options: ItemCallOptions & { readonly cas?: bigint; readonly ttl?: number } = {},
  ): Promise<'stale' | 'exists' | 'notFound'> {
    this.onCall?.('invalidate', key, options);
    if (this.#protocol !== 'meta') return Promise.reject(new UnsupportedError(`${this.#protocol} has no stale items`));
    const command = new Command('delete', key);
    command.cas = options.cas ?? 0n;
    command.meta = { tokens: ['I'], invalidate: true };
    if (options.ttl !== undefined) {
      command.touch = true;
      command.exptime = exptimeOf(options.ttl, this.#options.process.clock);
    }
    return this.#send(command, options, ({ status }) =>
      status === 'ok' ? 'stale' : status === 'exists' ? 'exists' : 'notFound',
    );
  }

  delete(key: string, options: ItemCallOptions & { readonly cas?: bigint } = {}): Promise<boolean> {
    this.onCall?.('delete', key, options);
    if (options.cas !== undefined && this.#protocol === 'text')
      return Promise.reject(new UnsupportedError('text has no delete by cas'));
    const command = new Command('delete', key);
    command.cas = options.cas ?? 0n;
    return this.#send(command, options, isOk);
  }

  touch(key: string, ttl: number, options: ItemCallOptions = {}): Promise<boolean> {
    this.onCall?.('touch', key, options);
    const command = new Command('touch', key);
    command.exptime = exptimeOf(ttl, this.#options.process.clock);
    return this.#send(command, options, isOk);
  }

  incr(key: string, delta = 1, options: ItemCallOptions = {}): Promise<number | undefined> {
    return this.#count(key, delta, false, options);
  }

  decr(key: string, delta = 1, options: ItemCallOptions = {}): Promise<number | undefined> {
    return this.#count(key, delta, true, options);
  }

  async flush(): Promise<void> {
    this.onCall?.('flush', '', {});
    await this.#send(new Command('flush'), {}, isOk);
  }

  nodeInfo(key: string, { routingKey = key }: ItemCallOptions = {}): NodeInfo {
    const node = this.#options.nodeOf(routingKey);
    return { node: node.name, protocol: this.#protocol, epoch: this.#options.process.epochOf(node) };
  }

  ownerOf(key: string): string {
    return this.#options.nodeOf(key).name;
  }

  on(event: 'readmit' | 'connect', listener: (event: { readonly node: string }) => void): () => void {
    if (event === 'connect') this.#onConnect.add(listener);
    return () => this.#onConnect.delete(listener);
  }

  /** Tells that the process has a connection to the node again. */
  connected(node: MemoryNode): void {
    for (const listener of this.#onConnect) listener({ node: node.name });
  }

  #count(key: string, delta: number, isDown: boolean, options: ItemCallOptions): Promise<number | undefined> {
    this.onCall?.('incr', key, options);
    const command = new Command('arith', key);
    command.delta = delta;
    command.decrement = isDown;
    return this.#send(command, options, (reply) =>
      reply.status === 'ok' ? Number(reply.message === '' ? reply.text() : reply.message) : undefined,
    );
  }

  #item(reply: Reply, withoutValue: boolean, ifChanged: bigint | undefined, epoch: number): CacheItem | undefined {
    if (reply.status !== 'ok') return undefined;
    const { flags, cas, won, recaching: held, stale, length } = reply;
    const isStub = length === 0 && flags === 0 && (won || held);
    const notModified = ifChanged !== undefined && ifChanged === cas;
    const hasValue = reply.hasValue && !isStub && !withoutValue && !notModified;
    const value = hasValue ? this.#options.transcoder.decode(reply) : undefined;
    const ttl = this.#protocol === 'meta' ? (reply.ttl === -1 ? Infinity : reply.ttl) : undefined;
    const size = reply.hasValue ? length : (reply.size ?? 0);
    return { value, flags, cas, ttl, size, won, held, stale, notModified, epoch };
  }

  #send<T>(command: Command, options: ItemCallOptions, read: (reply: Reply) => T): Promise<T> {
    const { process, nodeOf } = this.#options;
    command.dialect = this.#protocol;
    return new Promise((resolve, reject: (error: MemcacheError) => void) => {
      process.send(nodeOf(options.routingKey ?? command.key), command, {
        onReply: (reply) => {
          if (reply.status === 'error') reject(replyError(reply, command.verb));
          else resolve(read(reply));
        },
        onError: reject,
      });
    });
  }
}

const isOk = ({ status }: Reply): boolean => status === 'ok';

function readFlags(lease: number | undefined, isTouch: boolean): MetaFlags {
  const tokens = [...(lease === undefined ? [] : [`N${lease}`]), ...(isTouch ? ['T'] : []), 'v', 'f', 'c', 't'];
  return { tokens, ...(lease === undefined ? {} : { vivify: lease }), ...(isTouch ? { hasExptime: true } : {}) };
}

/**
 * The listeners of a proxy, and the effect of a new configuration on them.
 *
 *   same address             stays, with its sessions; name, limits, users, certificates and route are the new ones
 *   new                      begins to listen before anything is exchanged: if one fails, nothing changes
 *   removed                  stops accepting, replies to commands in flight, ends its sessions; an inherited socket is
 *                            closed, and cannot come back
 */
import type { Socket } from 'node:net';
import type { Command } from '../../core/command.ts';
import type { Handler } from '../../core/dispatcher.ts';
import { InvalidOptionError, isNodeFailure } from '../../core/errors.ts';
import { replyError } from '../../core/reply.ts';
import { type Address, formatAddress } from '../../net/transport.ts';
import type { AdmissionControl } from '../../session/admission.ts';
import { errorReply } from '../../session/error-reply.ts';
import { Listener } from '../../session/listener.ts';
import type { MemoryBudget } from '../../session/memory-budget.ts';
import { type Explain, type Hides, SessionContext } from '../../session/session-context.ts';
import type { HotKeys } from '../hot-keys/hot-keys.ts';
import type { ResolvedListener, ResolvedProxyOptions } from '../options/resolve.ts';
import type { Route } from '../routes/route.ts';
import type { ListenerStats } from '../stats.ts';
import { Counters, type Latencies } from './counters.ts';

/** Makes the request handler of a listener. */
export type CreateRequestHandler = (listener: ResolvedListener, counters: Counters) => Route;

/** The number of keys of one get that go to the route at once. Duplicates are found among these. */
const maxKeys = 128;

/** The state that all listeners share. */
export interface ListenerSetOptions {
  /** Undefined = latencies are not recorded. */
  readonly latencies: Latencies | undefined;
  readonly hotKeys: HotKeys;
  readonly memoryBudget: MemoryBudget;
  readonly admission: AdmissionControl;
}

/** One listener. */
interface ListenerEntry {
  readonly spec: ResolvedListener;
  readonly listener: Listener;
  readonly counters: Counters;
}

/** The paused handler of commands that arrive while other listeners are being opened. */
class PausedHandler implements Route {
  #waiting: (readonly [Command, Handler])[] = [];

  dispatch(command: Command, handler: Handler): void {
    this.#waiting.push([command, handler]);
  }

  /** Forwards all waiting commands to the route. */
  empty(route: Route): void {
    for (const [command, handler] of this.#waiting.splice(0)) route.dispatch(command, handler);
  }
}

/** A get whose node failed is a miss: there was no reply, or the node replied `SERVER_ERROR`. */
const explainAsMiss: Explain = (reply, error, command) =>
  command.verb === 'get' && isNodeFailure(error) ? reply.reset('miss') : errorReply(reply, error);
const hidesFailures: Hides = (reply, command) => command.verb === 'get' && isNodeFailure(replyError(reply));

/** The listeners of a proxy, across changes of its configuration. */
export class ListenerSet {
  readonly #options: ListenerSetOptions;
  /** The counters of removed listeners. */
  readonly #gone = new Counters();
  #entries: readonly ListenerEntry[] = [];
  readonly #leaving = new Set<ListenerEntry>();
  /** Inherited sockets that are closed: their descriptors may have been reused since. */
  readonly #spent = new Set<string>();

  constructor(options: ListenerSetOptions) {
    this.#options = options;
  }

  /**
   * Opens the new addresses; resolves with a function that applies the new configuration, and the address of each
   * listener. Rejects with a MemcacheError or InvalidOptionError on failure; nothing has then changed.
   */
  async open(options: ResolvedProxyOptions): Promise<(handlerOf: CreateRequestHandler) => readonly Address[]> {
    const rest = new Set(this.#entries);
    const fresh: ListenerEntry[] = [];
    const entries: ListenerEntry[] = [];
    try {
      for (const [index, spec] of options.listeners.entries()) {
        const kept = [...rest].find((entry) => isSame(entry.spec, spec));
        if (kept !== undefined) {
          refuseChange(kept.spec, spec, `listeners[${index}].tls`);
          rest.delete(kept);
          entries.push({ ...kept, spec });
          continue;
        }
        this.#refuseSpent(spec, `listeners[${index}].fd`);
        const entry = this.#make(spec, options);
        await entry.listener.listen();
        fresh.push(entry);
        entries.push(entry);
      }
    } catch (error) {
      for (const entry of fresh) this.#spend(entry);
      await Promise.all(fresh.map(({ listener }) => listener.destroy()));
      throw error;
    }
    return (handlerOf) => {
      this.#entries = entries;
      for (const { spec, listener, counters } of entries) {
        const handler = handlerOf(spec, counters);
        const { context } = listener;
        const before = context.dispatcher;
        context.dispatcher = handler;
        if (before instanceof PausedHandler) before.empty(handler);
        else configure(context, spec);
        listener.configure(spec);
      }
      for (const entry of rest) this.#retire(entry, options.closeTimeout);
      return entries.map(({ listener }) => listener.address as Address);
    };
  }

  /** All counters. */
  total(): Counters {
    const total = new Counters();
    total.add(this.#gone);
    for (const { counters } of this.#all()) total.add(counters);
    return total;
  }

  stats(): ListenerStats[] {
    return this.#entries.map(({ spec, listener, counters: requests }) => {
      const { accepted, rejected, failed } = listener.counters;
      const { counters } = listener.context;
      return {
        name: spec.name,
        address: listener.address as Address,
        route: spec.route,
        sessions: listener.sessions,
        maxSessions: spec.maxSessions,
        accepted,
        rejected,
        failed,
        bytesRead: counters.bytesRead,
        bytesWritten: counters.bytesWritten,
        authentications: counters.authentications,
        authenticationFailures: counters.authenticationFailures,
        protocolErrors: counters.protocolErrors,
        idleKicks: counters.idleKicks,
        slowKicks: counters.slowKicks,
        commands: requests.commands(),
        multigetKeys: requests.multi.keys,
        multigetDuplicates: requests.multi.duplicates,
      };
    });
  }

  resetStats(): void {
    this.#gone.reset();
    for (const { listener, counters } of this.#entries) {
      counters.reset();
      listener.context.counters.reset();
      Object.assign(listener.counters, { accepted: 0, rejected: 0, failed: 0 });
    }
  }

  /** Whether the listener at that address serves the socket. */
  adopt(address: string, socket: Socket): boolean {
    const found = this.#entries.find(
      ({ listener }) => listener.address !== undefined && formatAddress(listener.address) === address,
    );
    return found?.listener.adopt(socket) ?? false;
  }

  /** Stops accepting and lets sessions finish for at most `deadline` ms. */
  async close(deadline: number): Promise<void> {
    await Promise.all(this.#all().map(({ listener }) => listener.close(deadline)));
  }

  async destroy(): Promise<void> {
    await Promise.all(this.#all().map(({ listener }) => listener.destroy()));
  }

  #all(): ListenerEntry[] {
    return [...this.#entries, ...this.#leaving];
  }

  #make(spec: ResolvedListener, { clock, handOver, network }: ResolvedProxyOptions): ListenerEntry {
    const { latencies, hotKeys, memoryBudget, admission } = this.#options;
    const counters = new Counters(latencies);
    const context = new SessionContext({
      dispatcher: new PausedHandler(),
      clock,
      memoryBudget,
      admission,
      texts: 'borrowed',
      bounds: { maxKeys },
      observe: (command, reply, duration, items) => {
        counters.observe(command, reply, duration, items);
        if (hotKeys.isOn) hotKeys.add(command);
      },
    });
    // Before any client can connect: authentication must be set by then.
    configure(context, spec);
    return { spec, counters, listener: new Listener(context, { ...spec, network, handOver }) };
  }

  #spend({ spec: { address } }: ListenerEntry): void {
    if ('fd' in address) this.#spent.add(formatAddress(address));
  }

  #refuseSpent({ name, address }: ResolvedListener, option: string): void {
    const where = formatAddress(address);
    if (!this.#spent.has(where)) return;
    throw new InvalidOptionError(
      `listener "${name}": ${where} was closed with its listener; it can be inherited again at the next start`,
      option,
    );
  }

  #retire(entry: ListenerEntry, deadline: number): void {
    this.#spend(entry);
    this.#leaving.add(entry);
    void entry.listener.close(deadline).then(() => {
      this.#gone.add(entry.counters);
      return this.#leaving.delete(entry);
    });
  }
}

/** Listeners with port 0 (any free port) are distinguished by their name. */
function isSame(one: ResolvedListener, other: ResolvedListener): boolean {
  const where = formatAddress(one.address);
  return where === formatAddress(other.address) && (one.name === other.name || !where.endsWith(':0'));
}

function refuseChange(before: ResolvedListener, after: ResolvedListener, option: string): void {
  if ((before.tls === undefined) === (after.tls === undefined)) return;
  throw new InvalidOptionError(`listener "${after.name}": TLS cannot be switched on or off without a restart`, option);
}

/** Applies the settings of `spec`, also to existing sessions. */
function configure(context: SessionContext, spec: ResolvedListener): void {
  context.configure(spec);
  context.limits = { maxLine: spec.maxLine, maxKey: spec.maxKey, maxValue: spec.maxItemSize };
  const isMiss = spec.onNodeFailure === 'miss';
  context.explain = isMiss ? explainAsMiss : errorReply;
  context.hides = isMiss ? hidesFailures : undefined;
}

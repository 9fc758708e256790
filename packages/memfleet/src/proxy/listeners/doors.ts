/**
 * The listeners of a proxy, and what a new configuration makes of them.
 *
 *   same address             stays, with its sessions; name, limits, users, certificates and route are the new ones
 *   new                      begins to listen before anything is exchanged: when one cannot, nothing changes
 *   not there any more       accepts nobody, answers what is under way, ends its sessions; a socket that was handed over is closed, and cannot come back
 */
import type { Command } from '../../core/command.ts';
import type { Handler } from '../../core/dispatcher.ts';
import { InvalidOptionError, isNodeFailure } from '../../core/errors.ts';
import { replyError } from '../../core/reply.ts';
import { type Address, formatAddress } from '../../net/transport.ts';
import { binaryCodec } from '../../protocol/binary/codec.ts';
import { metaCodec } from '../../protocol/meta/codec.ts';
import { textCodec } from '../../protocol/text/codec.ts';
import { answerError } from '../../session/error-answer.ts';
import type { Intake } from '../../session/intake.ts';
import { Listener } from '../../session/listener.ts';
import { type Explain, type Hides, SessionHost } from '../../session/session-host.ts';
import type { Throttle } from '../../session/throttle.ts';
import type { ResolvedListener, ResolvedProxyOptions } from '../options/resolve.ts';
import type { Route } from '../routes/route.ts';
import type { ListenerStats } from '../stats.ts';
import { Counters, type Latencies } from './counters.ts';

/** Makes what answers the sessions of a listener. */
export type FrontOf = (listener: ResolvedListener, counters: Counters) => Route;

/** Keys of one get that go to the route at once: among these it finds those that are asked twice. */
const maxKeys = 128;

/** What all listeners share. */
export interface DoorsOptions {
  /** Undefined = they are not kept. */
  readonly latencies: Latencies | undefined;
  readonly intake: Intake;
  readonly throttle: Throttle;
}

/** One listener. */
interface Door {
  readonly spec: ResolvedListener;
  readonly listener: Listener;
  readonly counters: Counters;
}

/** Where commands wait that come while other listeners are being opened. */
class Anteroom implements Route {
  #waiting: (readonly [Command, Handler])[] = [];

  dispatch(command: Command, handler: Handler): void {
    this.#waiting.push([command, handler]);
  }

  /** All go on to the route. */
  empty(route: Route): void {
    for (const [command, handler] of this.#waiting.splice(0)) route.dispatch(command, handler);
  }
}

/** A get whose node failed is a miss: no answer came, or the node answered `SERVER_ERROR`. */
const explainAsMiss: Explain = (reply, error, command) =>
  command.verb === 'get' && isNodeFailure(error) ? reply.reset('miss') : answerError(reply, error);
const hidesFailures: Hides = (reply, command) => command.verb === 'get' && isNodeFailure(replyError(reply));

/** See the head of this file. */
export class Doors {
  readonly #options: DoorsOptions;
  /** What listeners counted that are gone. */
  readonly #gone = new Counters();
  #doors: readonly Door[] = [];
  readonly #leaving = new Set<Door>();
  /** Sockets that were handed over and are closed: their descriptors may be anything by now. */
  readonly #spent = new Set<string>();

  constructor(options: DoorsOptions) {
    this.#options = options;
  }

  /**
   * Listens where nobody of us does yet; returns what makes the new configuration count, and where each listener listens. Rejects with a MemcacheError or
   * InvalidOptionError when that cannot be; then everything is as before.
   */
  async open(options: ResolvedProxyOptions): Promise<(frontOf: FrontOf) => readonly Address[]> {
    const rest = new Set(this.#doors);
    const fresh: Door[] = [];
    const doors: Door[] = [];
    try {
      for (const [index, spec] of options.listeners.entries()) {
        const kept = [...rest].find((door) => isSame(door.spec, spec));
        if (kept !== undefined) {
          refuseChange(kept.spec, spec, `listeners[${index}].tls`);
          rest.delete(kept);
          doors.push({ ...kept, spec });
          continue;
        }
        this.#refuseSpent(spec, `listeners[${index}].fd`);
        const door = this.#make(spec, options);
        await door.listener.listen();
        fresh.push(door);
        doors.push(door);
      }
    } catch (error) {
      for (const door of fresh) this.#spend(door);
      await Promise.all(fresh.map(({ listener }) => listener.destroy()));
      throw error;
    }
    return (frontOf) => {
      this.#doors = doors;
      for (const { spec, listener, counters } of doors) {
        const front = frontOf(spec, counters);
        const { host } = listener;
        const before = host.dispatcher;
        host.dispatcher = front;
        if (before instanceof Anteroom) before.empty(front);
        else configure(host, spec);
        listener.configure(spec);
      }
      for (const door of rest) this.#letGo(door, options.closeTimeout);
      return doors.map(({ listener }) => listener.address as Address);
    };
  }

  /** Everything that was counted. */
  total(): Counters {
    const total = new Counters();
    total.add(this.#gone);
    for (const { counters } of this.#all()) total.add(counters);
    return total;
  }

  stats(): ListenerStats[] {
    return this.#doors.map(({ spec, listener, counters: asked }) => {
      const { accepted, rejected, failed } = listener.counters;
      const { counters } = listener.host;
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
        commands: asked.commands(),
        multigetKeys: asked.multi.keys,
        multigetDuplicates: asked.multi.duplicates,
      };
    });
  }

  resetStats(): void {
    this.#gone.reset();
    for (const { listener, counters } of this.#doors) {
      counters.reset();
      listener.host.counters.reset();
      Object.assign(listener.counters, { accepted: 0, rejected: 0, failed: 0 });
    }
  }

  /** Accepts nobody, lets sessions finish, at the latest until `deadline` ms are over. */
  async close(deadline: number): Promise<void> {
    await Promise.all(this.#all().map(({ listener }) => listener.close(deadline)));
  }

  async destroy(): Promise<void> {
    await Promise.all(this.#all().map(({ listener }) => listener.destroy()));
  }

  #all(): Door[] {
    return [...this.#doors, ...this.#leaving];
  }

  #make(spec: ResolvedListener, { clock }: ResolvedProxyOptions): Door {
    const { latencies, intake, throttle } = this.#options;
    const counters = new Counters(latencies);
    const host = new SessionHost({
      dispatcher: new Anteroom(),
      clock,
      intake,
      throttle,
      texts: 'passing',
      bounds: { maxKeys },
      observe: (command, reply, duration, items) => counters.observe(command, reply, duration, items),
    });
    // Before anybody can connect: who is admitted is decided then.
    configure(host, spec);
    return { spec, counters, listener: new Listener(host, spec) };
  }

  #spend({ spec: { address } }: Door): void {
    if ('fd' in address) this.#spent.add(formatAddress(address));
  }

  #refuseSpent({ name, address }: ResolvedListener, option: string): void {
    const where = formatAddress(address);
    if (!this.#spent.has(where)) return;
    throw new InvalidOptionError(
      `listener "${name}": ${where} was closed with its listener; it can be handed over at the next start`,
      option,
    );
  }

  #letGo(door: Door, deadline: number): void {
    this.#spend(door);
    this.#leaving.add(door);
    void door.listener.close(deadline).then(() => {
      this.#gone.add(door.counters);
      return this.#leaving.delete(door);
    });
  }
}

/** Of several with port 0, which is any port, it is the name that tells. */
function isSame(one: ResolvedListener, other: ResolvedListener): boolean {
  const where = formatAddress(one.address);
  return where === formatAddress(other.address) && (one.name === other.name || !where.endsWith(':0'));
}

function refuseChange(before: ResolvedListener, after: ResolvedListener, option: string): void {
  if ((before.tls === undefined) === (after.tls === undefined)) return;
  throw new InvalidOptionError(`listener "${after.name}": TLS cannot be switched on or off without a restart`, option);
}

/** Lets the settings of `spec` count, for the sessions that are there as well. */
function configure(host: SessionHost, spec: ResolvedListener): void {
  const { protocols, idleTimeout, requestTimeout, stallTimeout, maxInFlight, maxOutput, maxHeldOutput } = spec;
  host.ascii = protocols.includes('meta') ? metaCodec : protocols.includes('text') ? textCodec : undefined;
  host.binary = protocols.includes('binary') ? binaryCodec : undefined;
  host.bounds = {
    ...host.bounds,
    idleTimeout,
    requestTimeout,
    stallTimeout,
    maxInFlight,
    softOutput: maxOutput,
    hardOutput: maxHeldOutput,
  };
  host.limits = { maxLine: spec.maxLine, maxKey: spec.maxKey, maxValue: spec.maxItemSize };
  host.authenticate = spec.authenticate;
  const isMiss = spec.onNodeFailure === 'miss';
  host.explain = isMiss ? explainAsMiss : answerError;
  host.hides = isMiss ? hidesFailures : undefined;
}

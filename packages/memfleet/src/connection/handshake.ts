/**
 * From an address to a Connection that is ready for commands:
 *
 *   dial ─▶ probe (which protocol? ASCII token) ─closed by the node─▶ dial again, probe the next protocol
 *             └▶ Connection ─▶ start-up commands (SASL …), one after the other ─▶ ready
 *
 * One connect timeout covers all steps.
 */
import type { Clock, Timer } from '../base/clock.ts';
import { inMicrotask } from '../base/real-time.ts';
import { inOneLine } from '../base/redact.ts';
import { ClosedError, ConnectError, type MemcacheError, TimeoutError } from '../core/errors.ts';
import { dial, type DialOptions } from '../net/dial.ts';
import { formatAddress, type Transport, type TransportEvents } from '../net/transport.ts';
import type { ClientCodec, Protocol } from '../protocol/codec.ts';
import { metaClientCodec } from '../protocol/meta/client-codec.ts';
import { textClientCodec } from '../protocol/text/client-codec.ts';
import { binaryPart } from './binary-part.ts';
import { withoutAddress } from './connection-errors.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { Connection, type ConnectionEvents } from './connection.ts';
import type { Credentials } from './credentials.ts';
import { ProtocolProbe, type ProbeOutcome } from './protocol-probe.ts';

/**
 * Runs commands on a new connection before others may use it; calls back once. `protocol` is the node's protocol.
 */
export type StartUp = (
  connection: OpeningConnection,
  protocol: Protocol,
  done: (error?: MemcacheError) => void,
) => void;

/** A connection before others may use it. */
export type OpeningConnection = Pick<Connection, 'dispatch' | 'granted' | 'packValues'>;

/** Everything needed to make connections to one node. */
export interface HandshakeOptions extends DialOptions {
  readonly clock: Clock;
  /** The time limit in milliseconds until the connection is ready. */
  readonly connectTimeout: number;
  /** The node's protocol; `auto` detects it. */
  readonly protocol: Protocol | 'auto';
  readonly credentials?: Credentials | undefined;
  /** Instead of SASL PLAIN with `credentials` on binary connections. */
  readonly startUp?: StartUp | undefined;
  readonly connection: Omit<ConnectionOptions, 'codec' | 'clock' | 'node'>;
  /** How transports are opened. @default `dial` of dial.ts */
  readonly open?: Open | undefined;
}

/** Opens a transport, as `dial` of dial.ts does. */
export type Open = typeof dial;

/** The end of a handshake: exactly one of these is called, once. */
export interface HandshakeEvents {
  onReady(connection: Connection): void;
  onFailed(error: MemcacheError): void;
}

const codecOf = (protocol: Protocol): ClientCodec =>
  protocol === 'meta' ? metaClientCodec : protocol === 'text' ? textClientCodec : binaryPart.loaded.codec;

/** The probes in order where the protocol is unknown; a node that does not understand one may close the connection. */
const probes: readonly Protocol[] = ['meta', 'text', 'binary'];

/** Passes the events of a transport to its current owner: the probe, then the connection. */
class Relay implements TransportEvents {
  receiver: TransportEvents | undefined;

  onData(chunk: Uint8Array): void {
    this.receiver?.onData(chunk);
  }
  onFilled(count: number): void {
    this.receiver?.onFilled?.(count);
  }
  onReadTarget(): Uint8Array | undefined {
    return this.receiver?.onReadTarget?.();
  }
  onDrain(): void {
    this.receiver?.onDrain();
  }
  onEnd(): void {
    this.receiver?.onEnd();
  }
  onClose(error: Error | undefined): void {
    this.receiver?.onClose(error);
  }
}

/** One attempt to make a connection ready for commands, within the connect timeout. */
export class Handshake {
  readonly #options: HandshakeOptions;
  readonly #events: HandshakeEvents;
  readonly #connectionEvents: ConnectionEvents;
  readonly #node: string;
  readonly #timer: Timer;
  #probe: number;
  #transport: Transport | undefined;
  #connection: Connection | undefined;
  /** Whether the first probe was sent again. */
  #hasRepeated = false;
  #isOver = false;
  #isReady = false;

  /** Begins at once. `hint` is the protocol that an earlier connection to the node detected. */
  constructor(
    options: HandshakeOptions,
    hint: Protocol | undefined,
    events: HandshakeEvents,
    connectionEvents: ConnectionEvents,
  ) {
    this.#options = options;
    this.#events = events;
    this.#connectionEvents = connectionEvents;
    this.#node = formatAddress(options.address);
    this.#probe = hint === 'binary' ? probes.indexOf('binary') : 0;
    this.#timer = options.clock.setTimer(options.connectTimeout, () => this.#timeOut());
    this.#dial();
  }

  /** Gives up; `onFailed` is called with `error`. */
  abort(error: MemcacheError): void {
    this.#fail(error);
  }

  get #probed(): Protocol {
    return this.#options.protocol === 'auto' ? (probes[this.#probe] as Protocol) : this.#options.protocol;
  }

  /** A node does not show that it speaks the binary protocol before it receives a binary probe. */
  #dial(): void {
    if (this.#probed !== 'binary' || binaryPart.value !== undefined) this.#dialNow();
    else void this.#dialLoaded();
  }

  async #dialLoaded(): Promise<void> {
    try {
      await binaryPart.load();
    } catch (cause) {
      this.#fail(new ConnectError(`${this.#node}: the binary protocol cannot be loaded`, { node: this.#node, cause }));
    }
    if (!this.#isOver) this.#dialNow();
  }

  #dialNow(): void {
    const probe = new ProtocolProbe(this.#probed, this.#node, this.#options.credentials);
    const relay = new Relay();
    let isOpen = false;
    const onGone = (error: Error | undefined): void => {
      relay.receiver = undefined;
      this.#transport?.destroy();
      if (isOpen) this.#probeNext(error);
      else this.#fail(cannotConnect(this.#node, error));
    };
    relay.receiver = {
      onData: (chunk) => this.#advance(probe.push(chunk), relay),
      onDrain() {},
      onEnd: () => onGone(undefined),
      onClose: onGone,
    };
    try {
      const open = this.#options.open ?? dial;
      this.#transport = open(this.#options, relay, () => {
        isOpen = true;
        this.#transport?.write([probe.request()]);
      });
    } catch (error) {
      // Node throws for some options, such as an invalid certificate. The error is reported later, because the caller
      // of the constructor is not ready for it yet.
      inMicrotask(() => onGone(error as Error));
    }
  }

  /** The node closed the connection instead of replying: it may use another protocol. */
  #probeNext(error: Error | undefined): void {
    if (this.#isOver) return;
    if (this.#options.protocol === 'auto' && this.#probe < probes.length - 1) {
      // A node that died in the middle of the first probe, and is back, has said nothing about its protocols.
      if (this.#probe === 0 && !this.#hasRepeated) this.#hasRepeated = true;
      else this.#probe++;
      this.#dial();
      return;
    }
    const what = this.#options.protocol === 'auto' ? 'any protocol of memcached' : this.#options.protocol;
    const { tls } = this.#options;
    const hint = tls?.cert === undefined && tls?.pfx === undefined ? '' : '; it may refuse the client certificate';
    this.#fail(
      new ConnectError(`${this.#node} closed the connection during the probe for ${what}${hint}`, {
        node: this.#node,
        cause: error,
      }),
    );
  }

  #advance(outcome: ProbeOutcome, relay: Relay): void {
    if (outcome.kind === 'send') this.#transport?.write([outcome.bytes]);
    else if (outcome.kind === 'failed') this.#fail(outcome.error);
    else if (outcome.kind === 'speaks') this.#open(outcome.protocol, relay);
  }

  #open(found: Protocol, relay: Relay): void {
    // Where classic text is configured, the outcome of the probe does not matter.
    const protocol = this.#options.protocol === 'auto' ? found : this.#options.protocol;
    if (protocol === 'meta' && found !== 'meta') {
      this.#fail(new ConnectError(`${this.#node} does not know the meta commands`, { node: this.#node }));
      return;
    }
    const { clock, connection: settings } = this.#options;
    const options: ConnectionOptions = { ...settings, codec: codecOf(protocol), clock, node: this.#node };
    const connection = new Connection(this.#transport as Transport, options, this.#guardedEvents());
    this.#connection = connection;
    relay.receiver = connection;
    const startUp = this.#options.startUp ?? saslPlain(this.#options.credentials, this.#node);
    startUp(connection, protocol, (error) => {
      if (error === undefined) this.#succeed(connection);
      else this.#fail(error);
    });
  }

  /** Until the connection is ready, its end is the end of the handshake; afterwards the pool handles it. */
  #guardedEvents(): ConnectionEvents {
    const onUnsent: ConnectionEvents['onUnsent'] = (unsent) => {
      if (this.#isReady) this.#connectionEvents.onUnsent?.(unsent);
    };
    return {
      ...('onUnsent' in this.#connectionEvents ? { onUnsent } : {}),
      onProgress: (connection) => {
        if (this.#isReady) this.#connectionEvents.onProgress(connection);
      },
      onTimeouts: (connection, count) => {
        if (this.#isReady) this.#connectionEvents.onTimeouts(connection, count);
      },
      onClose: (connection, error, lost) => {
        if (this.#isReady) this.#connectionEvents.onClose(connection, error, lost);
        else this.#fail(error ?? new ClosedError(`${this.#node} closed the connection`, { node: this.#node }));
      },
    };
  }

  #succeed(connection: Connection): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isReady = true;
    this.#timer.clear();
    this.#events.onReady(connection);
  }

  #fail(error: MemcacheError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer.clear();
    this.#connection?.destroy(error);
    this.#transport?.destroy();
    this.#events.onFailed(error);
  }

  #timeOut(): void {
    const { connectTimeout } = this.#options;
    this.#fail(
      new TimeoutError(`connecting to ${this.#node}: not ready after ${connectTimeout} ms`, 'connect', {
        node: this.#node,
      }),
    );
  }
}

/** Messages of OpenSSL about a reply that is not TLS. */
const notTls = /wrong version number|packet length too long/;

function cannotConnect(node: string, error: Error | undefined): ConnectError {
  const why = inOneLine(withoutAddress((error?.message ?? 'closed').trim(), node));
  const what = notTls.test(why) ? `${node} does not speak TLS` : `cannot connect to ${node}: ${why}`;
  return new ConnectError(what, { node, cause: error });
}

/** SASL PLAIN on binary connections; nothing on the others, where the probe has sent the token. */
function saslPlain(credentials: Credentials | undefined, node: string): StartUp {
  return (connection, protocol, done) => {
    if (protocol !== 'binary' || credentials === undefined) done();
    else binaryPart.loaded.saslPlain(credentials, node, connection, done);
  };
}

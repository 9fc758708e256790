/**
 * Two ends of connections on any network, and what they have heard: for tests that run over the sockets of the kernel
 * and over the simulated network alike.
 *
 *   await rig.until(() => end.text === 'ok')      goes on when an event has made it true
 */
import { type Clock, systemClock } from '../../src/base/clock.ts';
import type { Attach, Network, Port } from '../../src/net/network.ts';
import type { Address, Transport, TransportEvents } from '../../src/net/transport.ts';
import { systemNetwork } from '../../src/session/system-network.ts';
import { Agenda } from '../../src/testing/world/agenda.ts';
import type { LinkOptions } from '../../src/testing/world/link.ts';
import { runAgenda } from '../../src/testing/world/run-agenda.ts';
import { SimulatedNetwork } from '../../src/testing/world/simulated-network.ts';
import { VirtualClock } from '../../src/testing/world/virtual-clock.ts';

/** One end, and what it has heard. */
export class End implements TransportEvents {
  transport!: Transport;
  /** Everything but bytes, in order: `open`, `end`, `drain`, `closed`, `closed ECONNRESET`. */
  readonly heard: string[] = [];
  #text = '';
  /** The memory for what comes behind the chunk that ends with `=`. */
  memory: Uint8Array | undefined;
  #target: Uint8Array | undefined;
  filled = 0;
  /** Called within the event. */
  atData: () => void = () => {};
  atEnd: () => void = () => {};
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** The bytes, as latin1. */
  get text(): string {
    return this.#text;
  }

  get isClosed(): boolean {
    return this.heard.some((what) => what.startsWith('closed'));
  }

  write(text: string): boolean {
    return this.transport.write([text]);
  }

  hear(what: string): void {
    this.heard.push(what);
    this.#onChange();
  }

  onData(chunk: Uint8Array): void {
    this.#text += Buffer.from(chunk).toString('latin1');
    if (this.#text.endsWith('=')) this.#target = this.memory;
    this.atData();
    this.#onChange();
  }

  onReadTarget(): Uint8Array | undefined {
    return this.#target;
  }

  onFilled(count: number): void {
    this.filled += count;
    this.#target = undefined;
    this.#onChange();
  }

  onDrain(): void {
    this.hear('drain');
  }

  onEnd(): void {
    this.atEnd();
    this.hear('end');
  }

  onClose(error: Error | undefined): void {
    const { code, message } = (error ?? {}) as { code?: string; message?: string };
    this.hear(error === undefined ? 'closed' : `closed ${code ?? message}`);
  }
}

/** A port, and the connections that it accepted. */
export interface Listening {
  readonly port: Port;
  readonly address: Address;
  readonly accepted: End[];
}

/** A network for a test. */
export class NetworkRig {
  readonly clock: Clock;
  /** That of the side that dials, and that of the side that listens. */
  readonly near: Network;
  readonly far: Network;
  readonly #waiting = new Set<() => void>();
  readonly #ports: Port[] = [];
  readonly #ends: End[] = [];

  constructor(clock: Clock, near: Network, far: Network) {
    this.clock = clock;
    this.near = near;
    this.far = far;
  }

  /** Resolves when an event has made it true. */
  until(isTrue: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!isTrue()) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }

  end(): End {
    const end = new End(() => {
      for (const check of this.#waiting) check();
    });
    this.#ends.push(end);
    return end;
  }

  /** Listens. `onAccept` may give the connection an owner itself. */
  async listen(onAccept?: (attach: Attach) => void): Promise<Listening> {
    const accepted: End[] = [];
    const port = this.far.port(
      { clock: this.clock, acceptQueue: 128, handshakeTimeout: 1000, maxTls: 1 },
      {
        onConnection: (attach) => {
          if (onAccept !== undefined) {
            onAccept(attach);
            return;
          }
          const end = this.end();
          end.transport = attach(end);
          accepted.push(end);
          end.hear('open');
        },
        onFailed() {},
        onRejected() {},
      },
    );
    this.#ports.push(port);
    const address = await port.listen({ host: '127.0.0.1', port: 0 });
    return { port, address, accepted };
  }

  dial(address: Address): End {
    const end = this.end();
    end.transport = this.near.dial({ address, keepAliveDelay: 1000 }, end, () => end.hear('open'));
    return end;
  }

  /** Two ends of a new connection. */
  async pair(): Promise<readonly [near: End, far: End, listening: Listening]> {
    const listening = await this.listen();
    const near = this.dial(listening.address);
    await this.until(() => near.heard.includes('open') && listening.accepted.length === 1);
    return [near, listening.accepted[0] as End, listening];
  }

  /** What was sent before has arrived, if it arrives at all: another connection has been there and back. */
  async roundTrip(): Promise<void> {
    const [near, far, { port }] = await this.pair();
    for (let turn = 1; turn <= 3; turn++) {
      near.write('>');
      await this.until(() => far.text.length === turn);
      far.write('<');
      await this.until(() => near.text.length === turn);
    }
    near.transport.destroy();
    far.transport.destroy();
    await port.close();
  }

  async tidy(): Promise<void> {
    for (const { transport } of this.#ends) transport.destroy();
    await Promise.all(this.#ports.map((port) => port.close()));
  }
}

/** Runs a test on sockets of the kernel. */
export async function onSockets(run: (rig: NetworkRig) => Promise<void>): Promise<void> {
  const rig = new NetworkRig(systemClock, systemNetwork, systemNetwork);
  try {
    await run(rig);
  } finally {
    await rig.tidy();
  }
}

/** A rig on a simulated network between the places `near` and `far`, and what holds it. */
export interface SimulatedRig extends NetworkRig {
  readonly agenda: Agenda;
  readonly network: SimulatedNetwork;
  readonly nearLife: Life;
  readonly farLife: Life;
}

/** A process that a test pauses or ends. */
export interface Life {
  isGone: boolean;
  standsStillUntil: number;
}

/** Runs a test on a simulated network. Rejects when nothing can happen any more before it is over. */
export async function simulated(options: LinkOptions, run: (rig: SimulatedRig) => Promise<void>): Promise<void> {
  const agenda = new Agenda();
  let seed = 1;
  const random = (): number => {
    seed = (seed * 48_271) % 0x7fff_ffff;
    return seed / 0x7fff_ffff;
  };
  const network = new SimulatedNetwork(agenda, () => random, options);
  const nearLife: Life = { isGone: false, standsStillUntil: 0 };
  const farLife: Life = { isGone: false, standsStillUntil: 0 };
  const clock = new VirtualClock(agenda, nearLife, random);
  const near = network.at({ name: 'near', owner: nearLife });
  const far = network.at({ name: 'far', owner: farLife });
  const rig = Object.assign(new NetworkRig(clock, near, far), { agenda, network, nearLife, farLife });
  let error: unknown;
  let isOver = false;
  const play = async (): Promise<void> => {
    try {
      await run(rig);
    } catch (thrown) {
      error = thrown;
    }
    isOver = true;
  };
  void play();
  const ending = await runAgenda(
    agenda,
    () => isOver,
    (thrown) => {
      error ??= thrown;
    },
  );
  if (error !== undefined) throw error as Error;
  if (ending === 'nothing left') throw new Error(`nothing can happen any more at ${agenda.now} ms`);
}

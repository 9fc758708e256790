/** What hostile nodes do to the commands of a client: every bad thing that a network and a server can do. */
import { onTestFinished } from 'vitest';
import {
  ConnectError,
  ConnectionClosedError,
  type MemcacheError,
  ProtocolError,
  TimeoutError,
} from '../../src/core/errors.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import {
  blackHole,
  drip,
  type Effect,
  type Fault,
  garbage,
  halfOpen,
  refuse,
  replyWith,
  reset,
  startServer,
  together,
  truncate,
  when,
} from '../../src/testing/index.ts';

/** A node that does what a fault says, until the test ends. */
export interface HostileNode {
  readonly address: string;
  /** Connections that are open now. */
  readonly open: number;
  until(condition: () => boolean): Promise<void>;
}

/** Starts one, with an item under this key. */
export async function startHostile(fault: Fault, key: string): Promise<HostileNode> {
  const server = await startServer({ seed: 1 });
  onTestFinished(() => server.stop());
  server.items.put(key, '7'.repeat(300));
  server.inject(fault);
  return {
    address: `${server.host}:${server.port}`,
    get open() {
      return server.connections;
    },
    until: (condition) => server.until(condition),
  };
}

/** A class of errors. */
export type ErrorClass = abstract new (...args: never[]) => MemcacheError;

/** A fault of a node, and the errors of the calls that meet it. */
export interface HostileFault {
  readonly name: string;
  readonly fault: (protocol: Protocol) => Fault;
  readonly error: readonly ErrorClass[];
}

/** Spares the request that opens a connection. */
function afterProbe(fault: Fault): Fault {
  return {
    name: fault.name,
    begin(random) {
      const active = fault.begin(random);
      const opened = new Set<number>();
      return (event) => {
        if (event.command === undefined) return active(event);
        const isProbe = !opened.has(event.connection) && ['noop', 'version'].includes(event.command.name);
        opened.add(event.connection);
        return isProbe ? [] : active(event);
      };
    },
  };
}

/** The node says this, whatever it is asked, and ends. */
function saysAndEnds(text: string): Fault {
  return together(replyWith(text), truncate(text.length));
}

/** A reply to something else than what was asked: (binary) for another opaque, or of another shape. */
function replyOutOfTurn(protocol: Protocol): Fault {
  const rewrite = (reply: Buffer): Buffer => {
    const bytes = Buffer.from(reply);
    bytes.writeUInt32BE(0xdead, 12);
    return bytes;
  };
  const effects: readonly Effect[] = [{ kind: 'rewrite', rewrite }];
  if (protocol === 'binary')
    return { name: 'out of turn', begin: () => (event) => (event.command === undefined ? [] : effects) };
  const gets = ['get', 'gets', 'gat', 'gats'];
  const [ofStore, ofGet] = [replyWith('STORED\r\n'), replyWith('VALUE other 0 1\r\nx\r\nEND\r\n')];
  return {
    name: 'out of turn',
    begin(random) {
      const [toGet, toOthers] = [ofStore.begin(random), ofGet.begin(random)];
      return (event) => (gets.includes(event.command?.name ?? '') ? toGet(event) : toOthers(event));
    },
  };
}

/** All of them. */
export const faults: readonly HostileFault[] = [
  { name: 'a black hole that accepts and never replies', fault: () => blackHole(), error: [TimeoutError] },
  {
    name: 'a node that says what it speaks and then nothing more',
    fault: () => afterProbe(blackHole()),
    error: [TimeoutError, ConnectionClosedError],
  },
  { name: 'a node that resets every connection at once', fault: () => when({}, refuse()), error: [ConnectError] },
  {
    name: 'a node that has too many connections',
    fault: () => saysAndEnds('ERROR Too many open connections\r\n'),
    error: [ConnectError],
  },
  {
    name: 'a reset in the header of a reply',
    fault: () => afterProbe(truncate(2, 'reset')),
    error: [ConnectionClosedError],
  },
  {
    name: 'a reset in the middle of a reply',
    fault: () => afterProbe(truncate(undefined, 'reset')),
    error: [ConnectionClosedError],
  },
  {
    name: 'an end in the middle of a reply',
    fault: () => afterProbe(truncate()),
    error: [ConnectionClosedError],
  },
  {
    name: 'an end before a reply (half-open: the node still reads)',
    fault: () => afterProbe(halfOpen()),
    error: [ConnectionClosedError],
  },
  { name: 'a reset before a reply', fault: () => afterProbe(reset()), error: [ConnectionClosedError] },
  {
    name: 'a reset after the execution, before a reply',
    fault: () => afterProbe(reset({ executed: true })),
    error: [ConnectionClosedError],
  },
  {
    name: 'a reply that drips slower than the deadline',
    fault: () => afterProbe(drip(60)),
    error: [TimeoutError, ConnectionClosedError],
  },
  { name: 'garbage instead of a reply', fault: () => afterProbe(garbage()), error: [ProtocolError] },
  {
    name: 'an HTTP server',
    fault: () => saysAndEnds('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'),
    error: [ProtocolError],
  },
  {
    name: 'a reply out of turn',
    fault: (protocol) => afterProbe(replyOutOfTurn(protocol)),
    error: [ProtocolError],
  },
];

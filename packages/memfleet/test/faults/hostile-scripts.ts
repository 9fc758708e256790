/** What hostile nodes do to the commands of a client: every bad thing that a network and a server can do. */
import type { Command } from '../../src/core/command.ts';
import {
  ConnectError,
  ConnectionClosedError,
  type MemcacheError,
  ProtocolError,
  TimeoutError,
} from '../../src/core/errors.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import { afterProbe, type NodeScript, type ScriptedConnection } from '../support/scripted-node.ts';

/** A class of errors. */
export type ErrorClass = abstract new (...args: never[]) => MemcacheError;

/** A fault of a node, and the errors of the calls that meet it. */
export interface Fault {
  readonly name: string;
  readonly script: (protocol: Protocol) => NodeScript;
  readonly error: readonly ErrorClass[];
}

/** The beginning of what the node would answer; never all of it. */
function firstBytes(command: Command, connection: ScriptedConnection, share: number): Buffer {
  const bytes = connection.bytesFor(command);
  return bytes.subarray(0, Math.max(1, Math.floor((bytes.length - 1) * share)));
}

/** An answer to something else than what was asked: of another shape, or (binary) for another opaque. */
function answerOutOfTurn(protocol: Protocol): NodeScript {
  return afterProbe((command, connection) => {
    if (protocol === 'binary') {
      const bytes = connection.bytesFor(command);
      if (bytes.length >= 24) bytes.writeUInt32BE(0xdead, 12);
      connection.send(bytes);
    } else connection.send(command.verb === 'get' ? 'STORED\r\n' : 'VALUE other 0 1\r\nx\r\nEND\r\n');
  });
}

/** All of them. */
export const faults: readonly Fault[] = [
  {
    name: 'a black hole that accepts and never replies',
    script: () => ({ onConnection: (connection) => connection.mute() }),
    error: [TimeoutError],
  },
  {
    name: 'a node that says what it speaks and then nothing more',
    script: () => afterProbe(() => {}),
    error: [TimeoutError, ConnectionClosedError],
  },
  {
    name: 'a node that resets every connection at once',
    script: () => ({ onConnection: (connection) => connection.reset() }),
    error: [ConnectError],
  },
  {
    name: 'a node that has too many connections',
    script: () => ({
      onConnection: (connection) => {
        connection.send('ERROR Too many open connections\r\n');
        connection.end();
      },
    }),
    error: [ConnectError],
  },
  {
    name: 'a reset in the header of a reply',
    script: () => afterProbe((command, connection) => connection.reset(firstBytes(command, connection, 0.2))),
    error: [ConnectionClosedError],
  },
  {
    name: 'a reset in the middle of a reply',
    script: () => afterProbe((command, connection) => connection.reset(firstBytes(command, connection, 0.7))),
    error: [ConnectionClosedError],
  },
  {
    name: 'an end in the middle of a reply',
    script: () =>
      afterProbe((command, connection) => {
        connection.send(firstBytes(command, connection, 0.7));
        connection.end();
      }),
    error: [ConnectionClosedError],
  },
  {
    name: 'an end before a reply (half-open: the node still reads)',
    script: () => afterProbe((_, connection) => connection.end()),
    error: [ConnectionClosedError],
  },
  {
    name: 'a reset before a reply',
    script: () => afterProbe((_, connection) => connection.reset()),
    error: [ConnectionClosedError],
  },
  {
    name: 'a reply that drips slower than the deadline',
    script: () => afterProbe((command, connection) => connection.drip(connection.bytesFor(command), 60)),
    error: [TimeoutError, ConnectionClosedError],
  },
  {
    name: 'garbage instead of a reply',
    script: () =>
      afterProbe((_, connection) => connection.send('\u0000\u0017garbage \u00ff\r\n\r\n\r\n0123456789abcdef')),
    error: [ProtocolError],
  },
  {
    name: 'an HTTP server',
    script: () => ({
      onConnection: (connection) => {
        connection.send('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
        connection.end();
      },
    }),
    error: [ProtocolError],
  },
  { name: 'a reply out of turn', script: answerOutOfTurn, error: [ProtocolError] },
];

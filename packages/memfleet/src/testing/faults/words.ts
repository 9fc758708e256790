/** The faults: what each does to the connections and commands of a node. */
import { InvalidArgumentError } from '../../core/errors.ts';
import type { SeenCommand } from '../relay/command-log.ts';
import { type Effect, type Fault, noEffects } from './fault.ts';

/** Whether a fault happens before or after the command is executed. */
export interface ExecutedOptions {
  /** Whether the node executes the command before: only the reply is lost. @default false */
  readonly executed?: boolean | undefined;
}

/** A fault of commands. */
function ofCommands(name: string, effect: Effect): Fault {
  const effects = [effect];
  return { name, begin: () => (event) => (event.command === undefined ? noEffects : effects) };
}

/** A fault of clients that connect. */
function ofConnects(name: string, effect: Effect, state?: Fault['state']): Fault {
  const effects = [effect];
  return { name, state, begin: () => (event) => (event.command === undefined ? effects : noEffects) };
}

function checkMs(word: string, ms: number): void {
  if (!(ms >= 0 && ms <= 2 ** 31)) throw new InvalidArgumentError(`${word} takes milliseconds from 0, not ${ms}`);
}

/** The command is executed `ms` milliseconds later. Later commands of its connection wait behind it. */
export function delay(ms: number): Fault {
  checkMs('delay', ms);
  return ofCommands(`delay ${ms} ms`, { kind: 'delay', ms });
}

/**
 * The connection is silent from this command on: everything is read, nothing receives a reply. `executed`: the node
 * executes this command before.
 */
export function blackHole({ executed = false }: ExecutedOptions = {}): Fault {
  return ofCommands('black hole', { kind: 'silence', isExecuted: executed });
}

/** The connection is reset. `executed`: the node executes the command before. */
export function reset({ executed = false }: ExecutedOptions = {}): Fault {
  return ofCommands(executed ? 'reset after execution' : 'reset', { kind: 'reset', isExecuted: executed });
}

/**
 * Only the first `bytes` bytes of the reply are sent, then the connection ends, or is reset.
 *
 * @default half of the reply, and the end
 */
export function truncate(bytes?: number, ending: 'end' | 'reset' = 'end'): Fault {
  if (bytes !== undefined && !(bytes >= 0)) throw new InvalidArgumentError(`truncate takes bytes from 0, not ${bytes}`);
  return ofCommands(`truncate to ${bytes ?? 'half'}, then ${ending}`, { kind: 'cut', bytes, ending });
}

/** The reply is sent `bytes` bytes at a time, every `ms` milliseconds. @default 1 byte */
export function drip(ms: number, bytes = 1): Fault {
  checkMs('drip', ms);
  if (!(bytes >= 1)) throw new InvalidArgumentError(`drip takes bytes from 1, not ${bytes}`);
  return ofCommands(`drip ${bytes} bytes every ${ms} ms`, { kind: 'drip', ms, bytes });
}

/** The reply consists of random bytes, which no protocol knows. They are the same for the same seed. */
export function garbage(): Fault {
  return {
    name: 'garbage',
    begin: (random) => {
      const rewrite = (reply: Buffer): Buffer => {
        const bytes = Buffer.alloc(Math.max(64, Math.min(reply.length, 1024)));
        for (let at = 0; at < bytes.length; at++) bytes[at] = Math.floor(random() * 256);
        // No letter and no magic byte begins a reply like this; the line end lets clients of lines see it at once.
        bytes[0] = 0x01;
        bytes.write('\r\n', bytes.length - 2, 'latin1');
        return bytes;
      };
      const effects: readonly Effect[] = [{ kind: 'rewrite', rewrite }];
      return (event) => (event.command === undefined ? noEffects : effects);
    },
  };
}

/** The reply is sent after that to the next command of its connection. */
export function wrongOrder(): Fault {
  return ofCommands('wrong order', { kind: 'swap' });
}

/**
 * The node's port refuses new connections; open ones go on. In `when`: the connection is accepted, and reset at once.
 */
export function refuse(): Fault {
  return ofConnects('refuse', { kind: 'refuse' }, 'refused');
}

/**
 * The node ends its side of the connection in place of a reply, and goes on reading: what the client sends from then on
 * is lost.
 */
export function halfOpen(): Fault {
  return ofCommands('half-open', { kind: 'endSide' });
}

/**
 * The reply names another key than the request. Replies that name no key (most of the meta and binary protocols) stay
 * as they are.
 */
export function wrongKey(): Fault {
  return ofCommands('wrong key', { kind: 'rewrite', rewrite: renameKey });
}

/** A connection is accepted, and its first bytes are read `ms` milliseconds later. */
export function slowAccept(ms: number): Fault {
  checkMs('slowAccept', ms);
  return ofConnects(`slow accept, ${ms} ms`, { kind: 'acceptLate', ms });
}

/** The node has no memory: it refuses stores and counters, and executes everything else. */
export function memoryFull(): Fault {
  const stores = new Set(['set', 'add', 'replace', 'append', 'prepend', 'cas', 'incr', 'decr']);
  const effects: readonly Effect[] = [{ kind: 'memoryFull' }];
  return {
    name: 'memory full',
    begin: () => (event) => (event.command !== undefined && stores.has(event.command.name) ? effects : noEffects),
  };
}

/**
 * The node's process stands still, as after SIGSTOP: the kernel accepts connections and bytes, nothing is read, and all
 * of it goes on when the fault is removed. In `when`: one connection stands still from this command on.
 */
export function frozen(): Fault {
  const effects: readonly Effect[] = [{ kind: 'freeze' }];
  return { name: 'frozen process', state: 'frozen', begin: () => () => effects };
}

/** The client receives these bytes, or this byte string, as the reply. The command is not executed. */
export function replyWith(bytes: string | Uint8Array): Fault {
  const reply = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Uint8Array.from(bytes);
  return ofCommands('reply with given bytes', { kind: 'replace', bytes: reply });
}

const binaryReply = 0x81;
const binaryHeader = 24;

/** The last byte of the key becomes another. */
function renameKey(reply: Buffer, { keys }: SeenCommand): Buffer {
  const renamed = Buffer.from(reply);
  const last = (at: number): void => {
    renamed[at] = renamed[at] === 0x7e ? 0x7d : 0x7e;
  };
  if (reply[0] === binaryReply) {
    const keyLength = reply.readUInt16BE(2);
    if (keyLength > 0) last(binaryHeader + reply.readUInt8(4) + keyLength - 1);
    return renamed;
  }
  for (const key of keys) {
    const bytes = Buffer.from(key);
    for (const word of ['VALUE ', ' k']) {
      const found = reply.indexOf(Buffer.concat([Buffer.from(word), bytes]));
      if (found < 0) continue;
      last(found + word.length + bytes.length - 1);
      return renamed;
    }
  }
  return renamed;
}

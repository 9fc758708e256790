import { Pending } from '../../src/connection/pending.ts';
import { Command } from '../../src/core/command.ts';
import { type MemcacheError, ProtocolError, TimeoutError } from '../../src/core/errors.ts';
import { Reply, type ReplyStatus } from '../../src/core/reply.ts';
import { opcode } from '../../src/protocol/binary/opcodes.ts';

/** A queue, the one Reply that its producer uses again and again, and what the callers were told, in order. */
export class PendingRig {
  readonly pending: Pending;
  readonly told: string[] = [];
  readonly reply = new Reply();

  constructor(byOpaque = false, capacity?: number, first?: number) {
    this.pending = new Pending(byOpaque, capacity, first);
  }

  push(command: Command | string, then?: () => void): void {
    const one = typeof command === 'string' ? new Command('get', command) : command;
    const name = one.keys === undefined ? one.key : one.keys.join('+');
    this.pending.push(one, {
      onReply: (reply) => {
        const what = reply.status === 'error' ? `error ${reply.message}` : reply.status;
        const part = reply.part === 'whole' ? '' : ` ${reply.part}`;
        this.told.push(`${name}:${part} ${reply.hasValue ? `${reply.key}=${reply.text()}` : what}`);
        then?.();
      },
      onError: (error) => {
        this.told.push(`${name}: ${error.code}${error.sent ? ' sent' : ''}`);
        then?.();
      },
    });
  }

  /** Gets written as one line. */
  merged(...keys: string[]): void {
    for (const key of keys) this.push(key);
    this.pending.markMerged(keys.length);
  }

  value(key: string, text = key): void {
    const reply = this.reply.reset('ok', 'item');
    reply.key = key;
    reply.setText(text);
    this.pending.onReply(reply);
  }

  /** A value that is the whole answer. */
  whole(text: string): void {
    this.reply.reset('ok').setText(text);
    this.pending.onReply(this.reply);
  }

  status(status: ReplyStatus): void {
    this.pending.onReply(this.reply.reset(status));
  }

  end(): void {
    this.pending.onReply(this.reply.reset('ok', 'end'));
  }

  error(message: string): void {
    this.pending.onReply(this.reply.setError('server', message));
  }

  /** A packet. */
  packet(opaque: number, text: string, op: number = opcode.get): void {
    const reply = this.reply.reset('ok');
    reply.opaqueNumber = opaque;
    reply.opcode = op;
    reply.setText(text);
    this.pending.onReply(reply);
  }

  failAll(): number {
    return this.pending.failAll((_command, sent) => new ProtocolError('gone', { sent }));
  }

  expire(now: number): number {
    return this.pending.expire({ isOver: (deadline) => deadline !== 0 && deadline <= now }, timedOut);
  }
}

function timedOut(command: Command, sent: boolean): MemcacheError {
  return new TimeoutError(command.key, 'total', { sent });
}

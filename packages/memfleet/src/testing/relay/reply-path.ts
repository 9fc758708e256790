/**
 * The replies of a node on their way to one client, and what happens to them.
 *
 *   node ─▶ ReplyFrames ─▶ ExpectedReplies ─┬─ no effects ────────────────────────▶ Outlet
 *                                           └─ until the reply is whole ─ effects ─┘
 */
import { status } from '../../core/status.ts';
import { couchbaseOpcode } from '../../protocol/binary/couchbase-opcodes.ts';
import { headLength } from '../../protocol/binary/header.ts';
import { parseFeatures } from '../../protocol/binary/hello.ts';
import { readU16 } from '../../protocol/binary/integers.ts';
import type { Codec } from '../../protocol/codec.ts';
import { type Expected, ExpectedReplies } from './expected-replies.ts';
import type { Outlet } from './outlet.ts';
import { ReplyFrames } from './reply-frames.ts';
import { treatReply } from './treat-reply.ts';

/** The connection, which some replies end. */
export interface ReplyPathOwner {
  onEnding(ending: 'end' | 'reset'): void;
  /** The node granted these features of HELLO. */
  onGranted(features: readonly number[]): void;
}

/** Where a reply has its status. */
const statusAt = 6;
const nothing = new Uint8Array(0);

/** The replies to one client. */
export class ReplyPath {
  readonly #outlet: Outlet;
  readonly #owner: ReplyPathOwner;
  readonly #expected = new ExpectedReplies();
  #frames: ReplyFrames | undefined;
  /** Whether no reply is passed on any more. */
  #isMute = false;
  /** A reply that is sent behind the next one. */
  #swapped: Buffer | undefined;

  constructor(outlet: Outlet, owner: ReplyPathOwner) {
    this.#outlet = outlet;
    this.#owner = owner;
  }

  /** A request was sent whose reply is to come, or the relay itself has the reply. */
  expect(expected: Expected): void {
    const isInOrder = expected.command.dialect !== 'binary';
    if (expected.own !== undefined && !isInOrder) this.#deliver(expected, expected.own);
    else this.#expected.push(expected);
    if (expected.own !== undefined) this.#sendOwn();
  }

  /** Bytes of the node. `codec`: undefined where they are passed on as they are. */
  read(chunk: Buffer, codec: Codec | undefined): void {
    if (this.#isMute) return;
    if (codec === undefined) {
      this.#outlet.send(chunk);
      return;
    }
    const isBinary = codec.protocol === 'binary';
    this.#frames ??= new ReplyFrames(isBinary);
    this.#outlet.together(() => {
      for (const frame of this.#frames?.read(chunk) ?? []) {
        const paired = this.#expected.pair(frame, isBinary);
        if (paired === undefined) this.#pass(frame.bytes);
        else {
          this.#noteGrant(paired.expected, frame.bytes);
          this.#onFrame(paired.expected, frame.bytes, paired.isLast);
        }
        this.#sendOwn();
      }
    });
  }

  /** The node sends no more. */
  end(): void {
    const rest = this.#frames?.takeRest();
    if (rest !== undefined && rest.length > 0) this.#pass(rest);
    this.#sendSwapped();
    this.#outlet.end();
  }

  #pass(bytes: Uint8Array): void {
    if (!this.#isMute) this.#outlet.send(bytes);
  }

  #noteGrant({ command: { packet } }: Expected, bytes: Buffer): void {
    if (packet?.opcode !== couchbaseOpcode.hello || readU16(bytes, statusAt) !== status.success) return;
    this.#owner.onGranted(parseFeatures(bytes.subarray(headLength(bytes, 0))) ?? []);
  }

  #onFrame(expected: Expected, bytes: Buffer, isLast: boolean): void {
    if (expected.effects.length > 0) {
      expected.frames.push(bytes);
      if (isLast) this.#deliver(expected, Buffer.concat(expected.frames));
      return;
    }
    this.#pass(bytes);
    if (isLast) this.#sendSwapped();
  }

  /** The replies of the relay that are due. */
  #sendOwn(): void {
    for (const expected of this.#expected.takeOwn()) this.#deliver(expected, expected.own as Buffer);
  }

  /** A complete reply, as its effects make it. */
  #deliver({ effects, seen }: Expected, reply: Buffer): void {
    if (this.#isMute) return;
    const treated = treatReply(reply, seen, effects);
    if (treated === 'lost') return;
    if (treated === 'reset') {
      this.#isMute = true;
      this.#outlet.send(nothing, undefined, () => this.#owner.onEnding('reset'));
      return;
    }
    if (treated.isSwapped && this.#swapped === undefined) {
      this.#swapped = treated.bytes;
      return;
    }
    const { ending } = treated;
    if (ending !== undefined) this.#isMute = true;
    this.#outlet.send(
      treated.bytes,
      treated.drip,
      ending === undefined ? undefined : () => this.#owner.onEnding(ending),
    );
    this.#sendSwapped();
  }

  #sendSwapped(): void {
    const swapped = this.#swapped;
    this.#swapped = undefined;
    if (swapped !== undefined) this.#pass(swapped);
  }
}

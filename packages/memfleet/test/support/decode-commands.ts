/** Decodes request bytes for tests, in any chunking, and shows commands by what differs from the defaults. */
import { Command, type Verb } from '../../src/core/command.ts';
import { AsciiCommandDecoder } from '../../src/protocol/ascii/command-decoder.ts';
import type { AsciiVerbTable } from '../../src/protocol/ascii/verb-table.ts';
import { defaultLimits, type Limits, type Texts } from '../../src/protocol/codec.ts';
import { metaVerbs } from '../../src/protocol/meta/parse-command.ts';

/** What may be set for a decoding. */
export interface Decoding {
  /** @default the meta table, which has all verbs */
  readonly verbs?: AsciiVerbTable;
  readonly limits?: Partial<Limits>;
  /** Lengths of the chunks, used round and round. @default everything at once */
  readonly chunks?: readonly number[];
  /** Bytes go into `target()` whenever there is one. @default false */
  readonly direct?: boolean;
  /** @default own */
  readonly texts?: Texts;
}

/** The commands that these bytes (a byte string) hold. */
export function decode(text: string, decoding: Decoding = {}): Command[] {
  const commands: Command[] = [];
  const sink = { onCommand: (command: Command): void => void commands.push(command) };
  const limits = { ...defaultLimits, ...decoding.limits };
  const decoder = new AsciiCommandDecoder(decoding.verbs ?? metaVerbs, sink, limits, decoding.texts);
  const bytes = Buffer.from(text, 'latin1');
  const lengths = decoding.chunks ?? [Math.max(1, bytes.length)];
  // Every chunk lies in the same memory, as with a static read buffer: who keeps a view will see other bytes.
  const shared = Buffer.alloc(Math.max(...lengths));
  let at = 0;
  for (let turn = 0; at < bytes.length; turn++) {
    const wanted = Math.min(lengths[turn % lengths.length] as number, bytes.length - at);
    const target = decoding.direct === true ? decoder.target() : undefined;
    if (target !== undefined) {
      const count = Math.min(wanted, target.length);
      target.set(bytes.subarray(at, at + count));
      decoder.filled(count);
      at += count;
      continue;
    }
    bytes.copy(shared, 0, at, at + wanted);
    decoder.push(shared.subarray(0, wanted));
    shared.fill(0xee, 0, wanted);
    at += wanted;
  }
  return commands;
}

/** A decoder of all verbs, and the commands that it has handed over. */
export function decoderOf(limits: Partial<Limits> = {}): { decoder: AsciiCommandDecoder; commands: Command[] } {
  const commands: Command[] = [];
  const sink = { onCommand: (command: Command): void => void commands.push(command) };
  return { decoder: new AsciiCommandDecoder(metaVerbs, sink, { ...defaultLimits, ...limits }), commands };
}

/** A command as a plain object with what differs from the defaults; `fault` is its wire text, `meta` its tokens. */
export type Shown = Record<string, unknown> & { readonly verb: Verb };

/** See `Shown`. Values that are bytes become byte strings in `bytes`. */
export function show(command: Command): Shown {
  const plain = new Command(command.verb);
  const shown: Record<string, unknown> & { verb: Verb } = { verb: command.verb };
  for (const name of Object.keys(plain) as (keyof Command)[]) {
    const value = command[name];
    if (name === 'verb' || name === 'isPlainKey' || value === plain[name]) continue;
    if (name === 'line') shown[name] = command.line?.last === command ? 'end' : 'goes on';
    else if (name === 'meta') shown[name] = command.meta?.tokens.join(' ');
    else if (name === 'fault') shown[name] = faultText(command);
    else if (value instanceof Uint8Array) shown['bytes'] = Buffer.from(value).toString('latin1');
    else shown[name] = value;
  }
  return shown;
}

function faultText(command: Command): string {
  const fault = command.fault;
  if (fault === undefined) return '';
  const words = {
    unknownCommand: 'ERROR',
    client: `CLIENT_ERROR ${fault.message}`,
    server: `SERVER_ERROR ${fault.message}`,
  };
  return `${words[fault.kind]}${fault.close ? ', close' : ''}${fault.forget === true ? ', forget' : ''}`;
}

/** The keys of commands that are pieces of one get. */
export function keysOf(pieces: readonly Command[]): string[] {
  return pieces.flatMap(({ keys }) => keys ?? []);
}

/** The commands of a text, shown. */
export function shownOf(text: string, decoding?: Decoding): Shown[] {
  return decode(text, decoding).map(show);
}

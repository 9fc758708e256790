/**
 * How long one reply takes to decode and one command to encode, without a socket: the codecs alone, a thousand at a
 * time, by tinybench.
 */
import { ByteWriter } from '../../../packages/memfleet/dist/base/byte-writer.js';
import { Command } from '../../../packages/memfleet/dist/core/command.js';
import { Reply } from '../../../packages/memfleet/dist/core/reply.js';
import { binaryCodec } from '../../../packages/memfleet/dist/protocol/binary/codec.js';
import type { Codec } from '../../../packages/memfleet/dist/protocol/codec.js';
import { metaCodec } from '../../../packages/memfleet/dist/protocol/meta/codec.js';
import { textCodec } from '../../../packages/memfleet/dist/protocol/text/codec.js';
import { load } from '../client/entrant.ts';

/** Nanoseconds for one. */
export interface CodecTime {
  readonly task: string;
  readonly median: number;
  readonly p99: number;
  readonly samples: number;
}

/** What is used of tinybench. */
interface Tinybench {
  readonly Bench: new (options: { time: number; warmupTime: number }) => {
    add(name: string, run: () => void): void;
    run(): Promise<unknown>;
    readonly tasks: readonly {
      readonly name: string;
      readonly result: {
        readonly latency?: { readonly p50: number; readonly p99: number; readonly samplesCount: number };
      };
    }[];
  };
}

/** Commands or replies of one run: the clock is read once for all of them. */
const count = 1000;
const keys = Array.from({ length: count }, (_, i) => `bench:text:user:${i}`);
const value = 'v'.repeat(100);
const codecs: readonly Codec[] = [metaCodec, textCodec, binaryCodec];

function getCommand(key: string): Command {
  const command = new Command('get', key);
  command.isPlainKey = true;
  return command;
}

function setCommand(key: string): Command {
  const command = new Command('store', key);
  command.isPlainKey = true;
  command.value = value;
  return command;
}

function encoding(codec: Codec, commands: readonly Command[]): () => void {
  const writer = new ByteWriter();
  return () => {
    for (const command of commands) codec.encodeCommand(command, writer);
    // As a connection does: text goes to the socket as it is, the rest as chunks.
    if (writer.takeText() !== undefined) return;
    writer.take();
    writer.release(true);
  };
}

/** The answers of a node to the commands, in one chunk. */
function answers(codec: Codec, commands: readonly Command[], fill: (reply: Reply, key: string) => void): Uint8Array {
  const writer = new ByteWriter();
  const reply = new Reply();
  for (const command of commands) {
    // A server answers in the dialect it was asked in.
    command.dialect = codec.protocol;
    fill(reply, command.key);
    codec.encodeReply(reply, command, writer);
  }
  return Buffer.concat(writer.take().map((chunk) => Uint8Array.from(chunk)));
}

function hit(reply: Reply, key: string): void {
  reply.reset('ok');
  reply.key = key;
  reply.setText(value);
}

function decoding(codec: Codec, chunk: Uint8Array, hasValue: boolean): () => void {
  let seen = 0;
  let size = 0;
  const decoder = codec.replyDecoder({
    onReply: (reply) => {
      if (reply.part === 'end') return;
      seen++;
      if (hasValue) size += reply.utf8().length;
    },
  });
  const run = (): void => decoder.push(chunk);
  run();
  if (seen !== count || size !== (hasValue ? count * value.length : 0)) {
    throw new Error(`${codec.protocol}: ${seen} replies of ${size} bytes where ${count} were encoded`);
  }
  return run;
}

/** Undefined when it is not there, or is the older one that the library's test runner brings along. */
async function loadBench(): Promise<Tinybench['Bench'] | undefined> {
  try {
    const { Bench } = await load<Tinybench>('tinybench');
    const trial = new Bench({ time: 1, warmupTime: 1 });
    trial.add('trial', () => {});
    await trial.run();
    return trial.tasks[0]?.result.latency === undefined ? undefined : Bench;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** Of one, where `ms` were needed for all. */
const nanoseconds = (ms: number | undefined): number => ((ms ?? Number.NaN) * 1e6) / count;

/** Measures each for so many ms. Undefined: tinybench is not installed. */
export async function timeCodecs(measure: number): Promise<CodecTime[] | undefined> {
  const Bench = await loadBench();
  if (Bench === undefined) return undefined;
  const bench = new Bench({ time: measure, warmupTime: measure / 4 });
  for (const codec of codecs) {
    const gets = keys.map(getCommand);
    const sets = keys.map(setCommand);
    const { protocol } = codec;
    bench.add(`encode ${protocol} get`, encoding(codec, keys.map(getCommand)));
    bench.add(`encode ${protocol} set 100 B`, encoding(codec, keys.map(setCommand)));
    bench.add(`decode ${protocol} hit 100 B`, decoding(codec, answers(codec, gets, hit), true));
    bench.add(
      `decode ${protocol} stored`,
      decoding(
        codec,
        answers(codec, sets, (reply) => reply.reset('ok')),
        false,
      ),
    );
  }
  await bench.run();
  return bench.tasks.map(({ name, result: { latency } }) => ({
    task: name,
    median: nanoseconds(latency?.p50),
    p99: nanoseconds(latency?.p99),
    samples: latency?.samplesCount ?? 0,
  }));
}

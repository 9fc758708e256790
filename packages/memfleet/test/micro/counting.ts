/** Counts what a client costs besides time: writes, bytes, promises and memory of buffers. No clock, so no noise. */
import { createHook } from 'node:async_hooks';
import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { onTestFinished } from 'vitest';
import { arrayBuffersNow, heldMemory } from '../support/memory.ts';

/** What a client's sockets were given. */
export interface Sent {
  /** Calls of `socket.write`. */
  writes: number;
  /** As a byte string. */
  text: string;
}

/** Watches what goes to these ports, one by one, from now on until the test ends. */
export function watchWrites(ports: readonly number[]): Sent[] {
  const sent = ports.map((): Sent => ({ writes: 0, text: '' }));
  // oxlint-disable-next-line typescript/unbound-method -- it is called with its socket
  const { write } = Socket.prototype;
  function count(this: Socket, ...args: unknown[]): unknown {
    const at = sent[ports.indexOf(this.remotePort ?? 0)];
    if (at !== undefined) {
      at.writes++;
      const chunk = args[0] as string | Uint8Array;
      at.text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('latin1');
    }
    return Reflect.apply(write, this, args);
  }
  Socket.prototype.write = count as typeof write;
  onTestFinished(() => {
    Socket.prototype.write = write;
  });
  return sent;
}

/** How many promises are made until what `run` gives is settled; a few of them are the waiting's own. */
export async function countPromises(run: () => Promise<unknown> | undefined): Promise<number> {
  let count = 0;
  const hook = createHook({
    init: (_id, type) => {
      if (type === 'PROMISE') count++;
    },
  }).enable();
  await run();
  hook.disable();
  return count;
}

/**
 * By how many bytes the memory of ArrayBuffers grows while `run` runs. What was garbage before is collected before, or
 * it would hide what is new.
 */
export async function measureArrayBuffers(run: () => Promise<void>): Promise<number> {
  heldMemory();
  const before = arrayBuffersNow();
  await run();
  return arrayBuffersNow() - before;
}

/**
 * A node in a thread of its own, so that this thread's memory is the client's alone: it answers every `mg` with a value
 * of that many bytes.
 */
export async function startNodeThread(size: number): Promise<number> {
  const worker = new Worker(nodeThread, { eval: true, workerData: size });
  onTestFinished(async () => {
    await worker.terminate();
  });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

const nodeThread = `
const { createServer } = require('node:net');
const { parentPort, workerData: size } = require('node:worker_threads');
const hit = 'VA ' + size + '\\r\\n' + 'v'.repeat(size) + '\\r\\n';
const server = createServer((socket) => {
  let rest = '';
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    const lines = (rest + chunk.toString('latin1')).split('\\r\\n');
    rest = lines.pop();
    socket.write(lines.map((line) => (line.startsWith('mg ') ? hit : 'MN\\r\\n')).join(''), 'latin1');
  });
});
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

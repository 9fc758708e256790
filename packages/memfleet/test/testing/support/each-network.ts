/**
 * Tests that both the sockets of the kernel and the simulated network pass: code that works on one works on the other.
 */
import { describe, expect, it } from 'vitest';
import { type End, type NetworkRig, onSockets, simulated } from '../../support/network-rig.ts';

type Play = (run: (rig: NetworkRig) => Promise<void>) => Promise<void>;

const subjects: readonly (readonly [name: string, play: Play])[] = [
  ['sockets of the kernel', onSockets],
  ['the simulated network', (run) => simulated({}, run)],
  ['the simulated network with tiny segments', (run) => simulated({ cut: 'tiny', jitter: 3 }, run)],
  ['the simulated network with a small window', (run) => simulated({ cut: 'anywhere', window: 700 }, run)],
  ['a slow simulated network', (run) => simulated({ cut: 'segments', bytesPerMs: 500, latency: 40 }, run)],
];

/** Defines one test. */
export type DefineTest = (title: string, run: (rig: NetworkRig) => Promise<void>) => void;

/** Defines the same tests for each network. */
export function onEachNetwork(define: (test: DefineTest) => void): void {
  describe.each(subjects)('%s', (_name, play) => {
    define((title, run) =>
      it(title, async () => {
        expect.hasAssertions();
        await play(run);
      }));
  });
}

/** More than a socket holds before its writes return false: 16 KB on Node 20, 64 KB on newer ones. */
const much = 128 * 1024;

/** Writes until much is held in the process; returns what was written. */
export function fill({ transport }: End): string {
  let written = '';
  for (let block = 0; transport.bufferedBytes < much; block++) {
    const text = String.fromCharCode(97 + (block % 26)).repeat(60_000);
    written += text;
    transport.write([text]);
  }
  return written;
}

/** The load generator's process: takes orders, one at a time. */
import { lostShare } from '../noise.ts';
import { drive } from './drive.ts';
import type { LoadAnswer, LoadOrder } from './protocol.ts';

async function carryOut(order: LoadOrder): Promise<LoadAnswer> {
  if (order.kind === 'probe') return { kind: 'probed', lost: lostShare(order.ms) };
  return { kind: 'measured', measurement: await drive(order.workload, order.task) };
}

function answer(message: LoadAnswer): void {
  process.send?.(message);
}

process.on('message', (order: LoadOrder) => {
  carryOut(order).then(answer, (error: unknown) => {
    answer({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  });
});
process.on('disconnect', () => process.exit());
answer({ kind: 'ready' });

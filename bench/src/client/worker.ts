/** A measured process: one client, one round. It does what it is told and says what came out. */
import { lostShare } from '../noise.ts';
import { entrantNamed } from './entrants.ts';
import { measure } from './measure.ts';
import type { Answer, Assignment, Order } from './protocol.ts';
import { workloadNamed } from './workload.ts';

const assignment = JSON.parse(process.argv[2] ?? '{}') as Assignment;
const entrant = entrantNamed(assignment.entrant);

function say(answer: Answer): void {
  process.send?.(answer);
}

async function obey(order: Order): Promise<Answer> {
  if (order.kind === 'probe') return { kind: 'probed', lost: lostShare(order.ms) };
  const workload = workloadNamed(order.workload);
  const client = await entrant.open(assignment.ports, workload.kind);
  try {
    return { kind: 'measured', measurement: await measure(client, workload, order.times) };
  } finally {
    await client.close();
  }
}

process.on('message', (order: Order) => {
  obey(order).then(say, (error: unknown) => {
    say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  });
});
process.on('disconnect', () => process.exit(0));
say({ kind: 'ready' });

/** A measured process: one client, one round. */
import { serveMeasurements } from '../serve-measurements.ts';
import type { Assignment, ClientTask } from './contestant.ts';
import { entrantNamed } from './entrants.ts';
import { measure } from './measure.ts';
import { workloadNamed } from './workload.ts';

const assignment = JSON.parse(process.argv[2] ?? '{}') as Assignment;
const entrant = entrantNamed(assignment.entrant);

serveMeasurements(async (task: ClientTask) => {
  const workload = workloadNamed(task.workload);
  const client = await entrant.open(assignment.ports, workload.kind);
  try {
    return await measure(client, workload, task.times);
  } finally {
    await client.close();
  }
});

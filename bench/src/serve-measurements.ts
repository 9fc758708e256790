/** The measured process's end of measured-process.ts: performs its requests, one at a time. */
import type { Reply, Request } from './measured-process.ts';
import { lostShare } from './noise.ts';

type Measure<Task, Measurement> = (task: Task) => Promise<Measurement>;

/** Serves requests until the coordinator is gone. */
export function serveMeasurements<Task, Measurement>(measure: Measure<Task, Measurement>): void {
  const reply = (message: Reply<Measurement>): void => void process.send?.(message);
  const perform = async (request: Request<Task>): Promise<Reply<Measurement>> =>
    request.kind === 'probe'
      ? { kind: 'probed', lost: lostShare(request.ms) }
      : { kind: 'measured', measurement: await measure(request.task) };
  process.on('message', (request: Request<Task>) => {
    perform(request).then(reply, (error: unknown) => {
      reply({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    });
  });
  process.on('disconnect', () => process.exit(0));
  reply({ kind: 'ready' });
}

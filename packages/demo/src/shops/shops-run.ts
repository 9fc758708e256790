/** What the parts of a run of the shops share. */
import type { Run } from '../run.ts';

/** What the parts of a run of the shops share. */
export type ShopsRun = Pick<
  Run,
  'options' | 'schedule' | 'fleet' | 'watch' | 'view' | 'prefix' | 'time' | 'signal' | 'elapsed'
>;

/**
 * The load generator for memfleet's own bench. **Unstable**: it may change in any release, also in a patch. Users have
 * `memfleet load`.
 */
export { ChurnLane } from './churn-lane.ts';
export { KeyTable } from './key-table.ts';
export { LoadRun, type MakeLane, type RunHooks } from './load-run.ts';
export type { Tally } from './tally.ts';
export { WireLane, type WireSettings } from './wire-lane.ts';
export { type RunPlan, type Workload, workloadDefaults } from './workload.ts';

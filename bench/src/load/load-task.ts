/** What the load generator's process measures, and its result. */
import type { LoadWorkload } from './workload.ts';

/** The requests to send, whose CPU time and memory to read, and for how long to measure, in ms. */
export interface LoadTask {
  readonly workload: LoadWorkload;
  readonly port: number;
  readonly warmUp: number;
  readonly measure: number;
  /** The process under test. */
  readonly pid: number;
  /** The nodes behind it. */
  readonly nodePids: readonly number[];
}

/** What came out. Times in microseconds, memory in bytes. */
export interface LoadMeasurement {
  /** Requests (a get of many keys is one) a second. */
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  /** CPU time of the process under test per request. */
  readonly cpu: number;
  /** CPU time of the nodes behind it per request; 0 without nodes. */
  readonly nodeCpu: number;
  /** The share of its core that the process under test used. */
  readonly share: number;
  /** The share of a core that the load generator itself used, and together with the nodes, which have the same core. */
  readonly loadShare: number;
  readonly coreShare: number;
  /** Memory of the process under test, at the end, while the connections are open. */
  readonly resident: number;
}

/** What a process measures of one adapter, and what comes out. */

/** The argument of the process, as JSON. */
export interface AdapterAssignment {
  readonly name: string;
  /** `host:port` of a memcached. */
  readonly address: string;
}

/** One of the two calls. */
export interface AdapterTask {
  readonly side: 'adapter' | 'plain';
  /** How long, in ms. */
  readonly ms: number;
}

/** CPU time of the process in microseconds a call. */
export interface AdapterMeasurement {
  readonly cpu: number;
}

/** What a cache counts. */
import { DurationCounter } from '../base/histogram.ts';

/** The counters of a cache, as its parts add to them. */
export interface CacheCounters {
  readonly hits: {
    near: number;
    nearValidated: number;
    fresh: number;
    stale: number;
    fallback: number;
    negative: number;
  };
  readonly misses: { absent: number; version: number; tag: number; undecodable: number; schema: number; torn: number };
  readonly loads: {
    started: number;
    stored: number;
    refused: number;
    failed: number;
    timedOut: number;
    abandoned: number;
    behind: number;
  };
  readonly loadTimes: DurationCounter;
  readonly lease: {
    won: number;
    waited: number;
    waitMs: number;
    givenUp: number;
    renewed: number;
    lost: number;
    secondLook: number;
  };
  /** Bytes of values that did not have to come, because the near cache had them. */
  savedByNear: number;
  sharedInProcess: number;
  hiddenErrors: number;
}

/** Counters that have counted nothing. */
export function makeCounters(): CacheCounters {
  return {
    hits: { near: 0, nearValidated: 0, fresh: 0, stale: 0, fallback: 0, negative: 0 },
    misses: { absent: 0, version: 0, tag: 0, undecodable: 0, schema: 0, torn: 0 },
    loads: { started: 0, stored: 0, refused: 0, failed: 0, timedOut: 0, abandoned: 0, behind: 0 },
    loadTimes: new DurationCounter(),
    lease: { won: 0, waited: 0, waitMs: 0, givenUp: 0, renewed: 0, lost: 0, secondLook: 0 },
    savedByNear: 0,
    sharedInProcess: 0,
    hiddenErrors: 0,
  };
}

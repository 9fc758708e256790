/** What every check of the doctor is. */
import type { Finding } from './finding.ts';
import type { FleetFacts } from './fleet-facts.ts';

/** Judges what is known of a fleet. Pure. */
export type Check = (facts: FleetFacts) => readonly Finding[];

/** The doctor: looks at each fleet, judges, and gives what it found. */
import { percentileOf } from '../fleet/latency.ts';
import { statOf } from '../fleet/node-sample.ts';
import { examine } from './checks.ts';
import { type Finding, sortFindings } from './finding.ts';
import type { FleetFacts } from './fleet-facts.ts';
import { look } from './look.ts';
import { ringOf, type Subject } from './subjects.ts';

/** A node, as the report shows it. */
export interface NodeReport {
  readonly node: string;
  readonly version: string | undefined;
  /** Milliseconds. */
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  /** Seconds. */
  readonly clockAhead: number | undefined;
  readonly connections: number | undefined;
  readonly maxConnections: number | undefined;
  readonly problem: string | undefined;
}

/** What was found of one fleet. */
export interface FleetReport {
  readonly title: string;
  readonly nodes: readonly NodeReport[];
  readonly findings: readonly Finding[];
}

/** Looks at a fleet. `timeout`: milliseconds that a node has for each reply. */
export async function examineFleet({ title, options, clients }: Subject, timeout: number): Promise<FleetReport> {
  const sight = await look(options, timeout);
  const ring = ringOf(
    options,
    sight.nodes.map(({ node }) => node),
  );
  return reportOf({ title, clients, ring, time: Date.now(), ...sight });
}

/** The report of what is known. Pure. */
export function reportOf(facts: FleetFacts): FleetReport {
  return {
    title: facts.title,
    nodes: facts.nodes.map(({ node, stats, times, clockAhead, problem }) => ({
      node,
      version: stats.get('version'),
      p50: percentileOf(times, 0.5),
      p99: percentileOf(times, 0.99),
      clockAhead,
      connections: statOf(stats, 'curr_connections'),
      maxConnections: statOf(stats, 'max_connections'),
      problem,
    })),
    findings: sortFindings(examine(facts)),
  };
}

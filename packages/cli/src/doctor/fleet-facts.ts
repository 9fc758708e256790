/** What the doctor knows of a fleet before it judges: plain data. */
import type { LocatorNode, LocatorOptions } from 'memfleet/locator';

/** What the certificate of a node says. */
export interface TlsFacts {
  /** Why the connection would be refused: an unknown issuer, another name, a date; undefined = it is accepted. */
  readonly problem: string | undefined;
  /** The names of the certificate. */
  readonly names: string;
  /** Milliseconds since 1970. */
  readonly validTo: number;
  /** Such as `TLSv1.3`. */
  readonly version: string;
}

/** A node. */
export interface NodeFacts {
  readonly node: string;
  /** Why it does not reply; the rest is empty then. */
  readonly problem: string | undefined;
  /** `stats`, at the beginning and at the end of the time that it was observed. */
  readonly before: ReadonlyMap<string, string>;
  readonly stats: ReadonlyMap<string, string>;
  readonly settings: ReadonlyMap<string, string>;
  readonly items: ReadonlyMap<string, string>;
  /** Milliseconds of each probe. */
  readonly times: readonly number[];
  /** Seconds by which its clock is ahead of ours; undefined = it does not tell. */
  readonly clockAhead: number | undefined;
  readonly tls: TlsFacts | undefined;
}

/** How clients use the fleet. */
export interface ClientFacts {
  /** Milliseconds. */
  readonly timeout: number;
  /** Bytes of the largest item that a client sends; undefined = not limited by the client. */
  readonly maxItemSize: number | undefined;
  /** Connections of one process to a node, at most. */
  readonly connections: number;
  /** Processes of clients. */
  readonly processes: number;
  /** The clients log in. */
  readonly hasLogin: boolean;
  readonly isTls: boolean;
  /** Certificates are checked. */
  readonly isVerified: boolean;
}

/** How keys are distributed; undefined for a bucket. */
export interface RingFacts {
  readonly scheme: string;
  readonly nodes: readonly LocatorNode[];
  readonly settings: LocatorOptions;
}

/** A fleet. */
export interface FleetFacts {
  /** Its name in the configuration; empty for that of the command line. */
  readonly title: string;
  /** Why its nodes are not known. */
  readonly problem: string | undefined;
  readonly nodes: readonly NodeFacts[];
  readonly clients: ClientFacts;
  readonly ring: RingFacts | undefined;
  /** Seconds between the two looks. */
  readonly seconds: number;
  /** When it was looked at, in milliseconds since 1970. */
  readonly time: number;
}

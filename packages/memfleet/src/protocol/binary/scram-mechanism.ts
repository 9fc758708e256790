/** The mechanisms of SCRAM, in Couchbase's spelling, from the strongest to the weakest. */
export const scramMechanisms = ['SCRAM-SHA512', 'SCRAM-SHA256', 'SCRAM-SHA1'] as const;

/** A SCRAM mechanism in Couchbase's spelling. */
export type ScramMechanism = (typeof scramMechanisms)[number];

/**
 * The mechanism of a name in Couchbase's spelling or that of the RFCs (`SCRAM-SHA-256`); undefined when it is not
 * SCRAM.
 */
export function scramMechanism(name: string): ScramMechanism | undefined {
  const plain = name.toUpperCase().replace('SHA-', 'SHA');
  return scramMechanisms.find((mechanism) => mechanism === plain);
}

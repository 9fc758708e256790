import { scramMechanisms } from '../protocol/binary/scram-mechanism.ts';

/**
 * SASL mechanisms by preference. `scram`: for a connection without TLS, where PLAIN would reveal the password to the
 * node and on the network. `clear`: for such a connection when the password is not a secret there, or the user allows
 * PLAIN. `tls`: PLAIN first, because it is the cheapest.
 */
export const saslMechanisms: {
  readonly scram: readonly string[];
  readonly clear: readonly string[];
  readonly tls: readonly string[];
} = Object.freeze({
  scram: scramMechanisms,
  clear: Object.freeze([...scramMechanisms, 'PLAIN']),
  tls: Object.freeze(['PLAIN', ...scramMechanisms]),
});

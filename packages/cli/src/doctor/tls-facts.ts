/** Looks at the certificate of a node, whether or not it would be accepted. */
import { connect, type ConnectionOptions, type PeerCertificate } from 'node:tls';
import { placeOf, serverNameOf } from '../fleet/node-place.ts';
import type { TlsFacts } from './fleet-facts.ts';

/** Undefined where there is no TLS connection within `timeout` ms. */
export function tlsFactsOf(node: string, options: ConnectionOptions, timeout: number): Promise<TlsFacts | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ ...serverNameOf(node), ...options, ...placeOf(node), rejectUnauthorized: false });
    const end = (facts: TlsFacts | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(facts);
    };
    const timer = setTimeout(() => end(undefined), timeout);
    socket.once('error', () => end(undefined));
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerCertificate();
      const { authorizationError } = socket;
      end({
        problem: socket.authorized ? undefined : reasonOf(authorizationError),
        names: namesOf(certificate),
        validTo: Date.parse(certificate.valid_to),
        version: socket.getProtocol() ?? '',
      });
    });
  });
}

/** Node gives an error, or its code. */
function reasonOf(error: Error | string | undefined): string {
  return error instanceof Error ? error.message : (error ?? 'unknown');
}

function namesOf({ subject, subjectaltname }: PeerCertificate): string {
  return subjectaltname ?? (typeof subject?.CN === 'string' ? subject.CN : '');
}

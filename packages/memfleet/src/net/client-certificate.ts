/** The certificate that a client presents in its TLS handshake. */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** The certificate of a client. */
export interface ClientCertificate {
  /** The common name of its subject; `''` = it has none. */
  readonly name: string;
  /** Whether an authority that the server trusts signed it. */
  readonly isTrusted: boolean;
}

/** The certificate of the client of an accepted socket; undefined = it presented none, or the socket is not TLS. */
export function clientCertificateOf(socket: Socket): ClientCertificate | undefined {
  if (!('getPeerCertificate' in socket)) return undefined;
  const secure = socket as TLSSocket;
  // Node's types do not say that there may be none.
  const found = secure.getPeerCertificate() as { readonly subject?: { readonly CN?: unknown } } | null;
  if (found?.subject === undefined) return undefined;
  const { CN: name } = found.subject;
  return { name: typeof name === 'string' ? name : '', isTrusted: secure.authorized };
}

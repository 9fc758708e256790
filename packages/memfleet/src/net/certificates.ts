import { createSecureContext, type TlsOptions } from 'node:tls';

/** What is wrong with the key, certificate or other options of TLS; undefined = they can be used. */
export function tlsProblem(tls: TlsOptions): Error | undefined {
  try {
    createSecureContext(tls);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

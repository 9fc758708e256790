/** SASL PLAIN (RFC 4616): `authzid NUL user NUL password` in UTF-8, as the value of SASL_AUTH with key `PLAIN`. */
import { fromByteString, latin1Of, toByteString } from '../../base/bytes.ts';
import { InvalidArgumentError } from '../../core/errors.ts';

/** The name and password of a login, as text. */
export interface PlainCredentials {
  /** The identity to act as; `''` = the user itself. memcached and Couchbase ignore it. */
  readonly authzid: string;
  readonly user: string;
  readonly password: string;
}

/** The payload as a byte string. Throws InvalidArgumentError for a NUL in a field or an empty user. */
export function buildPlain(user: string, password: string, authzid = ''): string {
  if (user === '') throw new InvalidArgumentError('the user name is empty');
  if ([authzid, user, password].some((field) => field.includes('\0'))) {
    throw new InvalidArgumentError('a user name or password contains a NUL, which SASL PLAIN cannot carry');
  }
  return toByteString(`${authzid}\0${user}\0${password}`);
}

/**
 * The credentials of a payload (byte string or bytes), or undefined when it is invalid. A NUL at the end is tolerated,
 * as Couchbase does.
 */
export function parsePlain(payload: string | Uint8Array): PlainCredentials | undefined {
  const fields = (typeof payload === 'string' ? payload : latin1Of(payload)).split('\0').map(fromByteString);
  if (fields.length === 4 && fields[3] === '') fields.pop();
  const [authzid, user, password] = fields;
  if (fields.length !== 3 || authzid === undefined || user === undefined || password === undefined) return undefined;
  return user === '' ? undefined : { authzid, user, password };
}

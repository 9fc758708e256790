/**
 * The authentication of a client before its commands are executed (memcached `protocol.txt`, "Authentication";
 * `proto_text.c` and `proto_bin.c` of 1.6.18):
 *
 *   ASCII    set <any> 0 0 <length> / user password    STORED, or CLIENT_ERROR authentication failure and another try
 *            anything else                             CLIENT_ERROR unauthenticated
 *   binary   SASL_LIST_MECHS, SASL_AUTH PLAIN          0, or 0x20; VERSION needs no login
 *            anything else                             0x20, then the session is closed
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { byteStringOf, fromByteString } from '../base/bytes.ts';
import type { Command } from '../core/command.ts';
import { fail, memberOf } from '../core/option-checks.ts';
import { text } from '../core/option-kinds.ts';
import type { Reply } from '../core/reply.ts';
import { status } from '../core/status.ts';
import { opcode } from '../protocol/binary/opcodes.ts';

/** True when the user may log in with the password; both are texts as they were received. */
export type Authenticate = (user: string, password: string) => boolean;

/**
 * `pass`: not about authentication, execute it. `replied`: the reply is filled and nothing changed. `admitted`,
 * `wrong`: a login with the right or a wrong password; `failed`: a login without a readable password; the reply is
 * filled. `refused`: the reply is filled and the session must be closed.
 */
export type AuthOutcome = 'pass' | 'replied' | 'admitted' | 'wrong' | 'failed' | 'refused';

/** Checks one command of a client. `isAdmitted`: the client has logged in. */
export function authenticateCommand(
  command: Command,
  isAdmitted: boolean,
  authenticate: Authenticate,
  reply: Reply,
): AuthOutcome {
  if (command.dialect === 'binary') return judgeBinary(command, isAdmitted, authenticate, reply);
  if (isAdmitted || command.verb === 'quit') return 'pass';
  // A `cas` is a `set` with a token.
  if (command.verb === 'store' && command.dialect === 'text' && command.mode === 'set' && command.cas === 0n) {
    return judgeToken(byteStringOf(command.value), authenticate, reply);
  }
  reply.setError('client', 'unauthenticated');
  return command.fault?.close === true ? 'refused' : 'replied';
}

function judgeToken(token: string, authenticate: Authenticate, reply: Reply): AuthOutcome {
  const [user, password] = token.split(' ').filter((word) => word !== '');
  if (user === undefined || password === undefined) {
    reply.setError('client', 'bad authentication token format');
    return 'failed';
  }
  if (authenticate(fromByteString(user), fromByteString(password))) {
    reply.reset('ok');
    return 'admitted';
  }
  reply.setError('client', 'authentication failure');
  return 'wrong';
}

function judgeBinary(command: Command, isAdmitted: boolean, authenticate: Authenticate, reply: Reply): AuthOutcome {
  const code = command.verb === 'packet' ? command.packet?.opcode : undefined;
  switch (code) {
    case opcode.saslListMechs:
      reply.reset('ok').setText('PLAIN');
      return 'replied';
    case opcode.saslAuth:
      return judgePlain(command, authenticate, reply);
    case opcode.saslStep:
      reply.setError('server', 'Auth failure.', status.authError);
      return 'failed';
    default:
  }
  if (isAdmitted || command.verb === 'version' || command.verb === 'quit') return 'pass';
  reply.setError('server', 'Auth failure.', status.authError);
  return 'refused';
}

/**
 * The mechanism is the key; the value is `authzid NUL user NUL password` (RFC 4616). A NUL behind the password is
 * tolerated.
 */
function judgePlain(command: Command, authenticate: Authenticate, reply: Reply): AuthOutcome {
  const [, user, password] = byteStringOf(command.value).split('\0');
  const isPlain = command.key === 'PLAIN' && user !== undefined && password !== undefined;
  if (isPlain && authenticate(fromByteString(user), fromByteString(password))) {
    reply.reset('ok').setText('Authenticated');
    return 'admitted';
  }
  reply.setError('server', 'Auth failure.', status.authError);
  return isPlain ? 'wrong' : 'failed';
}

/**
 * Users with their passwords, as an `Authenticate`. Throws InvalidOptionError for a password that is no text or is
 * empty. `option`: the path of the users.
 */
export function passwordsOf(users: Readonly<Record<string, string>>, option: string = 'users'): Authenticate {
  const passwords = new Map<string, Buffer>();
  for (const [user, password] of Object.entries(users)) {
    if (!text.fits(password)) fail(memberOf(option, user), password, text.wanted);
    passwords.set(user, digest(password));
  }
  const nobody = digest('');
  // An unknown user takes as long as a wrong password.
  return (user, password) => timingSafeEqual(digest(password), passwords.get(user) ?? nobody) && passwords.has(user);
}

function digest(password: string): Buffer {
  return createHash('sha256').update(password).digest();
}

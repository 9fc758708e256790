/** Users with their passwords, as an `Authenticate`. */
import { createHash, timingSafeEqual } from 'node:crypto';
import * as check from '../core/option-checks.ts';
import type { Authenticate } from './session-context.ts';

/** Throws InvalidOptionError for a password that is no text or is empty. `option`: where the users stand. */
export function passwordsOf(users: Readonly<Record<string, string>>, option: string = 'users'): Authenticate {
  const passwords = new Map<string, Buffer>();
  for (const [user, password] of Object.entries(users)) {
    check.text(password, check.memberOf(option, user));
    passwords.set(user, digest(password));
  }
  const nobody = digest('');
  // An unknown user takes as long as a wrong password.
  return (user, password) => timingSafeEqual(digest(password), passwords.get(user) ?? nobody) && passwords.has(user);
}

function digest(password: string): Buffer {
  return createHash('sha256').update(password).digest();
}

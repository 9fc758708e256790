/** Secrets in the wrong place of a command line, and the places. */
import type { Command } from 'commander';

export const secret = 'hunter2secret';

/** Logins in every form that somebody may have meant, and secrets in texts. */
export const texts: readonly string[] = [
  `u:${secret}@h`,
  `a,//u:${secret}@h`,
  `memcached:/u:${secret}@h`,
  `couchbase://u:${secret}@h/a/b`,
  `http://u:${secret}@h:99999/`,
  `url=http://u:${secret}@h/pools/default/bs/%zz`,
  `11211=u:${secret}@h`,
  `auth=u%${secret},url=zzz`,
  `auth=u%${secret},host=zzz`,
  `auth=u%${secret}@h`,
  `usr=u,pwd=${secret},nonsense=1`,
  `{"saslPassword":"${secret}"`,
  `11211={"saslPassword":"${secret}","nodes":7}`,
  `11211={"saslPassword":"${secret}"`,
  `./u:${secret}@h`,
];

/** The options of a command that take a value, and of those within it, as words of a command line. */
export function optionsOf(command: Command, before: readonly string[] = []): string[][] {
  const words = [...before, command.name()];
  const own = command.options
    .filter(({ required }) => required)
    .map(({ long, short }) => [...words, long ?? short ?? '']);
  return [...own, ...command.commands.flatMap((inner) => optionsOf(inner, words))];
}

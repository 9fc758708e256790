/** What the packages hold beside the compiler's output. Part of `npm run build`: the compiler has run. */
import { writeCommand } from './command.mjs';
import { writeCommonJs } from './commonjs.mjs';
import { writeDeclarations } from './declarations.mjs';
import { writeDropins } from './dropins.mjs';
import { readEntries } from './entries.mjs';
import { writeMemcached } from './memcached.mjs';
import { writeReadme } from './readme.mjs';

const entries = readEntries();
await writeCommonJs(entries);
await writeMemcached();
await writeCommand();
await writeDeclarations(entries);
writeReadme();
await writeDropins();

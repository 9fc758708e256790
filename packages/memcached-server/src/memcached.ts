/**
 * `memcached`: the program. It loads little before it listens, because test suites wait 100 ms for it: everything else
 * is one file, which a runtime that can keeps compiled.
 */
import * as nodeModule from 'node:module';
import { codeFolder } from './kept-code.ts';
import { loadNodeModules, setYoungGrowth } from './young-generation.ts';

/** Until the program knows what to do at SIGUSR1: without a listener, Node would open its debugger. */
function end(): void {
  process.off('SIGUSR1', end);
  process.kill(process.pid, 'SIGUSR1');
}

process.on('SIGUSR1', end);
loadNodeModules();
setYoungGrowth(1);
const folder = codeFolder(process.argv[1] ?? '');
if (folder !== undefined)
  (nodeModule as { enableCompileCache?: (folder: string) => unknown }).enableCompileCache?.(folder);
void import('./program.ts').then(({ runMemcached }) => runMemcached(process.argv.slice(2)));

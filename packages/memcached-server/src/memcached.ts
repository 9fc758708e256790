/**
 * `memcached`: the program. It loads little before it listens, because test suites wait 100 ms for it: everything else
 * is one file, which a runtime that can keeps compiled.
 */
import * as nodeModule from 'node:module';
import { loadNodeModules, setYoungGrowth } from './young-generation.ts';

/** Until the program knows what to do at SIGUSR1: without a listener, Node would open its debugger. */
function end(): void {
  process.off('SIGUSR1', end);
  process.kill(process.pid, 'SIGUSR1');
}

process.on('SIGUSR1', end);
loadNodeModules();
setYoungGrowth(1);
// Node 22.8 and newer.
(nodeModule as { enableCompileCache?: () => unknown }).enableCompileCache?.();
void import('./program.ts').then(({ runMemcached }) => runMemcached(process.argv.slice(2)));

#!/usr/bin/env node
/** The demo as a program. The signals come first: until SIGUSR1 has a listener, it opens Node's debugger. */

/** Nobody reads what is written; what shells give for SIGPIPE. */
const brokenPipe = 141;
/** Ctrl-C ends the run in order; a second one ends it at once. */
const interrupted = 130;

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGUSR1', 'SIGHUP'])
  process.on(signal, () => {
    if (interrupt.signal.aborted) process.exit(interrupted);
    interrupt.abort();
  });
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => process.exit(brokenPipe));

const { runProgram } = await import('./program.ts');
process.exitCode = await runProgram(process.argv.slice(2), interrupt.signal);

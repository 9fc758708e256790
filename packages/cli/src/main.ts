#!/usr/bin/env node
import { exitCodes } from './failure.ts';
import { disarmDebugger } from './signals.ts';

disarmDebugger();

// `| head` has read enough: that is no error.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => process.exit(exitCodes.brokenPipe));

// Only now, as reading it takes a while. Without a top-level await, which the binary cannot have.
void import('./program.ts').then(({ runProgram }) => runProgram(process.argv));

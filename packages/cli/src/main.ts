#!/usr/bin/env node
import { exitCodes } from './failure.ts';
import { runProgram } from './program.ts';

// `| head` has read enough: that is no error.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => process.exit(exitCodes.unheard));

await runProgram(process.argv);

#!/usr/bin/env node
import { Command } from 'commander';
import { version } from 'memfleet';

const program = new Command('memfleet')
  .description('Run, watch and load memcached fleets')
  .version(version, '-V, --version', 'print the version')
  .helpOption('-h, --help', 'print this help')
  .showHelpAfterError('(memfleet --help lists the commands)');

await program.parseAsync();

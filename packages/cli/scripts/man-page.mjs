/** Writes the man page, made of the help of the built program: `npm run man`, and before the package is packed. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readTree } from '../dist/completion/command-tree.js';
import { manPage } from '../dist/help/man-page.js';
import { createProgram } from '../dist/program.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const seconds = process.env.SOURCE_DATE_EPOCH;
const date = (seconds === undefined ? new Date() : new Date(Number(seconds) * 1000)).toISOString().slice(0, 10);
const folder = new URL('../man/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('memfleet.1', folder), manPage(readTree(await createProgram([])), { version, date }));

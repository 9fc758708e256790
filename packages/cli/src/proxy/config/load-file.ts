/** Reads a configuration file of ours. */
import { dirname, resolve } from 'node:path';
import type { LoadedSettings } from '../settings.ts';
import { problemsOf } from './check-options.ts';
import { ReadContext } from './context.ts';
import { parseDocument } from './document.ts';
import { readSettings } from './file-options.ts';
import { OptionReader } from './option-reader.ts';
import { ConfigError, type ConfigProblem, type Path } from './problem.ts';
import { readText } from './read-text.ts';

/** Throws ConfigError, with everything that is wrong. */
export function loadFile(file: string, environment?: Readonly<Record<string, string | undefined>>): LoadedSettings {
  const context = new ReadContext(dirname(resolve(file)), environment);
  const document = parseDocument(readText(context, resolve(file), file), file);
  const reader = new OptionReader(document, context);
  const { settings, hasNames } = readSettings(reader, document.value);
  const isKnown = (path: Path): boolean => reader.hasProblem(path);
  const others = hasNames ? problemsOf(settings.proxy, document.problem, isKnown) : [];
  const problems = [...reader.problems, ...others].sort(byPosition);
  if (problems.length > 0) throw new ConfigError(problems);
  return { settings, origin: file, notes: context.notes, files: context.files };
}

/** In the order of the file. */
function byPosition({ position: one }: ConfigProblem, { position: other }: ConfigProblem): number {
  if (one === undefined || other === undefined) return 0;
  return one.line - other.line || one.column - other.column;
}

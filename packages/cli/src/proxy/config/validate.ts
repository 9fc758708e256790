/** Reads a document by a schema: every fault of it becomes a problem with its place. */
import type { z } from 'zod';
import type { ConfigDocument } from './document.ts';
import { ConfigError, type ConfigProblem, type Path } from './problem.ts';

/** Throws ConfigError. */
export function validate<T>(document: ConfigDocument, schema: z.ZodType<T>): T {
  const result = schema.safeParse(document.value);
  if (result.success) return result.data;
  throw new ConfigError(result.error.issues.flatMap((issue) => problemsOf(document, issue)));
}

function problemsOf(document: ConfigDocument, issue: z.core.$ZodIssue): readonly ConfigProblem[] {
  const path = issue.path as Path;
  if (issue.code !== 'unrecognized_keys') return [document.problem(path, issue.message)];
  const messages = issue.message.split('\n');
  return issue.keys.map((key, index) => document.problem([...path, key], messages[index] ?? issue.message, true));
}

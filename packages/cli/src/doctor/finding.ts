/** What the doctor finds. */

/** `error`: something fails now. `warning`: something will fail, or wastes resources. `note`: good to know. */
export type Severity = 'error' | 'warning' | 'note';

/** The worst first. */
export const severities: readonly Severity[] = ['error', 'warning', 'note'];

/** One finding. */
export interface Finding {
  readonly severity: Severity;
  /** Its name, for filters. */
  readonly code: string;
  /** Undefined: it is about the whole fleet, or its configuration. */
  readonly node?: string | undefined;
  /** What is so. */
  readonly message: string;
  /** What to do. */
  readonly advice: string;
}

/** The worst findings first, otherwise in their order. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}

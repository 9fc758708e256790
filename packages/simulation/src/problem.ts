/** The rules that are checked; docs/reliability.md has their texts. */
export type Rule =
  | 'G1'
  | 'G2'
  | 'G3'
  | 'G4'
  | 'G5'
  | 'G6'
  | 'G7'
  | 'G8'
  | 'M1'
  | 'M2'
  | 'M3'
  | 'M4'
  | 'M5'
  | 'M8'
  | 'M9'
  | 'M10'
  | 'M11'
  | 'C1'
  | 'C2'
  | 'C3'
  | 'C4'
  | 'C5'
  | 'P1'
  | 'P2'
  | 'P3'
  | 'P4'
  | 'P5'
  | 'P6'
  | 'P7'
  | 'P8'
  | 'P9';

/** A rule that does not hold. */
export interface Problem {
  readonly rule: Rule;
  /** The key, where it concerns one. */
  readonly key?: string | undefined;
  /** Virtual ms. */
  readonly at: number;
  readonly message: string;
}

/**
 * Schemas of others: what Zod, Valibot, ArkType and their like have in common (Standard Schema 1), and the types of
 * keys.
 */
import { InvalidArgumentError } from '../core/errors.ts';

/** A schema as Standard Schema 1 has it: Zod 3.24, Valibot 1, ArkType 2, and others. */
export interface StandardSchemaV1<Input = unknown, Output = Input> {
  /** The properties that all such schemas have. */
  readonly '~standard': {
    /** The version of the standard. */
    readonly version: 1;
    /** The name of the library that made the schema. */
    readonly vendor: string;
    /** Checks a value. */
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    /** The types before and after the check; only for the compiler. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** What a schema says of a value: the value as it made it, or what is wrong. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One thing that is wrong with a value. */
export interface SchemaIssue {
  /** What is wrong. */
  readonly message: string;
  /** Where in the value. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** A value that its schema does not accept. */
export class Unfit {
  readonly issues: readonly SchemaIssue[];

  constructor(issues: readonly SchemaIssue[]) {
    this.issues = issues;
  }
}

const unfitOf = (error: unknown): Unfit =>
  new Unfit([{ message: error instanceof Error ? error.message : 'it threw' }]);

/**
 * The value as the schema makes it, or `Unfit`; a promise of it where the schema takes its time. A schema that throws
 * does not accept the value.
 */
export function validate(schema: StandardSchemaV1, value: unknown): unknown {
  try {
    const result = schema['~standard'].validate(value);
    return isPromise(result) ? result.then(valueOf, unfitOf) : valueOf(result);
  } catch (error) {
    return unfitOf(error);
  }
}

function isPromise(result: object): result is Promise<SchemaResult<unknown>> {
  return 'then' in result && typeof result.then === 'function';
}

function valueOf(result: SchemaResult<unknown>): unknown {
  return result.issues === undefined ? result.value : new Unfit(result.issues);
}

/** Throws InvalidArgumentError for a value to store that the schema does not accept. */
export function refuseUnfit(key: string, { issues }: Unfit): never {
  const shown = issues.slice(0, 3).map(({ message, path = [] }) => {
    const place = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
    return place === '' ? message : `${place}: ${message}`;
  });
  throw new InvalidArgumentError(`the value of ${JSON.stringify(key)} does not fit its schema: ${shown.join('; ')}`);
}

/** Types of values by patterns of keys: `{ 'product:*': Product; rates: number }`. */
export type CacheSchema = object;

/** Any key, any value. */
export type AnySchema = Record<string, unknown>;

/** The keys that a pattern stands for. */
type KeysOf<Pattern> = Pattern extends `${infer Begin}*${infer End}` ? `${Begin}${string}${End}` : Pattern;

/** The keys that a cache with this schema has. */
export type Key<S extends CacheSchema> = KeysOf<keyof S & string>;

/** The patterns of a schema that a key fits. */
type PatternsOf<S extends CacheSchema, K extends string> = {
  [Pattern in keyof S & string]: K extends KeysOf<Pattern> ? Pattern : never;
}[keyof S & string];

/** Those of some patterns that no other of them is more exact than. */
type Longest<Pattern extends string, All extends string = Pattern> = Pattern extends string
  ? Exclude<All, Pattern> extends infer Others
    ? [Others] extends [never]
      ? Pattern
      : IsMoreExact<Others & string, Pattern> extends true
        ? never
        : Pattern
    : never
  : never;

/** Whether one of the others stands only for keys that the pattern stands for as well. */
type IsMoreExact<Others extends string, Pattern extends string> = true extends (
  Others extends string ? (KeysOf<Others> extends KeysOf<Pattern> ? true : false) : never
)
  ? true
  : false;

/** The type of a key's value: of the most exact pattern that the key fits. */
export type ValueOf<S extends CacheSchema, K extends string> = S[Longest<PatternsOf<S, K>> & keyof S];

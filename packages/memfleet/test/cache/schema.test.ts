/** Schemas of others check values; the patterns of a cache's schema give keys their types. */
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  type AnySchema,
  type Key,
  refuseUnfit,
  type SchemaResult,
  type StandardSchemaV1,
  Unfit,
  validate,
  type ValueOf,
} from '../../src/cache/schema.ts';
import { InvalidArgumentError } from '../../src/core/errors.ts';

/** A schema as a library would give it. */
function schemaOf(check: (value: unknown) => SchemaResult<unknown> | Promise<SchemaResult<unknown>>): StandardSchemaV1 {
  return { '~standard': { version: 1, vendor: 'test', validate: check } };
}

const isPositive = (value: unknown): SchemaResult<unknown> =>
  typeof value === 'number' && value > 0
    ? { value: Math.round(value) }
    : { issues: [{ message: 'must be positive', path: ['price', { key: 0 }] }] };

describe('a schema', () => {
  test('gives the value as it made it', () => {
    expect(validate(schemaOf(isPositive), 1.6)).toBe(2);
  });

  test('says what is wrong with a value', () => {
    expect(validate(schemaOf(isPositive), -1)).toEqual(
      new Unfit([{ message: 'must be positive', path: ['price', { key: 0 }] }]),
    );
  });

  test('may take its time', async () => {
    const schema = schemaOf(async (value) => isPositive(value));
    expect(await validate(schema, 3)).toBe(3);
    expect(await validate(schema, -3)).toBeInstanceOf(Unfit);
  });

  test('that throws or rejects does not accept the value', async () => {
    const error = new TypeError('broken');
    const thrower = schemaOf(() => {
      throw error;
    });
    expect(validate(thrower, 1)).toEqual(new Unfit([{ message: 'broken' }]));
    expect(
      await validate(
        schemaOf(() => Promise.reject(error)),
        1,
      ),
    ).toEqual(new Unfit([{ message: 'broken' }]));
  });

  test('that refuses a value to be stored gives an error that names key and place', () => {
    const unfit = validate(schemaOf(isPositive), -1) as Unfit;
    expect(() => refuseUnfit('product:1', unfit)).toThrow(InvalidArgumentError);
    expect(() => refuseUnfit('product:1', unfit)).toThrow(
      '"product:1" does not fit its schema: price.0: must be positive',
    );
  });
});

describe('the type of a value', () => {
  interface Shop {
    'product:*': { price: number };
    'product:*:name': string;
    'product:all': string[];
    rates: number;
    '*': Date;
  }

  test('is that of the most exact pattern that the key fits', () => {
    expectTypeOf<ValueOf<Shop, 'rates'>>().toEqualTypeOf<number>();
    expectTypeOf<ValueOf<Shop, 'product:1'>>().toEqualTypeOf<{ price: number }>();
    expectTypeOf<ValueOf<Shop, 'product:1:name'>>().toEqualTypeOf<string>();
    expectTypeOf<ValueOf<Shop, 'product:all'>>().toEqualTypeOf<string[]>();
    expectTypeOf<ValueOf<Shop, 'other'>>().toEqualTypeOf<Date>();
    expectTypeOf<ValueOf<Shop, `product:${string}`>>().toEqualTypeOf<{ price: number }>();
  });

  test('is unknown where there is no schema', () => {
    expectTypeOf<ValueOf<AnySchema, 'anything'>>().toEqualTypeOf<unknown>();
    expectTypeOf<Key<AnySchema>>().toEqualTypeOf<string>();
  });

  test('is not there for keys that fit no pattern', () => {
    expectTypeOf<Key<{ 'a:*': number; b: string }>>().toEqualTypeOf<`a:${string}` | 'b'>();
    expectTypeOf<ValueOf<{ 'a:*': number }, 'b'>>().toEqualTypeOf<never>();
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DocumentSplitter } from '../../src/couchbase/rest/document-splitter.ts';

/** Cuts bytes at the given places and collects what comes out. */
function split(bytes: Buffer, cuts: readonly number[]): { documents: string[]; rest: string | undefined } {
  const splitter = new DocumentSplitter(1000);
  const documents: string[] = [];
  let from = 0;
  for (const cut of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
    const to = Math.min(cut, bytes.length);
    documents.push(...splitter.push(bytes.subarray(from, to)));
    from = to;
  }
  return { documents, rest: splitter.end() };
}

const cuts = fc.array(fc.nat(400), { maxLength: 30 });
/** JSON in one line, or pretty with single newlines, and characters of several bytes. */
const documentText = fc
  .tuple(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.boolean())
  .map(([name, pretty]) => JSON.stringify({ name, map: [[0, 1]] }, null, pretty ? 2 : 0));

describe('a stream of documents', () => {
  test('is cut at four newlines, wherever the chunks end', () => {
    fc.assert(
      fc.property(fc.array(documentText, { maxLength: 6 }), cuts, (documents, places) => {
        const bytes = Buffer.from(documents.map((document) => `${document}\n\n\n\n`).join(''));
        expect(split(bytes, places)).toEqual({ documents, rest: undefined });
      }),
    );
  });

  test('may hold further newlines between the documents', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(documentText, fc.nat(9)), { maxLength: 6 }), cuts, (entries, places) => {
        const text = entries.map(([document, more]) => `${document}\n\n\n\n${'\n'.repeat(more)}`).join('');
        expect(split(Buffer.from(`\n\n${text}`), places).documents).toEqual(entries.map(([document]) => document));
      }),
    );
  });

  test('byte by byte it is the same', () => {
    const bytes = Buffer.from('{"a":"é€😀"}\n\n\n\n{"b":1}\n\n\n\n');
    expect(split(bytes, [...bytes.keys()]).documents).toEqual(['{"a":"é€😀"}', '{"b":1}']);
  });

  test('two documents in one chunk are two', () => {
    expect(split(Buffer.from('{}\n\n\n\n[]\n\n\n\n'), []).documents).toEqual(['{}', '[]']);
  });

  test('what is left at the end is a document: that of a URL that gives one', () => {
    expect(split(Buffer.from('{"a":\n1}\n'), [3, 5])).toEqual({ documents: [], rest: '{"a":\n1}' });
  });

  test('newlines alone are none', () => {
    expect(split(Buffer.from('\n'.repeat(50)), [7, 9, 30])).toEqual({ documents: [], rest: undefined });
  });

  test('one without end is given up', () => {
    const splitter = new DocumentSplitter(10);
    splitter.push(Buffer.from('x'.repeat(10)));
    expect(() => splitter.push(Buffer.from('x'))).toThrow('longer than 10 bytes');
  });
});

/**
 * Storage lines with a word missing, or one too many: they do not say how long their data block is, so what follows is
 * read as commands. (Newer versions skip what the fifth word says, if it is a number.) See transcript.ts.
 */
import { ask, type Exchange, type Transcript } from './transcript.ts';

const badFormat = 'CLIENT_ERROR bad command line format\n';

/** What follows must be answered, so nothing of it was eaten. */
const mark = 'get mark\n';
const marked = 'VALUE mark 0 1\nm\nEND\n';

function shape(line: string, answer: string): Exchange {
  return ask(`${line}\n${mark}${mark}`, `${answer}${marked}${marked}`);
}

const plainVerbs = ['set', 'add', 'replace', 'append', 'prepend'];

const tooFew: Transcript = {
  name: 'storage lines with a word missing',
  protocol: 'text',
  exchanges: [
    ask('set mark 0 0 1\nm\n', 'STORED\n'),
    ...plainVerbs.flatMap((verb) => [
      shape(verb, 'ERROR\n'),
      shape(`${verb} a`, 'ERROR\n'),
      shape(`${verb} a 0`, 'ERROR\n'),
      shape(`${verb} a 0 100`, 'ERROR\n'),
      shape(`${verb} a 0 0 noreply`, ''),
    ]),
    shape('cas a 0 0 100', 'ERROR\n'),
    shape('cas a 0 100', 'ERROR\n'),
    shape('cas a 0 0 100 ', 'ERROR\n'),
    shape('cas a 0 0 100 noreply', ''),
    shape('cas a 0 100 5 noreply', ''),
    shape('cas a 0 0 noreply', 'ERROR\n'),
    ask('cas foo 0 0 6 \nbarva2\n', 'ERROR\nERROR\n'),
    ask('cas a 0 0 100\nmn\nmn\n', 'ERROR\nMN\nMN\n'),
  ],
};

const tooMany: Transcript = {
  name: 'storage lines with a word too many',
  protocol: 'text',
  exchanges: [
    ask('set mark 0 0 1\nm\n', 'STORED\n'),
    ...plainVerbs.flatMap((verb) => [
      shape(`${verb} a a 0 0 100`, badFormat),
      shape(`${verb} ${verb} a 0 0 100`, badFormat),
      shape(`${verb} a 0x 0 100 5`, badFormat),
      shape(`${verb} a 0 0x 100 5`, badFormat),
      shape(`${verb} a a 0 0 100 noreply`, 'ERROR\n'),
      shape(`${verb} a 0 0 100 1 noreply`, 'ERROR\n'),
      shape(`${verb} a 0 0 100 noreply noreply`, 'ERROR\n'),
    ]),
    shape('cas a a 0 0 100 5', badFormat),
    shape('cas cas a 0 0 100 5', badFormat),
    shape('cas a 0 0 100 5x 5', badFormat),
    shape('cas a a 0 0 100 5 noreply', 'ERROR\n'),
    shape('cas a 0 0 100 5 5 noreply', 'ERROR\n'),
    ask('set a 0 0 1 1\n1\n', 'STORED\n', { note: 'a word behind the length that is not noreply says nothing' }),
    ask('cas none 0 0 1 1 1\n1\n', 'NOT_FOUND\n'),
  ],
};

/** Lines whose form is wrong. */
export const shapeTranscripts: readonly Transcript[] = [tooFew, tooMany];

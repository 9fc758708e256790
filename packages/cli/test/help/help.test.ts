/** How help looks on terminals of any width, with and without colours. */
import type { Command } from 'commander';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createProgram } from '../../src/program.ts';

afterEach(() => vi.unstubAllEnvs());

/** Every command, each with its help for a terminal of that width. */
function helps(command: Command, columns: number, path = 'memfleet'): [path: string, text: string][] {
  command.configureOutput({ getOutHelpWidth: () => columns });
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return [[path, text], ...command.commands.flatMap((inner) => helps(inner, columns, `${path} ${inner.name()}`))];
}

const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

describe.each([50, 80, 120])('at %i columns', (columns) => {
  test('no line of any help is longer, and no word is broken', async () => {
    const wide = new Map(helps(await createProgram([]), 1000));
    const found = helps(await createProgram([]), columns);
    expect(found.length).toBeGreaterThan(20);
    for (const [path, text] of found) {
      expect([path, text.split('\n').filter((line) => line.length > columns)]).toEqual([path, []]);
      expect(wordsOf(text)).toEqual(wordsOf(wide.get(path) ?? ''));
    }
  });
});

describe('colours', () => {
  const colour = new RegExp(String.raw`\u001b\[\d+m`);
  const helpOf = async (variables: Readonly<Record<string, string>>): Promise<string> => {
    for (const name of ['NO_COLOR', 'FORCE_COLOR', 'CLICOLOR_FORCE']) vi.stubEnv(name, variables[name]);
    const [[, text] = ['', '']] = helps(await createProgram([]), 80);
    return text;
  };

  test('FORCE_COLOR gives them, NO_COLOR and a pipe have none', async () => {
    expect(await helpOf({ FORCE_COLOR: '1' })).toMatch(colour);
    expect(await helpOf({ NO_COLOR: '1' })).not.toMatch(colour);
    expect(await helpOf({})).not.toMatch(colour);
  });
});

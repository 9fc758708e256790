/** Completion scripts, run by the shells that they are for. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { describeBinaries } from '../../../memfleet/test/support/real-memcached.ts';
import { scratch } from '../proxy/scratch.ts';
import { captureOutput, runWords } from '../support/captured.ts';

captureOutput();

const scripts: Record<string, string> = {};

/** The script of a shell, in a file. */
async function scriptFor(shell: string): Promise<string> {
  const text = (scripts[shell] ??= (await runWords('completion', shell)).stdout);
  return scratch({ [shell]: Buffer.from(text, 'latin1').toString() })(shell);
}

/** A line up to the cursor → what is proposed there. */
const proposals: readonly (readonly [line: string, expected: readonly string[]])[] = [
  ['memfleet pr', ['proxy']],
  ['memfleet config ', ['check', 'print']],
  ['memfleet get --passw', ['--password', '--password-file']],
  ['memfleet get --protocol ', ['auto', 'binary', 'meta', 'text']],
  ['memfleet get --protocol b', ['binary']],
  ['memfleet get --nodes config --pro', ['--protocol']],
  ['memfleet set get --fl', ['--flags']],
  ['memfleet completion ', ['bash', 'fish', 'zsh']],
  ['memfleet help pi', ['ping']],
  ['memfleet locate --locator libmemcached-ketama-w', ['libmemcached-ketama-weighted']],
];

test('an unknown shell is a usage error that names the known ones', async () => {
  const { code, stderr } = await runWords('completion', 'tcsh');
  expect(code).toBe(2);
  expect(stderr).toContain('Allowed choices are bash, zsh, fish');
});

describeBinaries(['bash'], 'bash', () => {
  const complete = `
    source "$1"; shift
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
    _memfleet
    printf '%s\\n' "\${COMPREPLY[@]}"`;

  test.each(proposals)('%s', async (line, expected) => {
    const args = ['--norc', '-c', complete, 'bash', await scriptFor('bash'), ...line.split(' ')];
    const lines = execFileSync('bash', args, { encoding: 'utf8' }).trim().split('\n');
    expect(lines.sort()).toEqual(expected);
  });

  test('files complete where a file is wanted, and nowhere else', async () => {
    const code = `source "$1"; compopt() { echo "$*"; }; COMP_WORDS=(memfleet get "$2" ''); COMP_CWORD=3; _memfleet`;
    const args = (option: string, file: string): string[] => ['--norc', '-c', code, 'bash', file, option];
    const file = await scriptFor('bash');
    expect(execFileSync('bash', args('--ca', file), { encoding: 'utf8' })).toBe('');
    expect(execFileSync('bash', args('--timeout', file), { encoding: 'utf8' })).toBe('+o default\n');
  });
});

describeBinaries(['fish'], 'fish', () => {
  test.each(proposals)('%s', async (line, expected) => {
    const home = scratch({ x: '' })('.');
    const args = ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', await scriptFor('fish'), line];
    const env = { ...process.env, HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home };
    const lines = execFileSync('fish', args, { encoding: 'utf8', env }).trim().split('\n');
    expect(lines.map((text) => text.replace(/\t.*$/, '')).sort()).toEqual(expected);
  });
});

describeBinaries(['zsh'], 'zsh', () => {
  test('it is right for zsh, and every command has a function', async () => {
    const file = await scriptFor('zsh');
    execFileSync('zsh', ['-n', file]);
    const code = `compdef() { :; }; source $1; for name in get config_check completion proxy; do whence -w _memfleet_$name; done`;
    const output = execFileSync('zsh', ['-f', '-c', code, 'zsh', file], { encoding: 'utf8' });
    expect(output.match(/: function$/gm)).toHaveLength(4);
  });

  // A line editor in a pseudo terminal; the tab is answered when the line shows the rest of the word.
  const terminal = `
    zmodload zsh/zpty
    zpty line zsh -f -i
    zpty -w line "PS1=; autoload -Uz compinit; compinit -u -D; source $1; echo READ''Y"
    seen=; while [[ $seen != *READY* ]]; do zpty -r line part; seen+=$part; done
    zpty -n -w line "$2"$'\\t'
    seen=; while [[ $seen != *$3* ]]; do zpty -r line part '*' || break; seen+=$part; zpty -t line || sleep 0.01; done
    print -r -- $seen
    zpty -d line`;

  test.each([
    ['memfleet get --protocol b', 'binary'],
    ['memfleet config pr', 'print'],
  ])('%s', async (line, expected) => {
    const args = ['-f', '-c', terminal, 'zsh', await scriptFor('zsh'), line, expected];
    expect(execFileSync('zsh', args, { encoding: 'utf8', timeout: 8000 })).toContain(expected);
  });
});

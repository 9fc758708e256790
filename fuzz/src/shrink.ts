/** Makes a failing input small: leaves pieces out as long as it still fails, then makes what is left plain. */

/** In ms. */
const maxTime = 20_000;

/** `fails` says whether an input still fails in the same way. At most `budget` of them are tried, for some seconds. */
export async function shrink(
  input: string,
  fails: (candidate: string) => Promise<boolean>,
  budget = 3000,
): Promise<string> {
  const state = { best: input, left: budget };
  const until = performance.now() + maxTime;
  const tries = async (candidate: string): Promise<boolean> => {
    if (performance.now() > until) state.left = 0;
    if (state.left-- <= 0 || candidate === state.best || !(await fails(candidate))) return false;
    state.best = candidate;
    return true;
  };
  let size = input.length;
  while (size >= 1 && state.left > 0) {
    const hasShrunk = await leaveOut(size, state, tries);
    if (!hasShrunk || size > 1) size = Math.floor(size / 2);
  }
  for (let at = 0; at < state.best.length && state.left > 0; at++) {
    const char = state.best.charAt(at);
    const plain = /[a-zA-Z]/.test(char) ? 'a' : /\d/.test(char) ? '1' : 'x';
    if (char !== plain) await tries(state.best.slice(0, at) + plain + state.best.slice(at + 1));
  }
  return state.best;
}

/** Leaves out every piece of this size that may go. Did any? */
async function leaveOut(
  size: number,
  state: { readonly best: string; readonly left: number },
  tries: (candidate: string) => Promise<boolean>,
): Promise<boolean> {
  let hasShrunk = false;
  let at = 0;
  while (at < state.best.length && state.left > 0) {
    if (await tries(state.best.slice(0, at) + state.best.slice(at + size))) hasShrunk = true;
    else at += size;
  }
  return hasShrunk;
}

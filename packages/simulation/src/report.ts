/** What is printed about a run. */
import type { Operation } from './history.ts';
import type { Outcome } from './outcome.ts';
import type { Plan } from './plan.ts';

const most = 5;

/** The problems of a run, and the command that repeats it. */
export function reportProblems({ plan, problems }: Outcome): string {
  const lines = problems.slice(0, most).map(({ at, key, message, rule }) => {
    return `  ${rule}${key === undefined ? '' : ` ${key}`} at ${Math.round(at)} ms: ${message}`;
  });
  if (problems.length > most) lines.push(`  and ${problems.length - most} more`);
  const key = problems[0]?.key;
  const again = `npm run simulate -- --scenario ${plan.scenario} --seed ${plan.seed}`;
  return [
    `FAILED ${plan.scenario} seed ${plan.seed}`,
    ...lines,
    `  again:   ${again} --trace${key === undefined ? '' : ` --key ${key}`}`,
    `  smaller: ${again} --shrink`,
  ].join('\n');
}

function show(ms: number): string {
  return ms === Infinity ? '…' : ms.toFixed(1);
}

/** One call in a line. */
function lineOf(operation: Operation): string {
  const { beginAt, caller, endAt, error, fate, id, key, number, result, verb } = operation;
  const what = `${verb} ${key}${number === undefined ? '' : ` #${number}`}`;
  const came = fate === 'done' ? JSON.stringify(result ?? {}) : `${fate} ${error ?? ''}`;
  return `${show(beginAt).padStart(10)} – ${show(endAt).padEnd(10)} ${caller.padEnd(4)} ${String(id).padStart(5)} ${what} → ${came}`;
}

/** The calls of a run, or those of a key. */
export function reportCalls({ operations }: Outcome, key: string | undefined): string {
  return operations
    .filter((operation) => key === undefined || operation.key === key)
    .map(lineOf)
    .join('\n');
}

/** A plan as a timeline. */
export function reportPlan({ calls, duration, faults, options, scenario, seed }: Plan, calm: Plan['options']): string {
  const changed = Object.entries(options).filter(([name, value]) => calm[name] !== value);
  const events = [
    ...calls.map(({ at, caller, key, verb, number }) => ({
      at,
      text: `${caller.padEnd(4)} ${verb} ${key} #${number}`,
    })),
    ...faults.map(({ amount, at, kind, ms, other, target }) => ({
      at,
      text: `FAULT ${kind} ${[target, other, ms === undefined ? undefined : `${ms} ms`, amount].filter((part) => part !== undefined).join(' ')}`,
    })),
  ].sort((one, other) => one.at - other.at);
  return [
    `${scenario} seed ${seed}, ${Math.round(duration)} ms; ${changed.map(([name, value]) => `${name} ${value}`).join(', ')}`,
    ...events.map(({ at, text }) => `${at.toFixed(1).padStart(10)}  ${text}`),
  ].join('\n');
}

/** C3: a read of replicas returns the item while a node that can answer has it. */
import type { Client } from 'memfleet';
import { isCounterKey } from '../../plan.ts';
import { type LoadSite, perform } from '../../workload.ts';
import type { Site } from './changes.ts';
import { collection } from './collection.ts';

/** The time that clients have to notice: ms. */
const pause = 3000;

/** One node of the cluster dies; what the others have can be read then, up to so many bytes of an item. */
export async function checkCopies(
  { cluster, keys, stage }: Site,
  clients: ReadonlyMap<string, Client<string>>,
  load: LoadSite,
  mostBytes: number,
): Promise<void> {
  const { processes, world } = stage;
  const name = [...processes.keys()].find((each) => cluster.nodes.some((node) => `n${node.id + 1}` === each));
  const node = cluster.nodes.find(({ id }) => `n${id + 1}` === name);
  const hasCollection = cluster.collections().names.includes(`${collection.scope}.${collection.name}`);
  if (name === undefined || node === undefined || cluster.nodes.length < 2) return;
  stage.kill(name, 'reset');
  await world.sleep(pause);
  for (const key of keys) {
    if (isCounterKey(key)) continue;
    const path = hasCollection && collection.has(key) ? `${collection.scope}.${collection.name}` : undefined;
    const held = cluster.inspect(key, undefined, path).filter(({ node, value }) => node.isUp && value !== undefined);
    // A larger item does not arrive within the timeout.
    if (held.some(({ value }) => value !== undefined && value.length > mostBytes)) continue;
    const isReplicated = held.some(({ state }) => state === 'replica');
    const verbs = [...(held.length > 0 ? ['any' as const] : []), ...(isReplicated ? ['replica' as const] : [])];
    for (const [caller, client] of clients) {
      for (const verb of verbs) {
        stage.count('copies');
        await perform(client, { at: world.now, caller, verb, key, number: -1 }, load);
        const read = stage.history.operations.at(-1);
        if (read === undefined || read.fate === 'done') continue;
        const message = `${verb} of ${caller} failed with ${read.error}, but ${held[0]?.node.name} has a copy`;
        stage.report({ rule: 'C3', key, at: world.now, message });
      }
    }
  }
  await stage.start(name);
  await world.sleep(pause);
}

/** Everything that executes commands keeps the contract of dispatchers, which anybody can run. */
import { afterAll, beforeAll, beforeEach, describe, test } from 'vitest';
import { EventListeners } from '../../src/base/event-listeners.ts';
import { clusterEventsFor } from '../../src/client/events.ts';
import { type Dispatcher, wrap } from '../../src/core/dispatcher.ts';
import { assemble } from '../../src/fleet/assemble.ts';
import { resolveFleet } from '../../src/fleet/resolve.ts';
import { StoreDispatcher } from '../../src/store/store-dispatcher.ts';
import { dispatcherContract, startFleet, type TestFleet } from '../../src/testing/index.ts';

describe('the store keeps the contract of dispatchers: it', () => {
  for (const { title, run } of dispatcherContract) test(title, () => run({ open: () => new StoreDispatcher() }));
});

describe('a layer in front of the store keeps the contract of dispatchers: it', () => {
  const open = (): Dispatcher => {
    const store = new StoreDispatcher();
    return wrap(store, (command, handler) => store.dispatch(command, handler));
  };
  for (const { title, run } of dispatcherContract) test(title, () => run({ open }));
});

describe.each(['meta', 'text', 'binary'] as const)('a fleet of nodes (%s) keeps the contract: it', (protocol) => {
  let fleet: TestFleet;
  beforeAll(async () => {
    fleet = await startFleet(2);
  });
  beforeEach(() => {
    for (const node of fleet.nodes) node.items.clear();
  });
  afterAll(() => fleet.stop());

  const open = (): Dispatcher =>
    assemble(resolveFleet({ nodes: fleet.names, protocol }), clusterEventsFor(new EventListeners())).dispatcher;
  for (const { title, run } of dispatcherContract) test(title, () => run({ open }));
});

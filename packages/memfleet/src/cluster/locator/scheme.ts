import { InvalidOptionError } from '../../core/errors.ts';
import type { Locator, LocatorNode, LocatorOptions, LocatorScheme } from './locator.ts';
import { buildSorted, byId, PartLocator, routingPart } from './routing.ts';

/** The maximum number of nodes of a locator: owners are kept in 16 bits. */
const MAX_NODES = 65_535;

/** The parts of a scheme. */
export interface SchemeDefinition extends Omit<LocatorScheme, 'create'> {
  /**
   * Makes the bare locator, without the options that all schemes share (sorting, hash tag, prefix). `random`: for those
   * that draw.
   */
  readonly build: (nodes: readonly LocatorNode[], random?: () => number) => Locator;
}

/**
 * Makes a scheme.
 *
 * @throws {InvalidOptionError} from `create`, when a weight is not a whole number from 1 on, or there are more than 65
 *   535 nodes
 */
export function defineScheme({ name, names, build }: SchemeDefinition): LocatorScheme {
  const create = (nodes: readonly LocatorNode[], options: LocatorOptions = {}): Locator => {
    checkNodes(nodes);
    const bare = (list: readonly LocatorNode[]): Locator => build(list, options.random);
    const locator = options.sort === true ? buildSorted(nodes, byId, bare) : bare(nodes);
    const part = routingPart(options);
    return part === undefined ? locator : new PartLocator(locator, part);
  };
  return { name, ...(names !== undefined && { names }), create };
}

function checkNodes(nodes: readonly LocatorNode[]): void {
  if (nodes.length > MAX_NODES)
    throw new InvalidOptionError(`a locator takes at most ${MAX_NODES} nodes, not ${nodes.length}`, 'nodes');
  for (const [index, { id, weight }] of nodes.entries()) {
    if (!Number.isInteger(weight) || weight < 1)
      throw new InvalidOptionError(
        `weight of node ${id} must be a whole number from 1 on, not ${weight}`,
        `nodes[${index}].weight`,
      );
  }
}

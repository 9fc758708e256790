/** A cached route: one process calls it once a minute for each product, and all processes send its result. */
import { getRouterParam } from 'h3';
import { defineCachedEventHandler } from 'nitropack/runtime';

let readings = 0;

export default defineCachedEventHandler(
  (event) => {
    readings++; // stands for a query of a database
    return { id: getRouterParam(event, 'id'), process: process.pid, readings };
  },
  { maxAge: 60, swr: false },
);

/** Resolves with the next exception that nothing catches. It does not end this process; those after it do. */
export function nextUncaught(): Promise<unknown> {
  const before = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  return new Promise((resolve) => {
    process.once('uncaughtException', (error) => {
      for (const listener of before) process.on('uncaughtException', listener);
      resolve(error);
    });
  });
}

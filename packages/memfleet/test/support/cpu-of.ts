/** Milliseconds of CPU that `work` takes, the least of several rounds: what others on the machine do does not count. */
export function cpuOf(work: () => void, rounds = 3): number {
  let least = Infinity;
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, user + system);
  }
  return least / 1000;
}

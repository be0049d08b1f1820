/**
 * How many times as long work of four times the size takes: about 4 where it grows with the size,
 * 16 where it grows with its square. A ratio within one run says the same on a slow machine and a
 * busy one; the best of several tries leaves out what else the machine did.
 */
export async function growth(
  work: (size: number) => unknown,
  size: number,
  tries = 4,
): Promise<number> {
  const best = { small: Infinity, large: Infinity };
  for (let attempt = 0; attempt < tries; attempt += 1) {
    best.small = Math.min(best.small, await timed(work, size));
    best.large = Math.min(best.large, await timed(work, 4 * size));
  }
  return best.large / best.small;
}

/** More than growing with the size, with room for memory and collection; less than its square. */
export const LINEAR = 10;

async function timed(work: (size: number) => unknown, size: number): Promise<number> {
  const began = performance.now();
  await work(size);
  return performance.now() - began;
}

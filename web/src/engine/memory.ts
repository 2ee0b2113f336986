/** The size of a WebAssembly page. */
const PAGE = 65_536;

/** All that 32-bit addresses reach: 4 GiB. */
const MOST_PAGES = 65_536;

/** Below this not even one photo fits: better to fall back to the engine without shared memory. */
const FEWEST_PAGES = 4_096;

/**
 * Allocated from the start, 64 MiB: more than the module's own data, and growing a shared memory under running
 * threads is where browsers have been fragile.
 */
const INITIAL_PAGES = 1_024;

export interface SharedMemory {
  memory: WebAssembly.Memory;
  maxBytes: number;
}

/**
 * The largest shared memory the browser grants. It must reserve the whole address range at once, and how much
 * it is willing to differs: so ask for everything and halve.
 *
 * @throws RangeError when even the smallest useful size is refused.
 */
export function createSharedMemory(
  allocate: (pages: WebAssembly.MemoryDescriptor) => WebAssembly.Memory = (pages) =>
    new WebAssembly.Memory(pages),
): SharedMemory {
  for (let maximum = MOST_PAGES; ; maximum /= 2) {
    try {
      return {
        memory: allocate({ initial: INITIAL_PAGES, maximum, shared: true }),
        maxBytes: maximum * PAGE,
      };
    } catch (refused) {
      if (!(refused instanceof RangeError) || maximum / 2 < FEWEST_PAGES) throw refused;
    }
  }
}

/** A long list in pieces, some of them at a time. */

/** `work` for every piece of `items`, `atOnce` pieces at a time. */
export async function inPieces<Item>(
  items: readonly Item[],
  { size, atOnce }: { readonly size: number; readonly atOnce: number },
  work: (piece: readonly Item[], number: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const from = next;
      next += size;
      await work(items.slice(from, from + size), from / size);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/**
 * Fails after `timeoutMs` whatever the promise does. The promise itself cannot be cancelled: what it brings too late
 * goes to `dispose`, so that a late connection is closed and not leaked.
 */
export async function withDeadline<T>(
  work: Promise<T>,
  timeoutMs: number,
  what: string,
  dispose?: (late: T) => void,
): Promise<T> {
  let expired = false;
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      expired = true;
      reject(new Error(`${what} took longer than ${timeoutMs} ms`));
    }, timeoutMs);
  });
  work.then(
    (value) => {
      if (expired) dispose?.(value);
    },
    () => {},
  );
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

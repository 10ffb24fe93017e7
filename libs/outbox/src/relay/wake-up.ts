/** A wait that ends early when signalled; a signal that comes while nobody waits is kept for the next wait. */
export class WakeUp {
  private signalled = false;
  private resume: (() => void) | undefined;

  signal(): void {
    this.signalled = true;
    this.resume?.();
  }

  async wait(atMostMs: number): Promise<void> {
    if (!this.signalled) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, atMostMs);
        this.resume = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.resume = undefined;
    }
    this.signalled = false;
  }
}

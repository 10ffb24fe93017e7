/** Standard output is the result and may be piped; standard error is for the human who waits. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

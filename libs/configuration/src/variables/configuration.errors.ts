/** Every problem of the configuration at once, by name and rule and never by value: the text may hold a password. */
export class ConfigurationError extends Error {
  constructor(readonly problems: readonly { readonly name: string; readonly rule: string }[]) {
    super(
      `The configuration has ${problems.length} problem(s):\n${problems.map((p) => `  ${p.name}: ${p.rule}`).join('\n')}`,
    );
    this.name = 'ConfigurationError';
  }
}

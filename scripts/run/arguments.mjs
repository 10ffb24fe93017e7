/**
 * The few options that the scripts share, taken out of the command line; the rest goes on to whom it is meant for.
 */

/** `--name value` or `--name=value`: its value, or undefined, and the other arguments. */
export function takeOption(args, name) {
  const at = args.findIndex((arg) => arg === name || arg.startsWith(`${name}=`));
  if (at < 0) return { value: undefined, rest: args };
  const inline = args[at].includes('=') ? args[at].slice(name.length + 1) : undefined;
  const rest = args.filter((_, index) => index !== at && (inline !== undefined || index !== at + 1));
  return { value: inline ?? args[at + 1] ?? '', rest };
}

/** `--name` alone. */
export function takeFlag(args, name) {
  return { value: args.includes(name), rest: args.filter((arg) => arg !== name) };
}

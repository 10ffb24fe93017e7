/** AMQP's topic patterns, as the broker has them: `*` is one word, `#` any number of them. */
export function matchesTopic(pattern: string, routingKey: string): boolean {
  return matches(pattern.split('.'), routingKey.split('.'));
}

function matches(pattern: readonly string[], words: readonly string[]): boolean {
  const [head, ...rest] = pattern;
  if (head === undefined) return words.length === 0;
  if (head === '#') return matches(rest, words) || (words.length > 0 && matches(pattern, words.slice(1)));
  return words.length > 0 && (head === '*' || head === words[0]) && matches(rest, words.slice(1));
}

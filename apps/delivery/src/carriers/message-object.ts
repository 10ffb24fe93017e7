/**
 * A partner's text as an object. What cannot be read says nothing: a partner who proved who he is may still send nonsense, and it is the reader's
 * rules that refuse it then, by field, instead of a fault of ours.
 */
export function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

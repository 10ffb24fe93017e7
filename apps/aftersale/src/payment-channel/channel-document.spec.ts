/** The contract that other companies build against says what our adapter does. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { isFinalRefusal, PartnerRefusal } from '../transfer/partner-answer.js';

const document = parse(
  readFileSync(new URL('../../../../docs/api/payment-channel.openapi.yaml', import.meta.url), 'utf8'),
) as {
  readonly info: { readonly description: string };
  readonly components: {
    readonly schemas: {
      readonly Refusal: { readonly properties: { readonly code: { readonly description: string } } };
    };
  };
};

describe('the document of the generic channel', () => {
  it('names every refusal, and calls final those that the ledger takes for final', () => {
    const [final = '', ...others] = document.components.schemas.Refusal.properties.code.description.split('For now:');
    const namedIn = (text: string): string[] =>
      (text.match(/[A-Z]+(?:_[A-Z]+)+|BUSY|DENIED|MALFORMED|OTHER/g) ?? []).sort();
    const all = Object.values(PartnerRefusal).sort();
    expect(namedIn(final)).toEqual(all.filter(isFinalRefusal));
    const forNow = new Set(namedIn(others.join()).filter((code) => code !== 'NOT_FOUND'));
    expect([...forNow].sort()).toEqual(all.filter((reason) => !isFinalRefusal(reason)));
  });
});

/** The money of the journeys: who gets what back without asking. */
import { describe, expect, it } from '@jest/globals';
import { journeys } from '../demonstration/journeys.js';
import { moneyDue } from './money-back.rules.js';

describe('the money that goes back by itself', () => {
  it('is what was paid in vain: the whole of an order that ended, and each payment too many', () => {
    expect(journeys.map((journey) => [journey.bizType, journey.title, moneyDue(journey)])).toEqual([
      ['takeout', 'a meal, from placement to completion', 0],
      ['takeout', 'cancelled before payment, and the payment comes all the same', 3_600],
      ['takeout', 'rejected by the merchant', 3_600],
      ['takeout', 'cancelled by the user within 60 s of acceptance', 3_600],
      ['takeout', 'ended by customer service after receipt', 3_600],
      ['takeout', 'paid again in every state', 4 * 3_600],
      ['virtual', 'a gift card, from placement to completion', 5_000],
      ['virtual', 'cancelled before payment, and the payment comes all the same', 5_000],
      ['virtual', 'paid twice, then rejected by the merchant', 10_000],
      ['virtual', 'paid twice, then cancelled by the user within 60 s of acceptance', 10_000],
    ]);
  });
});

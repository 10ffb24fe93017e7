/**
 * The orders that the demonstration drives. Together they take every row of both state tables (a spec compares them with
 * docs/state-diagram.md), and meet the refusals that a newcomer should have seen once.
 */
import type { Journey } from './journey.js';
import {
  accept,
  acceptTooEarly,
  cancelTooLate,
  complete,
  completeTooEarly,
  merchantRejects,
  pay,
  payAgain,
  payLate,
  place,
  placeAgain,
  placeOtherBody,
  receive,
  receiveAgain,
  serviceRules,
  strangerReads,
  userCancels,
} from './steps.js';

export const journeys: readonly Journey[] = [
  {
    bizType: 'takeout',
    title: 'a meal, from placement to completion',
    steps: [
      ...[place(), placeAgain('CREATED'), placeOtherBody(), strangerReads(), acceptTooEarly()],
      ...[pay(), payAgain('PAID'), completeTooEarly('PAID'), accept('ACCEPTED')],
      ...[receive(), receiveAgain(), complete(), cancelTooLate('COMPLETED')],
    ],
  },
  {
    bizType: 'takeout',
    title: 'cancelled before payment, and the payment comes all the same',
    steps: [place(), userCancels('not paid yet: the user just cancels'), payLate('INVALID', 'late')],
  },
  { bizType: 'takeout', title: 'rejected by the merchant', steps: [place(), pay(), merchantRejects()] },
  {
    bizType: 'takeout',
    title: 'cancelled by the user within 60 s of acceptance',
    steps: [place(), pay(), accept('ACCEPTED'), userCancels('the kitchen has hardly begun')],
  },
  {
    bizType: 'takeout',
    title: 'ended by customer service after receipt',
    steps: [place(), pay(), accept('ACCEPTED'), receive('merchant'), serviceRules()],
  },
  {
    bizType: 'takeout',
    title: 'paid again in every state',
    steps: [
      ...[place(), pay(), payLate('PAID', 'second'), accept('ACCEPTED'), payLate('ACCEPTED', 'third')],
      ...[receive('user'), payLate('RECEIVED', 'fourth'), complete(), payLate('COMPLETED', 'fifth')],
    ],
  },
  {
    bizType: 'virtual',
    title: 'a gift card, from placement to completion',
    steps: [
      ...[place(), pay(), accept('FULFILLING'), complete()],
      ...[placeAgain('COMPLETED'), payLate('COMPLETED', 'second')],
    ],
  },
  {
    bizType: 'virtual',
    title: 'cancelled before payment, and the payment comes all the same',
    steps: [place(), userCancels('not paid yet: the user just cancels'), payLate('INVALID', 'late')],
  },
  {
    bizType: 'virtual',
    title: 'paid twice, then rejected by the merchant',
    steps: [place(), pay(), payLate('PAID', 'second'), merchantRejects()],
  },
  {
    bizType: 'virtual',
    title: 'paid twice, then cancelled by the user within 60 s of acceptance',
    steps: [place(), pay(), accept('FULFILLING'), payLate('FULFILLING', 'second'), userCancels('not used yet')],
  },
];

/** What the crowd does: the straight way, one business type after the other. */
export const straightWays: readonly Journey[] = [
  {
    bizType: 'takeout',
    title: 'a meal',
    steps: [place(), pay(), accept('ACCEPTED'), receive(), complete()],
  },
  { bizType: 'virtual', title: 'a gift card', steps: [place(), pay(), accept('FULFILLING'), complete()] },
];

/**
 * Drives a transfer one step at a time. Guarantee: whatever dies between any two lines, the next step starts from what is committed, asks
 * before it believes, and never uses a second number. Each change of a transfer commits with the timer of its next step, so a transfer
 * that is not at rest always has one that will come.
 *
 * What a step does while somebody else (a callback, a person, a second worker) changes the same transfer is dropped: `record` compares
 * the version that the step began with, and the newer version has a timer of its own.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PartnerAnswer, PartnerStanding } from './partner-answer.js';
import { TransferNews } from './transfer.state.js';
import type { TransferPace } from './transfer-pace.rules.js';
import type { Tidings, TransferProgress } from './transfer-progress.js';
import { stepOf, TransferStep } from './transfer-step.rules.js';

/** The committed truth of one kind of transfer. */
export interface TransferBook<T extends TransferProgress> {
  /** As committed, from the authority. */
  read(number: string): Promise<T | undefined>;
  /**
   * Applies `tidings` in one transaction, with the fact and the timer of the next step, if the transfer still is at `expectedVersion`.
   * Answers it afterwards; undefined when it was elsewhere or the tidings changed nothing. Safe to repeat: a repeat changes nothing.
   */
  record(number: string, tidings: Tidings, expectedVersion: number): Promise<T | undefined>;
}

/** The partner, for one kind of transfer. Neither throws for what a partner does; time limits are its own. */
export interface TransferPartner<T extends TransferProgress> {
  send(transfer: T): Promise<PartnerAnswer>;
  query(transfer: T): Promise<PartnerStanding>;
}

export class TransferDriver<T extends TransferProgress & { readonly number: string }> {
  constructor(
    private readonly book: TransferBook<T>,
    private readonly partner: TransferPartner<T>,
    private readonly pace: TransferPace,
  ) {}

  /**
   * The step that was due for `version`. A transfer that has moved on is left alone: its newer version has its own timer. Throws a
   * Transient when the database is away; the same call again is right then.
   */
  async step(number: string, version: number): Promise<void> {
    const transfer = await this.book.read(number);
    if (transfer?.version !== version) return;
    switch (stepOf(transfer, this.pace)) {
      case TransferStep.SEND:
        return this.send(transfer);
      case TransferStep.LOOK:
        return this.look(transfer);
      case TransferStep.GIVE_UP:
        await this.book.record(number, { news: TransferNews.GIVEN_UP }, version);
        return;
      case TransferStep.NONE:
        return;
    }
  }

  private async send(before: T): Promise<void> {
    const intended = await this.book.record(before.number, { news: TransferNews.SEND }, before.version);
    if (intended === undefined) return;
    const answer = await this.partner.send(intended);
    const tidings = tidingsOfAnswer(answer);
    // "Done" is a claim and "never" ends the story: both are checked against the partner's book before they are believed.
    if (answer.kind === 'succeeded' || tidings.news === TransferNews.REFUSED_FINALLY) {
      return this.verify(intended, tidings);
    }
    if (answer.kind === 'accepted' && (await this.isOverSoon(intended))) return;
    await this.book.record(intended.number, tidings, intended.version);
  }

  /** A promise is nearly always followed by the callback. Whoever dies meanwhile leaves the timer that was set before the request left. */
  private async isOverSoon({ number, version }: T): Promise<boolean> {
    if (this.pace.patienceMs === 0) return false;
    await sleep(this.pace.patienceMs);
    return (await this.book.read(number))?.version !== version;
  }

  private async verify(intended: T, claimed: Tidings): Promise<void> {
    const standing = await this.partner.query(intended);
    await this.book.record(intended.number, believed(claimed, standing), intended.version);
  }

  private async look(before: T): Promise<void> {
    const standing = await this.partner.query(before);
    if (standing.kind === 'not-found') return this.send(before);
    await this.book.record(before.number, tidingsOfStanding(standing), before.version);
  }
}

function tidingsOfAnswer(answer: PartnerAnswer): Tidings {
  switch (answer.kind) {
    case 'accepted':
    case 'succeeded':
      return { news: TransferNews.ACCEPTED, reference: answer.reference };
    case 'refused': {
      const { reason, isFinal, isRecorded = false, retryAfterMs = 0 } = answer;
      const news = isFinal ? TransferNews.REFUSED_FINALLY : TransferNews.REFUSED;
      return { news, reason, isRecorded, retryAfterMs };
    }
    case 'unknown':
      return { news: TransferNews.UNANSWERED, reason: answer.cause };
  }
}

function tidingsOfStanding(standing: PartnerStanding): Tidings {
  switch (standing.kind) {
    case 'succeeded':
      return { news: TransferNews.SUCCEEDED, reference: standing.reference };
    case 'pending':
      return { news: TransferNews.PENDING, reference: standing.reference };
    case 'failed':
      return { news: TransferNews.FAILED, reason: standing.reason };
    case 'not-found':
    case 'unknown':
      return { news: TransferNews.UNANSWERED, reason: standing.kind === 'unknown' ? standing.cause : 'NOT_FOUND' };
  }
}

/** A final refusal stands when the partner's book has no live movement of this number; everything else is what the book says. */
function believed(claimed: Tidings, standing: PartnerStanding): Tidings {
  const isFinal = claimed.news === TransferNews.REFUSED_FINALLY;
  if (isFinal && (standing.kind === 'failed' || standing.kind === 'not-found')) return claimed;
  if (!isFinal && (standing.kind === 'not-found' || standing.kind === 'unknown')) return claimed;
  return tidingsOfStanding(standing);
}

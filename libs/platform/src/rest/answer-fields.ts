/** The fields of answers as OpenAPI describes them: one decorator for each form that a value of the contract has. */
import { ApiProperty } from '@nestjs/swagger';

export const Answer = (options: Record<string, unknown>): PropertyDecorator => ApiProperty(options);

/** A decimal id. */
export const Id = (example: string): PropertyDecorator =>
  Answer({ type: String, pattern: '^[1-9][0-9]{0,18}$', example });

export const Amount = (example: number): PropertyDecorator =>
  Answer({ type: 'integer', description: 'Minor units of the currency', example });

export const Words = (example: string): PropertyDecorator => Answer({ type: String, example });

export const Instant = (options: { nullable: boolean } = { nullable: false }): PropertyDecorator =>
  Answer({ type: String, format: 'date-time', ...options, example: '2026-11-20T10:00:00.000Z' });

export const Whole = (example: number): PropertyDecorator => Answer({ type: 'integer', example });

export const WholeOrNull = (example: number | null, description: string): PropertyDecorator =>
  Answer({ type: 'integer', nullable: true, example, description });

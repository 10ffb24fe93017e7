/** `@Body(shaped(PlaceOrderDto)) body: PlaceOrderDto`; likewise for `@Query()`. */
import type { PipeTransform } from '@nestjs/common';
import type { DtoClass } from './field-registry.js';
import { shape } from './shape.js';

/** A pipe that shapes its parameter. An absent body counts as an empty object, so that a DTO of optional fields needs none. */
export function shaped<T extends object>(dto: DtoClass<T>): PipeTransform<unknown, T> {
  return { transform: (raw) => shape(dto, raw ?? {}) };
}

import { type CloudEvent, eventNameOfType } from '@ordo/contracts';
import type { DeliveryContext, EventEffects, EventHandler, EventHandlers } from './event-handler.js';

/**
 * A handler that gives each event to the function of its name. For effects that may happen twice; else `once` or `inOrder`. An event
 * without a function is done: bindings are wider than needs, and an event that a newer release added must not stop an older consumer.
 */
export function byEvent(handlers: EventHandlers): EventHandler {
  return async (event, context) => {
    const name = eventNameOfType(event.type);
    const handler = name === undefined ? undefined : handlers[name];
    // The name of the type is the name of the function, so `data` is of the function's type; the union cannot say so.
    await (handler as EventHandler | undefined)?.(event, context);
  };
}

export type Effect<Tx> = (tx: Tx, event: CloudEvent, context: DeliveryContext) => Promise<void>;

/** The function of the event's name; undefined when nobody named it. */
export function effectOf<Tx>(effects: EventEffects<Tx>, event: CloudEvent): Effect<Tx> | undefined {
  const name = eventNameOfType(event.type);
  return name === undefined ? undefined : (effects[name] as Effect<Tx> | undefined);
}

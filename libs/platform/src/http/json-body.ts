/** The only body that the front reads: JSON, refused for keys that would reach a prototype, absent when empty. */
import { refuseViolations } from '@ordo/contracts';
import type { FastifyInstance } from 'fastify';
import { rememberRaw } from './raw-message.js';

/**
 * Replaces Fastify's parsers (JSON and plain text) by one for `application/json`; every other type is answered 415. An empty body is
 * an absent one, because clients send the type with bodiless posts too.
 */
export function readJsonOnly(instance: FastifyInstance): void {
  const parse = instance.getDefaultJsonParser('error', 'error');
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) return done(null, undefined);
    rememberRaw(request, body as string);
    void parse(request, body as string, (error, value) => {
      if (error === null || error === undefined) return done(null, value);
      done(
        refuseViolations([
          { field: '', rule: 'json', message: 'the body must be JSON without __proto__ and constructor keys' },
        ]),
      );
    });
  });
}

/** `docs/errors.md`, derived from the error table. */
import { type ErrorCode, type ErrorEntry, errorTable, GrpcStatus } from '../errors/error-table.js';
import { problemType } from '../errors/problem.js';
import { markdownTable } from './markdown-table.js';

const grpcNames = new Map<number, string>(Object.entries(GrpcStatus).map(([name, status]) => [status, name]));

const rowOf = ([code, entry]: [ErrorCode, ErrorEntry]): string[] => [
  `\`${code}\``,
  entry.family,
  String(entry.http),
  grpcNames.get(entry.grpc) ?? '',
  entry.retry,
  entry.title,
];

/** The whole document. */
export function errorsMarkdown(): string {
  const entries = Object.entries(errorTable) as [ErrorCode, ErrorEntry][];
  return [
    '# Errors',
    '',
    'Generated from `libs/contracts/src/errors/error-table.ts`; a spec fails when this file is stale. Regenerate with `UPDATE_DOCS=1`',
    '(see `libs/contracts/README.md`).',
    '',
    'REST answers `application/problem+json` (RFC 9457) with `type`, `title`, `status`, `detail`, `code`, and the details of the error',
    'as further members; `violations` is a list of `{field, rule, message}`. gRPC ends with the status below and carries the same',
    `document in its trailing metadata. \`type\` is a URN of the code, e.g. \`${problemType('ORDER_NOT_PAYABLE')}\`. Decide by \`code\`;`,
    'never by the text.',
    '',
    '- **refusal**: the business said no; nothing was written.',
    '- **transient**: nothing final happened; `retryAfterMs` (and the header `Retry-After`) say when to repeat.',
    '- **invariant**: a fault of ours; it is logged under the trace of the call.',
    '',
    'Retry: **never**: the same call will be refused again; **after-change**: correct the request first; **read-first**: read the order,',
    'its state has moved on (`currentStatus` names it); **same-request**: repeat the identical request, with the same idempotency key.',
    '',
    ...markdownTable(['Code', 'Family', 'HTTP', 'gRPC', 'Retry', 'Title'], entries.map(rowOf)),
    '',
  ].join('\n');
}

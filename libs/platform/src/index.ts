/** @ordo/platform: what every app stands on: process, identity, fronts, request shapes, metrics, health, logs, stop. */

/** The fronts and links of an app speak of it; all else of a configuration is entered at its own lib, which loads no framework. */
export type { OrdoConfig } from '@ordo/configuration';
export {
  actingRole,
  assertActsForMerchant,
  assertActsForUser,
  canSee,
  isUnbound,
  type Parties,
} from './access/access.rules.js';
export { type GrpcService, grpcOptions } from './grpc/grpc-server.js';
export {
  type Dependency,
  type DependencyReport,
  HealthRegistry,
  type Importance,
  type ReadyReport,
} from './health/health-registry.js';
export { createHttpApp, type HttpAppOptions, type RootModule } from './http/http-app.js';
export { problemAnswerOf } from './http/problem-answer.js';
export { ProblemFilter } from './http/problem-filter.js';
export { type RawMessage, SignedMessage } from './http/raw-message.js';
export { keyDigestOf } from './idempotency/idempotency-key.js';
export { CurrentCall, callContextOf } from './identity/call-context.js';
export type { CallContext, CallerIdentity } from './identity/caller-identity.js';
export { Grant, GrantGuard, OpenToAll } from './identity/grant-guard.js';
export { TokenRule } from './identity/identity.errors.js';
export { TokenVerifier, type TokenVerifierOptions } from './identity/token-verifier.js';
export { JsonLogger, type JsonLoggerOptions } from './logging/json-logger.js';
export { type LogFacts, type Logger, silentLogger } from './logging/logger.js';
export { NestLogger } from './logging/nest-logger.js';
export {
  type BatchRecorder,
  type CacheRecorder,
  type ConsumerRecorder,
  Metrics,
  type RelayRecorder,
  type RequestRecorder,
} from './metrics/metrics.js';
export { TimerMetrics } from './metrics/timer-metrics.js';
export { cursorAfter, positionOf, type QueryShape } from './paging/list-cursor.js';
export { type AppFront, openFront } from './process/app-front.js';
export { type AppDefinition, type AppProcess, runApp } from './process/app-process.js';
export { CallQuota, type CallQuotaOptions } from './quota/call-quota.js';
export {
  CalendarDay,
  DecimalId,
  DecimalIdList,
  Field,
  type FieldOptions,
  JsonObject,
  type ListOptions,
  MinorAmount,
  Nested,
  NestedList,
  OneOf,
  QueryInteger,
  Text,
  TextList,
  type TextOptions,
  Timestamp,
  WholeNumber,
  type WholeNumberOptions,
  WordList,
} from './request-shape/field-rules.js';
export { PageDto } from './request-shape/page.dto.js';
export { MerchantPathDto, OrderPathDto, type Path, UserPathDto } from './request-shape/path.dto.js';
export { shape } from './request-shape/shape.js';
export { shaped } from './request-shape/shape-pipe.js';
export { Amount, Answer, Id, Instant, Whole, WholeOrNull, Words } from './rest/answer-fields.js';
export { Bearer, IdParam, Problems } from './rest/answers.js';
export { ProblemAnswer } from './rest/problem-answer.dto.js';
export { type SpecificationOutline, specificationOf } from './rest/specification.js';
export {
  type HeaderValues,
  SIGNATURE_TOLERANCE_MS,
  SignatureHeader,
  signMessage,
  type VerifiedSignature,
  verifyMessage,
} from './signature/signed-message.js';
export { GracefulStop, type GracefulStopOptions, StopStage } from './stopping/graceful-stop.js';
export { traceIdOf, traceParentOf } from './tracing/trace-parent.js';

import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { CallerGrant, PROMISE_PROTO_SERVICE } from '@ordo/contracts';
import { Grant } from '@ordo/platform';
import { type PromiseAnswer, PromiseDesk } from '../promise-answers/promise-desk.js';

/** The gRPC service `ordo.delivery.v1.PromiseService` over the same desk as REST; guard and filter are the application's. */
@Controller()
export class PromiseServiceController {
  constructor(private readonly promises: PromiseDesk) {}

  @GrpcMethod(PROMISE_PROTO_SERVICE, 'Promise')
  @Grant(CallerGrant.PROMISE_READ)
  promise(@Payload() message: Readonly<Record<string, unknown>>): Promise<PromiseAnswer> {
    return this.promises.promise(message);
  }
}

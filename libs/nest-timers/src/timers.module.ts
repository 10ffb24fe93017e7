/** Timers for any Nest app: `TimersModule.forRoot(…)` once, `@TimerHandler('queue')` on a provider, `Timers` wherever one is set. */
import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { DiscoveryModule, DiscoveryService } from '@nestjs/core';
import { type QueueTask, Timers, type TimersOptions, TimersRuntime, type TimerTask } from '@ordo/timers';
import { handledQueueOf } from './timer-handler.js';

@Module({})
export class TimersModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(@Inject(TimersRuntime) private readonly runtime: TimersRuntime) {}

  /** Global, once per app. Needs `app.enableShutdownHooks()` or `app.close()` for a clean end; without, the leases run out. */
  static forRoot(options: TimersOptions): DynamicModule {
    return {
      module: TimersModule,
      global: true,
      imports: [DiscoveryModule],
      providers: [
        {
          provide: TimersRuntime,
          inject: [DiscoveryService],
          useFactory: (discovery: DiscoveryService) => new TimersRuntime(options, tasksOf(discovery)),
        },
        { provide: Timers, inject: [TimersRuntime], useFactory: (runtime: TimersRuntime) => runtime.timers },
      ],
      exports: [Timers],
    };
  }

  /** After every provider is there: a handler may need any of them. */
  onApplicationBootstrap(): void {
    this.runtime.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.runtime.stop();
  }
}

/** Classes are known before they have instances; the instance is asked for at the moment of the call. */
function tasksOf(discovery: DiscoveryService): QueueTask[] {
  return discovery.getProviders().flatMap((provider) => {
    const handled = handledQueueOf(provider.metatype);
    if (handled === undefined) return [];
    const task: TimerTask = { handle: (timer) => (provider.instance as TimerTask).handle(timer) };
    return [{ ...handled, task }];
  });
}

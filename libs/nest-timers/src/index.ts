/** @ordo/nest-timers: @ordo/timers for an app that wants its handlers found by decorators. Beside it, so that the engine loads no framework. */
export { TimerHandler } from './timer-handler.js';
export { TimersModule } from './timers.module.js';

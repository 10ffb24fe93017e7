/**
 * The simulated carrier: a program of its own, so that it outlives what it is used to break. Speaks our contract under /hub/v1 (see
 * docs/api/carrier.openapi.yaml), DoorDash Drive under /drive/v2, and is steered under /control.
 *
 *   PORT=7390 node test/simulators/carrier/carrier-program.mjs
 *
 * Secrets come from the environment and have defaults that are good for nothing else. Prints one line when it listens.
 */
import { listen } from '../front/simulator-front.mjs';
import { CarrierBook } from './carrier-book.mjs';
import { CarrierWeather } from './carrier-weather.mjs';
import { ControlRoutes } from './control-routes.mjs';
import { CourierRuns } from './courier-runs.mjs';
import { DriveRoutes } from './drive-routes.mjs';
import { HubRoutes } from './hub-routes.mjs';
import { ReportSender } from './report-sender.mjs';

const secrets = {
  hub: process.env.CARRIER_SECRET ?? 'simulated-carrier-secret-of-no-worth',
  drive: process.env.DRIVE_SIGNING_SECRET ?? 'c2ltdWxhdGVkLWRyaXZlLXNlY3JldA==',
  driveWebhook: process.env.DRIVE_WEBHOOK_TOKEN ?? 'simulated-drive-webhook-token',
};
/** How much faster than life couriers are. */
const scale = Number(process.env.SCALE ?? 0.001);

const weather = new CarrierWeather();
const book = new CarrierBook();
const sender = new ReportSender(secrets);
if (process.env.CALLBACK_URL !== undefined) sender.urls = { hub: process.env.CALLBACK_URL };
const runs = new CourierRuns({ book, sender, scale });
const hub = new HubRoutes({ book, weather, runs, sender, secret: secrets.hub });
const drive = new DriveRoutes({ book, weather, runs, secret: secrets.drive });
const control = new ControlRoutes({ book, weather, runs, sender, hub });

listen({ control, weather, routes: [hub, drive] });

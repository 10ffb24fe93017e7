import { startDelivery } from './wiring/start-delivery.js';

await startDelivery(process.env);

import { startOrder } from './wiring/start-order.js';

await startOrder(process.env);
